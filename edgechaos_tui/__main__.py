"""`python -m edgechaos_tui` and the command `edgechaos-tui`."""

import gc
import sys


def main() -> None:
    """Open the library at once when nothing was asked for; else read the command line.

    The parser and the commands cost a tenth of a second that the first paint need not wait for.
    """
    # Nothing made while importing is garbage: looking for it delays the first paint. The app turns
    # collection on again when it is on the screen.
    gc.disable()
    if len(sys.argv) == 1:
        from edgechaos_tui.open import main_without_arguments

        sys.exit(main_without_arguments())
    from edgechaos_tui.cli.main import main as main_with_arguments

    gc.enable()
    main_with_arguments()


if __name__ == "__main__":
    main()

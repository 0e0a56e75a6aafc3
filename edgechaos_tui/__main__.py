"""The entry point of `python -m edgechaos_tui` and of the command `edgechaos-tui`."""

import gc
import os
import sys


def main() -> None:
    """Open the library at once without arguments; else read the command line.

    The parser and the commands cost a tenth of a second, for which the first paint must not wait.
    """
    # Imports make no garbage, and its collection delays the first paint. The app turns it on again
    # when it is on the screen.
    gc.disable()
    _import_own_engine()
    if len(sys.argv) == 1:
        from edgechaos_tui.open import main_without_arguments

        sys.exit(main_without_arguments())
    from edgechaos_tui.cli.main import main as main_with_arguments

    gc.enable()
    main_with_arguments()


def _import_own_engine() -> None:
    """Import our own `engine`, even if another is in this folder or on PYTHONPATH."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(0, root)
    try:
        import engine  # noqa: F401
    finally:
        sys.path.remove(root)
    python_path = os.environ.get("PYTHONPATH", "")
    places = [os.path.join(place, "engine") for place in python_path.split(os.pathsep) if place]
    if any(os.path.isdir(place) or os.path.exists(f"{place}.py") for place in places):
        # For the processes that this one starts.
        os.environ["PYTHONPATH"] = os.pathsep.join((root, python_path))


if __name__ == "__main__":
    main()

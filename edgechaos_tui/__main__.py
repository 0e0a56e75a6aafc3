"""`python -m edgechaos_tui` and the command `edgechaos-tui`."""

from edgechaos_tui.cli import main

if __name__ == "__main__":
    main()

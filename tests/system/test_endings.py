"""However the app ends, a terminal that is still there is as it was before."""

import os
import signal
import sys
import termios
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

FAULT = """
import sys
from edgechaos_tui.screens.library.screen import LibraryScreen

def fail(self):
    raise KeyError("\\x1b]0;owned\\x07")

LibraryScreen.action_new = fail
from edgechaos_tui.__main__ import main
sys.argv = ["edgechaos-tui"]
sys.exit(main())
"""
LEAVES_THE_SCREEN, SHOWS_THE_CURSOR, LETS_GO_OF_THE_MOUSE = (
    "\x1b[?1049l",
    "\x1b[?25h",
    "\x1b[?1000l",
)


def _open(root: Path, command: list[str] | None = None) -> Terminal:
    places = {name: str(root) for name in ("EDGECHAOS_SESSIONS", "XDG_STATE_HOME")}
    app = Terminal([], columns=80, rows=24, environment=places, command=command)
    app.wait_for("n new")
    assert not _reads_lines(app)
    return app


def _reads_lines(app: Terminal) -> bool:
    """Whether the terminal is in the mode that a shell expects."""
    mode = termios.tcgetattr(app.child.child_fd)[3]
    return bool(mode & termios.ICANON and mode & termios.ECHO)


def _end(app: Terminal) -> int:
    status = app.wait_for_the_end()
    assert _reads_lines(app)
    for sequence in (LEAVES_THE_SCREEN, SHOWS_THE_CURSOR, LETS_GO_OF_THE_MOUSE):
        assert sequence in app.raw[-2000:]
    assert status is not None, "ended by the signal, without putting things in order"
    return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_it_in_order(sessions_root: Path, number: signal.Signals) -> None:
    sessions_root.mkdir()
    app = _open(sessions_root)
    os.kill(app.child.pid, number)
    assert _end(app) == 128 + number


def test_a_fault_is_one_sentence_and_a_file(sessions_root: Path) -> None:
    sessions_root.mkdir()
    app = _open(sessions_root, [sys.executable, "-c", FAULT])
    app.press("n")
    assert _end(app) == 1
    said = app.raw[app.raw.rindex("edgechaos-tui:") :]
    assert "the screen failed (KeyError); runs are not touched" in said
    assert "Traceback" not in app.raw
    assert "\x1b]0;owned" not in app.raw
    (kept,) = sessions_root.rglob("crash.log")
    assert "in fail" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600

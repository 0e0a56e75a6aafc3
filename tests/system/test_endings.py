"""The ends of the app, after each of which a terminal that is still there is restored."""

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


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGXCPU],
)
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
    sentence = app.raw[app.raw.rindex("edgechaos-tui:") :]
    assert "the app failed (KeyError); runs continue" in sentence
    assert "Traceback" not in app.raw
    assert "\x1b]0;owned" not in app.raw
    (kept,) = sessions_root.rglob("crash.log")
    assert "in fail" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_stop_and_fg_bring_the_screen_back(sessions_root: Path) -> None:
    sessions_root.mkdir()
    app = _open(sessions_root)
    os.kill(app.child.pid, signal.SIGTSTP)
    app.wait_for(lambda _: LEAVES_THE_SCREEN in app.raw)
    app.take(b"\x1b[2J")
    assert "n new" not in app.text
    os.kill(app.child.pid, signal.SIGCONT)
    app.wait_for("n new")
    app.press("q")
    assert _end(app) == 0


def test_a_closed_stream_is_a_sentence(sessions_root: Path) -> None:
    for closed in ("<&-", ">&-"):
        shell = ["sh", "-c", f"{sys.executable} -m edgechaos_tui {closed}"]
        app = Terminal([], command=shell, environment={"EDGECHAOS_SESSIONS": str(sessions_root)})
        assert app.wait_for_the_end() == 1
        assert "Traceback" not in app.raw


def test_the_size_is_the_terminals_not_the_environments(sessions_root: Path) -> None:
    sessions_root.mkdir()
    places = {name: str(sessions_root) for name in ("EDGECHAOS_SESSIONS", "XDG_STATE_HOME")}
    app = Terminal([], columns=100, rows=30, environment={**places, "COLUMNS": "40", "LINES": "10"})
    app.wait_for(lambda text: "n new" in text.splitlines()[-1])
    app.press("q")
    assert app.wait_for_the_end() == 0

"""Cells that the line leaves out are on the screen, also after another screen lay over it."""

from pathlib import Path

from tests.support.recorded_runs import record
from tests.support.terminal import Terminal


def test_a_screen_is_whole_again_when_another_lay_over_it(tmp_path: Path) -> None:
    record(tmp_path, "some-run")
    terminal = Terminal(["open", "some-run", "--no-diagram", "--sessions", str(tmp_path)])
    try:
        terminal.wait_for("finished after epoch 60")
        before = _settled(terminal)
        terminal.press("?")
        assert _settled(terminal) != before
        terminal.press("\x1b")
        terminal.wait_for(lambda text: text == before)
        # Forth and back: what is left out must be what stands there.
        for key in "l1":
            terminal.press(key)
            assert _settled(terminal) != before
        terminal.press("1ll")
        terminal.wait_for(lambda text: text == before)
        # What something else wrote over it comes back when it is asked for.
        terminal.take(b"\x1b[5;10HBroadcast message from root\x1b[12;1H\x1b[2K")
        assert terminal.text != before
        terminal.press("\x0c")
        terminal.wait_for(lambda text: text == before)
    finally:
        terminal.close()


def test_a_key_sends_what_it_changes_and_not_the_whole_screen(tmp_path: Path) -> None:
    record(tmp_path, "some-run")
    # From the library, so that another screen lies beneath.
    terminal = Terminal(["--no-diagram", "--sessions", str(tmp_path)])
    try:
        terminal.wait_for("some-run")
        terminal.press("\r")
        terminal.wait_for("finished after epoch 60")
        _settled(terminal)
        whole = _bytes_of(terminal, "\x0c")
        for key in ("l", "w", "\x1b[D"):
            assert 0 < _bytes_of(terminal, key) < whole / 2
    finally:
        terminal.close()


def test_a_dialog_sends_what_it_changes_over_the_library(tmp_path: Path) -> None:
    for number in range(12):
        record(tmp_path, f"run-{number}")
    terminal = Terminal(["--no-diagram", "--sessions", str(tmp_path)])
    try:
        terminal.wait_for("run-11")
        before = _settled(terminal)
        whole = _bytes_of(terminal, "\x0c")
        # Its ground is darkened, and light again: twice as many bytes at the most.
        for key in "s\x1b?\x1b":
            assert 0 < _bytes_of(terminal, key) < 2 * whole
        assert terminal.text == before
    finally:
        terminal.close()


def _bytes_of(terminal: Terminal, key: str) -> int:
    """How many bytes answer `key`."""
    before = terminal.bytes_received
    terminal.press(key)
    _settled(terminal)
    return terminal.bytes_received - before


def _settled(terminal: Terminal) -> str:
    """The screen's text once nothing has come for a second."""
    received = -1
    while received != terminal.bytes_received:
        received = terminal.bytes_received
        terminal.pump(1.0)
    return terminal.text

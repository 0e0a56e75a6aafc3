"""Bytes that a terminal sends to the real app beside the keys that somebody pressed."""

import sys
from pathlib import Path

import pytest

from tests.support.library_samples import write_session
from tests.support.terminal import Terminal

HARMLESS = {
    "Latin-1": b"\xe9",
    "old mouse beyond column 95": b"\x1b[M \xe9\x30",
    "sub-fields": b"\x1b[97:65;1:1;97u",
    "version reply": b"\x1bP>|XTerm(370)\x1b\\",
    "colour reply": b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "mouse at NaN": b"\x1b[<35;NaN;NaNM",
    "size of nothing": b"\x1b[48;0;0;0;0t\x1b[<0;3;4M",
}


@pytest.fixture
def app(sessions_root: Path, tmp_path: Path) -> Terminal:
    write_session(sessions_root, "first", 3)
    homes = {name: str(tmp_path) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")}
    terminal = Terminal(
        ["--no-diagram"], columns=100, rows=30,
        environment={"EDGECHAOS_SESSIONS": str(sessions_root), **homes},
    )  # fmt: skip
    terminal.wait_for("finished")
    return terminal


def test_what_is_no_key_does_nothing(app: Terminal, sessions_root: Path) -> None:
    for data in HARMLESS.values():
        app.child.send(data)
        app.pump(0.1)
    app.child.send(b"\x1b[200~no end")
    app.pump(2.5)
    for byte in (b"\x1b", b"[", b"A"):
        app.child.send(byte)
        app.pump(0.25)
    assert "Delete" not in app.text
    # The escape was one by itself; what came after it was no key, and answers nothing.
    app.wait_for("Quit?")
    app.pump(1.0)
    app.child.send(b"\x1b")
    app.wait_for(lambda text: "Quit?" not in text)
    assert "fig4" not in app.text
    # And the keyboard works; the burst is applied in its order.
    app.child.send(b"/figxy\x7f\x7f4")
    app.wait_for("fig4")
    app.child.send(b"\x15xy\r")
    app.pump(0.5)
    assert [path.name for path in sessions_root.iterdir() if path.is_dir()] == ["first"]
    app.close()


FAULT = """
import sys
from edgechaos_tui.terminal import input_driver

def fail(text):
    raise LookupError("a fault")

input_driver._characters = fail
from edgechaos_tui.__main__ import main
sys.argv = ["edgechaos-tui"]
sys.exit(main())
"""


def test_a_fault_in_the_input_thread_ends_like_any_other(
    sessions_root: Path, tmp_path: Path
) -> None:
    sessions_root.mkdir()
    places = {"EDGECHAOS_SESSIONS": str(sessions_root), "XDG_STATE_HOME": str(tmp_path)}
    terminal = Terminal([], environment=places, command=[sys.executable, "-c", FAULT])
    terminal.wait_for("n new")
    terminal.child.send("n")
    assert terminal.wait_for_the_end() == 1
    assert "the app failed (LookupError)" in terminal.raw
    assert "Traceback" not in terminal.raw

"""What is left out on the line is on the screen: after another screen lay over this one, too."""

from pathlib import Path

from tests.edgechaos_tui.screens.recorded import record
from tests.terminal import Terminal


def test_a_screen_is_whole_again_when_another_lay_over_it(tmp_path: Path) -> None:
    record(tmp_path, "some-run")
    terminal = Terminal(["open", "some-run", "--no-diagram", "--sessions", str(tmp_path)])
    try:
        terminal.wait_for("finished after epoch 60")
        terminal.pump(1.0)
        before = terminal.text
        for key in ("?", "\x1b"):
            terminal.press(key)
            terminal.pump(1.0)
        assert terminal.text == before
        # Forth and back: what is left out must be what stands there.
        for key in "l1l1":
            terminal.press(key)
            terminal.pump(0.5)
        assert terminal.text == before
    finally:
        terminal.close()

"""Text on its way to the terminal: it never controls it, and nothing moves by what is removed."""

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Input

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.terminal.sanitize import Sanitizer
from tests.support.hostile_sessions import PAYLOAD
from tests.support.screens import screen_text, until


def _through(text: str) -> str:
    return Sanitizer().apply([Segment(text)], Color(0, 0, 0))[0].text


@given(st.text(st.characters(max_codepoint=0x20FF) | st.characters(categories=("Cc", "Cf"))))
def test_no_order_to_the_terminal_passes(text: str) -> None:
    passed = _through(text)
    assert not [c for c in passed if unicodedata.category(c) == "Cc"]
    assert not set(passed) & set("\u202e\u2066\u200f\ufeff")
    harmless = [c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp")]
    assert "".join(c for c in passed if unicodedata.category(c) != "Cf") == "".join(harmless)


@given(st.text("abc█⣀²λ日\x1b\x9b\u202e\x00"))
def test_everything_keeps_its_place(text: str) -> None:
    assert cell_len(_through(text)) == cell_len(text)


async def test_what_is_pasted_into_a_field_does_not_drive_the_terminal(sessions_root: Path) -> None:
    app = EdgeChaosApp(sessions_root, quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_form(data_dir=PAYLOAD)
        await until(pilot, "data folder")
        field = app.screen.query_one("#data_dir", Input)
        assert "\x1b" not in field.value
        field.value = PAYLOAD
        await until(pilot, "]0;owned")
        assert not [c for c in screen_text(pilot) if c != "\n" and unicodedata.category(c) == "Cc"]

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from edgechaos_tui.terminal.ascii import AsciiFilter, ascii_text, wanted
from tests.support.library_samples import write_session
from tests.support.terminal import Terminal


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"LANG": "en_GB.UTF-8"}, False), ({"LANG": "C.utf8"}, False), ({}, True),
        ({"LANG": "C"}, True), ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_CTYPE": "UTF-8"}, False), ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "de_DE"}, True), ({"LANG": "C.UTF-8", "TERM": "linux"}, True),
        ({"LANG": "C.UTF-8", "EDGECHAOS_ASCII": "1"}, True),
        ({"TERM": "linux", "EDGECHAOS_ASCII": "0"}, False),
    ],
)  # fmt: skip
def test_plain_where_the_locale_is_not_utf8(environment: dict[str, str], plain: bool) -> None:
    assert wanted(environment) is plain


def test_lines_marks_and_plots_keep_their_shape() -> None:
    assert ascii_text("┌─┐ │ ● J² ≤ α ━━──") == "+-+ | o J2 < a ----"
    assert ascii_text("⠀⠁⣿") == " .#"


@given(st.text())
def test_nothing_but_ascii_goes_out_and_the_width_stays(text: str) -> None:
    (segment,) = AsciiFilter().apply([Segment(text)], Color(0, 0, 0))
    assert segment.text.isascii()
    assert len(segment.text) == len(text)


@pytest.mark.parametrize(
    ("environment", "options"),
    [({"LANG": "C"}, []), ({"LANG": ""}, []), ({"TERM": "linux"}, []), ({}, ["--ascii"])],
)
def test_the_app_sends_nothing_but_ascii(
    sessions_root: Path, tmp_path: Path, environment: dict[str, str], options: list[str]
) -> None:
    write_session(sessions_root, "first", 3)
    places = {"EDGECHAOS_SESSIONS": str(sessions_root), "XDG_CACHE_HOME": str(tmp_path)}
    app = Terminal([*options, "--no-diagram"], environment={**places, **environment})
    app.wait_for("finished")
    app.close()
    assert app.raw.isascii()

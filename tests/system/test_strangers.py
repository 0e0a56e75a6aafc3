"""Nothing is trusted: numbers out of any range, and strings that would drive the terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.cli import main as cli
from tests.support.hostile_sessions import FORBIDDEN, PAYLOAD, SHOWN, hostile, out_of_range
from tests.support.screens import text_with
from tests.support.terminal import Terminal

RANGES = [
    (1e300, 1e300),
    (float("inf"), float("inf")),
    (float("nan"), float("nan")),
    (5e-324, -1e9),
]
ESCAPE = "\x1b"
PRINTING = (
    ["show", "evil"],
    ["show", "evil", "--plot"],
    ["sessions"],
    ["theory", "guideline", "evil"],
    ["show", "evil", "--json"],
    ["show", "broken"],
    ["show", "newer"],
    ["sessions", "--json"],
    ["theory", "guideline", "evil", "--json"],
    *[["compare", "evil", "broken", *form] for form in
      ([], ["--json"], ["--csv"], ["--markdown"], ["--latex"])],
    ["pause", "evil"],
    ["set", "evil", "lr=0.1"],
    ["fork", "evil"],
    ["verify", "evil"],
)  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), RANGES)
async def test_numbers_out_of_any_range_draw_no_endless_chart(
    sessions_root: Path, value: float, seconds: float
) -> None:
    out_of_range(sessions_root, "wild", value, seconds)
    app = EdgeChaosApp(sessions_root, session="wild", quiet=True, diagram=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, "stopped")
        await pilot.pause(0.3)
        await pilot.press("escape")
        await text_with(pilot, "sessions · 1")


@pytest.mark.parametrize(("value", "seconds"), RANGES)
def test_numbers_out_of_any_range_are_printed(
    sessions_root: Path,
    value: float,
    seconds: float,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out_of_range(sessions_root, "evil", value, seconds)
    monkeypatch.setenv("EDGECHAOS_SESSIONS", str(sessions_root))
    for arguments in PRINTING[1:3]:
        assert cli._run(arguments) == 0
        assert capsys.readouterr().err == ""


def _harmless(raw: str) -> None:
    for sequence in FORBIDDEN:
        assert sequence not in raw, repr(sequence)


def _harmless_on_paper(printed: str) -> None:
    _harmless(printed)
    for sequence in ("\x1b", "\b", "\x7f"):
        assert sequence not in printed, repr(sequence)


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_no_command_prints_what_a_stranger_wrote_as_it_is(
    sessions_root: Path,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile(sessions_root)
    # session.json says nothing: what the log says of the start stands in its place.
    hostile(sessions_root, "broken", parent=PAYLOAD)
    hostile(sessions_root, "newer", format=9)
    monkeypatch.setenv("EDGECHAOS_SESSIONS", str(sessions_root))
    cli._run(arguments)
    printed = capsys.readouterr()
    assert printed.out + printed.err
    _harmless_on_paper(printed.out + printed.err)


def test_a_newer_format_is_refused_in_one_sentence_everywhere(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile(sessions_root, "newer", format=9)
    monkeypatch.setenv("EDGECHAOS_SESSIONS", str(sessions_root))
    sentence = (
        "newer was written in format 9, and this version reads format 1: install a newer "
        "edgechaos-tui to open it"
    )
    for arguments in (["show", "newer"], ["resume", "newer"], ["verify", "newer"]):
        assert cli._run(arguments) == 1
        assert capsys.readouterr().err == f"edgechaos-tui: {sentence}\n"
    assert cli._run(["sessions"]) == 0
    listed = capsys.readouterr().out
    assert "unreadable" in listed
    assert f"\n{sentence}\n" in listed


def test_note_and_text_are_shown_as_they_are_and_markup_is_not_interpreted(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile(sessions_root)
    monkeypatch.setenv("EDGECHAOS_SESSIONS", str(sessions_root))
    cli._run(["show", "evil"])
    assert capsys.readouterr().out.count(SHOWN) >= 2
    cli._run(["show", "evil", "--json"])
    record = json.loads(capsys.readouterr().out)
    assert (record["note"], record["tags"]) == (PAYLOAD, [PAYLOAD])


def _gone(text: str) -> Callable[[str], bool]:
    return lambda screen: text not in screen


def _raw_of(app: Terminal, *steps: tuple[str, str | Callable[[str], bool]]) -> str:
    """What came over the line while the keys were pressed and what they bring came up."""
    for keys, brings in steps:
        app.press(keys)
        app.wait_for(brings)
    app.close()
    return app.raw


def test_no_screen_sends_what_a_stranger_wrote_as_it_is(sessions_root: Path) -> None:
    for name in ("evil", "named"):
        hostile(sessions_root, name)
    # No command makes such a name; unpacking an archive by hand does.
    odd = PAYLOAD.replace("/", "").replace("\x00", "")
    (sessions_root / "named").rename(sessions_root / ("named" + odd))
    environment = {"EDGECHAOS_SESSIONS": str(sessions_root), "XDG_CACHE_HOME": str(sessions_root)}
    library = Terminal(["--quiet", "--no-diagram"], environment=environment)
    library.wait_for(lambda text: "named]0;owned" in text and "c compare" in text)
    raw = _raw_of(
        library,
        ("/", "esc clears"), ("tag:markup\r", "2 shown"),
        ("N", "Note on"), (ESCAPE, _gone("Note on")),
        ("t", "Tags of"), (ESCAPE, _gone("Tags of")), ("x", "Delete"), (ESCAPE, _gone("Delete n")),
        ("f", "markup[] [@click=app.bell]click"),
        ("d", "steps per epoch"), (ESCAPE, _gone("steps per epoch")),
        ("\r", "Guideline"), ("q", _gone("Guideline")), (" j c", "overlay"),
    )  # fmt: skip
    _harmless(raw)
    run = Terminal(["open", "evil", "--quiet", "--no-diagram"], environment=environment)
    # In the story and in the events, as it stands.
    run.wait_for(lambda text: SHOWN in text and " ".join(text.split()).count("[bold red]") > 2)
    _harmless(_raw_of(run, ("v", "Loss"), ("5", "1 Loss")))

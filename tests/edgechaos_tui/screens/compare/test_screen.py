from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.screens.compare.screen import CompareScreen
from edgechaos_tui.terminal.pace import Pace
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.replay_bar import ReplayBar
from engine.recorder import record
from engine.storage.session.session import Session
from tests.support.comparisons import append, epochs_of, straight, written
from tests.support.screens import until
from tests.support.terminal import Terminal

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture(autouse=True)
def _undelayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are drawn at once, not four times a second."""
    monkeypatch.setattr(Pace, "wait", lambda *_: 0.0)


def _sessions(root: Path, count: int, **given: Any) -> list[Session]:
    return [
        written(root, f"run-{i}", 30 + 10 * i, lr=0.04 / (i + 1), **given) for i in range(count)
    ]


def _screen(pilot: Pilot[None]) -> CompareScreen:
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


def _text(pilot: Pilot[None], where: str) -> str:
    return str(_screen(pilot).query_one(f"#{where}", Static).render())


def _charts(pilot: Pilot[None]) -> list[str]:
    return [c.id or "" for c in _screen(pilot).query(LineChart) if c.size.area]


def _chart(pilot: Pilot[None], name: str) -> str:
    chart = _screen(pilot).query_one(f"#{name}", LineChart)
    return "\n".join(strip.text for strip in chart.render_lines(chart.size.region))


def _bar(pilot: Pilot[None]) -> str:
    bar = _screen(pilot).query_one(ReplayBar)
    return bar.render_line(0).text


async def _settled(pilot: Pilot[None], done: int) -> None:
    for _ in range(600):
        await pilot.pause(0.05)
        if all(len(m.state.metric("epoch")) >= done for m in _screen(pilot)._members):
            await pilot.pause()
            return
    raise AssertionError("the sessions were not read")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [2, 3, 8])
async def test_every_view_works_at_every_size(
    sessions_root: Path, size: tuple[int, int], count: int
) -> None:
    app = EdgeChaosApp(sessions_root, comparison=_sessions(sessions_root, count), quiet=True)
    async with app.run_test(size=size) as pilot:
        await _settled(pilot, 31)
        small = size == (80, 24)
        # Eight values have no room over a third of 120 columns.
        single = small or (size[0] == 120 and count == 8)
        assert len(_charts(pilot)) == (1 if single else 3)
        for chart in _charts(pilot):
            title = _chart(pilot, chart).splitlines()[0]
            assert all(f" {letter} " in title for letter in "ABCDEFGH"[:count])
        await pilot.press("o")
        await pilot.pause()
        crowded = small or size[0] // 24 < count
        assert len(_charts(pilot)) == (count if crowded else 3 * count)
        for letter, chart in zip("ABCDEFGH"[:count], _charts(pilot), strict=False):
            assert _chart(pilot, chart).startswith(f"{letter} Loss")
        await pilot.press("o", "3")
        await pilot.pause()
        assert _charts(pilot) == ["overlay-j2"]
        if small:
            await pilot.press("t")
            await pilot.pause()
        assert "best test loss" in _text(pilot, "cells")
        assert _screen(pilot).query_one("#table").size.area
        assert app.screen.query_one(KeyFooter).cells <= size[0]


async def test_one_cursor_reads_all_runs(sessions_root: Path) -> None:
    app = EdgeChaosApp(sessions_root, comparison=_sessions(sessions_root, 2), quiet=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, 31)
        assert "A 1.07  B .798" in _chart(pilot, "overlay-j2")
        await pilot.press("left")
        await pilot.pause()
        assert "epoch 39/40" in _bar(pilot)
        # The first run ended at epoch 30: nothing is read beyond its end.
        assert "A –  B .784" in _chart(pilot, "overlay-j2")
        await pilot.press("shift+left", "left")
        await pilot.pause()
        assert "epoch 28/40" in _bar(pilot)
        assert "A 1.02  B .634" in _chart(pilot, "overlay-j2")
        await pilot.press("x")
        await pilot.pause()
        assert "τ  .0350/.0800" in _bar(pilot)
        assert "A .634  B .634" in _chart(pilot, "overlay-j2")
        await pilot.press("x")
        await pilot.pause()
        assert "28.0/80.0 s" in _bar(pilot)
        await pilot.press("home")
        await pilot.pause()
        assert "A .250  B .250" in _chart(pilot, "overlay-j2")
        await pilot.press("end")
        await pilot.pause()
        assert "← replay" not in _text(pilot, "header")


async def test_seeds_of_one_setting_as_mean_and_spread(sessions_root: Path) -> None:
    three = [written(sessions_root, f"seed-{seed}", 30, seed=seed) for seed in range(2)]
    three.append(written(sessions_root, "other", 30, lr=0.01))
    app = EdgeChaosApp(sessions_root, comparison=three, quiet=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, 31)
        await pilot.press("m")
        await pilot.pause()
        assert "AB .661 ± 0  C .456" in _chart(pilot, "overlay-j2")
        await pilot.press("m")
        await pilot.pause()
        assert "A .661  B .661" in _chart(pilot, "overlay-j2")


async def test_adam_has_no_tau_and_the_chart_says_so(sessions_root: Path) -> None:
    two = [
        written(sessions_root, "sgd", 30),
        written(sessions_root, "adam", 30, optimizer="adam", momentum=0.0),
    ]
    app = EdgeChaosApp(sessions_root, comparison=two, axis="tau", quiet=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, 31)
        await pilot.press("o")
        await pilot.pause()
        assert "adam has no τ" in _chart(pilot, "split-j2-1")
        assert "τ none (adam has no τ" in _text(pilot, "collapse")


async def test_a_reference_and_all_hyperparameters(sessions_root: Path) -> None:
    app = EdgeChaosApp(sessions_root, comparison=_sessions(sessions_root, 2), quiet=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, 31)
        assert "momentum" not in _text(pilot, "cells")
        await pilot.press("r", "a")
        await pilot.pause()
        assert "momentum" in _text(pilot, "cells")
        assert "(+" in _text(pilot, "cells")
        await pilot.press("r", "r", "t")
        await pilot.pause()
        assert "(+" not in _text(pilot, "cells")
        assert not _screen(pilot).query_one("#table").display


async def test_a_live_session_grows_and_keys_are_in_the_help(sessions_root: Path) -> None:
    still = written(sessions_root, "still", 30)
    live = written(sessions_root, "live", 20, finished=False)
    app = EdgeChaosApp(sessions_root, comparison=[still, live], quiet=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await _settled(pilot, 21)
        append(live, *epochs_of(straight(25))[21:])
        for _ in range(600):
            await pilot.pause(0.05)
            if len(_screen(pilot)._members[1].state.metric("epoch")) == 26:
                break
        await pilot.pause()
        assert "B .593" in _chart(pilot, "overlay-j2")
        await pilot.press("question_mark")
        await pilot.pause()
        assert "To the epoch at which the next run reached" in str(app.export_screenshot()).replace(
            "&#160;", " "
        )
        await pilot.press("escape", "q")
        await pilot.pause()
        assert not isinstance(app.screen, CompareScreen)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(["one"], "2 to 8 sessions can be compared, not 1"), (["one", "bad"], "bad: session.json")],
)
async def test_what_cannot_be_compared_is_a_notice(
    sessions_root: Path, names: list[str], sentence: str
) -> None:
    written(sessions_root, "one", 3)
    bad = written(sessions_root, "bad", 3)
    (bad.folder / "session.json").write_text("{")
    app = EdgeChaosApp(sessions_root, quiet=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_comparison([Session(sessions_root / name) for name in names])
        await pilot.pause()
        assert not isinstance(app.screen, CompareScreen)
        assert any(sentence in note.message for note in app._notifications)


def test_in_a_terminal_it_compares_and_then_is_silent(sessions_root: Path) -> None:
    _sessions(sessions_root, 3)
    environment = {"EDGECHAOS_SESSIONS": str(sessions_root)}
    command = ["compare", "run-0", "run-1", "run-2", "--x", "tau"]
    app = Terminal(command, columns=80, rows=24, environment=environment)
    try:
        text = app.wait_for(lambda text: "C .345" in text and "? help" in text.splitlines()[-1])
        assert "compare · 3 sessions" in text
        app.pump(1.0)
        before = app.bytes_received
        app.pump(1.5)
        assert app.bytes_received == before
        app.press("o3")
        app.wait_for("C J²")
        app.press("t")
        app.wait_for("best test loss")
    finally:
        app.close()


async def test_the_table_follows_the_cursor_and_jumps_find_the_edge(sessions_root: Path) -> None:
    sessions = [written(sessions_root, name, 60, lr=lr) for name, lr in (("a", 0.04), ("b", 0.02))]
    app = EdgeChaosApp(sessions_root, comparison=sessions, quiet=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await _settled(pilot, 61)
        assert "60" in _row(pilot, "epochs done")
        await pilot.press("g")
        await pilot.pause()
        assert "epoch 28/60" in _bar(pilot)
        assert _row(pilot, "epochs done").split()[-2:] == ["28", "28"]
        assert _row(pilot, "edge at epoch").split()[-2:] == ["28", "–"]
        await pilot.press("g")
        await pilot.pause()
        assert "epoch 55/60" in _bar(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert "no run was edited" in [n.message for n in pilot.app._notifications]
        await pilot.press("end")
        await pilot.pause()
        assert _row(pilot, "epochs done").split()[-2:] == ["60", "60"]


def _row(pilot: Pilot[None], label: str) -> str:
    return next(line for line in _text(pilot, "cells").splitlines() if line.startswith(label))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_recorded_runs_are_compared_by_steps_and_by_their_own_metrics(
    sessions_root: Path, size: tuple[int, int]
) -> None:
    for name, slope in (("a", 1.0), ("b", 2.0)):
        with record(name, {}, sessions=sessions_root, raise_errors=True) as run:
            for step in range(0, 50, 10):
                run.log({"grad/norm": slope * step, "speed": 7.0}, step=step, loss=1.0)
    sessions = [Session(sessions_root / name) for name in ("a", "b")]
    app = EdgeChaosApp(sessions_root, comparison=sessions, quiet=True, diagram=False)
    async with app.run_test(size=size) as pilot:
        await _settled(pilot, 5)
        await until(pilot, lambda: "x  step " in _text(pilot, "header"))
        assert "epoch" not in _text(pilot, "header")
        if size[0] < 100:
            await pilot.press("4")
        await until(pilot, lambda: "grad/norm  A 40.0  B 80.0" in _chart(pilot, "overlay-free"))
        await pilot.press("i")
        await until(pilot, lambda: "speed  A 7.00  B 7.00" in _chart(pilot, "overlay-free"))
        await pilot.press("o")
        await until(pilot, lambda: "B speed" in _chart(pilot, "split-free-1"))

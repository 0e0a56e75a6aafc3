"""Bytes on the line: what is sent for a change, and that it makes the right picture."""

import importlib
import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pyte
import pytest
from rich.console import Console
from textual._compositor import ChopsUpdate, LayoutUpdate

import edgechaos_tui
from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.terminal import textual_internals
from edgechaos_tui.terminal.textual_internals import DifferingCells
from tests.support.chart_host import Host, j2, loss

SIZE = (58, 16)


def _console() -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, color_system="256", width=SIZE[0], height=SIZE[1]
    )


def _shown_by(
    host: Host, monkeypatch: pytest.MonkeyPatch, sent: list[int] | None = None
) -> pyte.Screen:
    """A terminal that shows what `host` sends from now on; how many bytes goes to `sent`."""
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)

    def display(_screen: object, update: ChopsUpdate | LayoutUpdate | None) -> None:
        if update is not None:
            text = DifferingCells(update, host._picture).render_segments(_console())
            stream.feed(text)
            if sent is not None:
                sent.append(len(text.encode()))

    monkeypatch.setattr(host, "_display", display)
    return screen


async def test_partial_updates_make_the_same_picture_with_few_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chart = LineChart(loss(3))
    host = Host(chart)
    sent: list[int] = []
    async with host.run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = _shown_by(host, monkeypatch, sent)
        host.refresh()
        await pilot.pause()
        sent.clear()
        for model in [loss(n) for n in range(4, 60)] + [j2(n) for n in range(10, 30)]:
            chart.show(model)
            await pilot.pause()
            assert screen.display == [row.ljust(SIZE[0]) for row in host.rows()]
        assert sorted(sent)[len(sent) // 2] < 300


async def test_a_terminal_of_another_size_gets_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(LineChart(loss(30)))
    async with host.run_test(size=SIZE) as pilot:
        shown = _shown_by(host, monkeypatch)
        host.refresh()
        await pilot.pause()
        assert "Loss" in shown.display[0]
        shown.reset()
        await pilot.resize_terminal(SIZE[0] - 8, SIZE[1] - 2)
        await pilot.pause()
        rows = [row.ljust(SIZE[0]) for row in host.rows()]
        assert shown.display[: SIZE[1] - 2] == rows


async def test_nothing_is_sent_when_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = LineChart(loss(30))
    host = Host(chart)
    async with host.run_test(size=SIZE) as pilot:
        await pilot.pause()
        updates: list[object] = []
        monkeypatch.setattr(host, "_display", lambda _, update: updates.append(update))
        for _ in range(5):
            chart.show(loss(30))
            await pilot.pause()
        assert [u for u in updates if u is not None] == []


def _modules() -> Iterator[str]:
    package = Path(edgechaos_tui.__file__).parent
    for file in sorted(package.rglob("*.py")):
        words = file.relative_to(package.parent).with_suffix("").parts
        if words[-1] not in ("__init__", "__main__"):
            yield ".".join(words)


def test_no_other_module_stands_on_private_names_of_textual() -> None:
    """That none is read from another object is ruff's SLF001."""
    for name in _modules():
        if name == textual_internals.__name__:
            continue
        module = importlib.import_module(name)
        assert not re.search(r"(from|import) (textual|rich)[\w.]*\._", inspect.getsource(module))
        for kind in [own for own in vars(module).values() if inspect.isclass(own)]:
            if kind.__module__ == name:
                assert not list(_overridden(kind)), f"{name}.{kind.__name__}"


def _overridden(kind: type) -> Iterator[str]:
    """The private names of Textual that a class of ours gives another meaning."""
    theirs = [base for base in kind.__mro__ if base.__module__.partition(".")[0] == "textual"]
    for own, value in vars(kind).items():
        if re.match("_[a-z]", own) and isinstance(value, FunctionType | property):
            yield from (own for base in theirs if own in vars(base))

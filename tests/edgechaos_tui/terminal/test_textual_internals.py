"""Bytes on the line: what is sent for a change, and that it makes the right picture."""

import io

import pyte
import pytest
from rich.console import Console
from textual._compositor import CompositorUpdate

from edgechaos_tui.charts.line_chart import LineChart
from edgechaos_tui.terminal.textual_internals import ExactUpdate
from tests.support.chart_host import Host, j2, loss

SIZE = (58, 16)


def _console() -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, color_system="256", width=SIZE[0], height=SIZE[1]
    )


async def test_partial_updates_make_the_same_picture_with_few_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chart = LineChart(loss(3))
    host = Host(chart)
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    sent: list[int] = []
    async with host.run_test(size=SIZE) as pilot:
        await pilot.pause()

        def display(_screen: object, update: CompositorUpdate | None) -> None:
            if update is not None:
                text = update.render_segments(_console())
                sent.append(len(text.encode()) if isinstance(update, ExactUpdate) else 0)
                stream.feed(text.replace("\n", "\r\n"))

        monkeypatch.setattr(host, "_display", display)
        host.screen.refresh(layout=True)
        host.refresh()
        host.screen._compositor_refresh()
        stream.feed("\x1b[H")
        stream.feed(host.screen._compositor.render_full_update().render_segments(_console()))
        sent.clear()
        for model in [loss(n) for n in range(4, 60)] + [j2(n) for n in range(10, 30)]:
            chart.show(model)
            await pilot.pause()
            assert screen.display == [row.ljust(SIZE[0]) for row in host.rows()]
        epochs = [n for n in sent if n]
        assert sorted(epochs)[len(epochs) // 2] < 300


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

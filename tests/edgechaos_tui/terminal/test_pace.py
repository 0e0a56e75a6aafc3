"""The pace of drawing under any load, by a clock that the test moves."""

import pytest

from edgechaos_tui.terminal.pace import URGENCY, News, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _drawings(pace: Pace, clock: Clock, news: News, seconds: float, every: float) -> int:
    """How many drawings are made while `news` come `every` so many seconds."""
    drawings = 0
    for _ in range(round(seconds / every)):
        if pace.wait(news) <= 1e-9:
            pace.drawn()
            drawings += 1
        clock.now += every
    return drawings


@pytest.mark.parametrize("news", ["key", "epoch", "progress"])
def test_at_most_four_drawings_a_second_whatever_comes(news: News) -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    # And those that were saved up for the more urgent.
    saved = {"progress": 0, "epoch": 1, "key": 2}[news]
    assert _drawings(pace, clock, news, 10.0, 0.001) in (40 + saved, 41 + saved)


def test_neither_an_epoch_nor_a_key_waits_for_what_came_before_it() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    for news in ("progress", "epoch", "key"):
        assert pace.wait(news) == 0
        pace.drawn()
        clock.now += 0.01
    assert pace.wait("key") == pytest.approx(0.22), "the next one does"
    assert pace.wait("epoch") == pytest.approx(0.47), "and data make up for it"


def test_what_must_wait_is_told_how_long() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.drawn()
    clock.now += 0.1
    clock.now += pace.wait("progress")
    assert clock.now == pytest.approx(100.25)
    assert pace.wait("progress") == pytest.approx(0)


def test_a_calm_screen_draws_epochs_seldom_and_progress_more_seldom() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.calm = True
    assert _drawings(pace, clock, "epoch", 60.0, 0.1) == 30
    assert _drawings(pace, clock, "progress", 60.0, 0.1) == 12
    clock.now += 1.0
    assert pace.wait("key") == 0


def test_nothing_is_drawn_while_the_line_is_busy() -> None:
    clock, busy = Clock(), True
    pace = Pace(lambda: busy, clock)
    for news in URGENCY:
        assert pace.wait(news) > 0
    busy = False
    assert pace.wait("epoch") == 0

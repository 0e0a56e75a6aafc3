"""Times that never go back, and the choice of a number of threads."""

import pytest

from engine.runtime.clock import Clock
from engine.training import threads


class Time:
    """A clock that a test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_t_follows_the_monotonic_clock_alone() -> None:
    wall, monotonic = Time(1000.0), Time(5.0)
    clock = Clock(wall=wall, monotonic=monotonic, awake_or_not=monotonic)
    monotonic.now += 2
    wall.now -= 500
    assert clock.t() == 1002.0


def test_a_suspended_machine_trains_nothing() -> None:
    monotonic, awake_or_not = Time(5.0), Time(100.0)
    clock = Clock(wall=Time(1000.0), monotonic=monotonic, awake_or_not=awake_or_not)
    clock.work(counting=True)
    monotonic.now += 2
    awake_or_not.now += 2 + 8 * 3600
    assert (clock.t(), clock.elapsed(), clock.busy()) == (1002.0 + 8 * 3600, 2.0, 2.0)


def test_t_never_falls_behind_the_log() -> None:
    clock = Clock(2000.0, 7.0, wall=Time(1000.0), awake_or_not=Time(0.0))
    assert clock.t() == 2000.0
    assert clock.elapsed() == 7.0


def test_what_is_logged_late_does_not_go_back() -> None:
    clock = Clock(2000.0, 50.0)
    times = [(1990.0, 51.0), (2005.0, 49.0), (2003.0, 52.0), (2006.0, 52.0)]
    assert [clock.in_order(*both) for both in times] == [
        (2000.0, 51.0), (2005.0, 51.0), (2005.0, 52.0), (2006.0, 52.0),
    ]  # fmt: skip


def test_pauses_and_repeated_epochs_are_not_elapsed() -> None:
    now = Time(0.0)
    clock = Clock(elapsed=100.0, wall=Time(0.0), monotonic=now)
    now.now += 10  # Loading.
    clock.work(counting=False)
    now.now += 3  # An epoch that the log has already.
    clock.work(counting=True)
    now.now += 2
    with clock.halted():
        now.now += 50
    now.now += 1
    assert clock.elapsed() == 103.0
    assert clock.busy() == 6.0


@pytest.mark.parametrize(
    ("rates", "count"),
    [
        ({1: 100.0}, 1),
        ({1: 100.0, 2: 134.0}, 1),
        ({1: 100.0, 2: 150.0}, 2),
        ({1: 100.0, 2: 180.0, 4: 190.0}, 2),
        ({1: 100.0, 2: 150.0, 4: 300.0}, 4),
        ({1: 100.0, 2: 5.0}, 1),
    ],
)
def test_more_threads_must_be_worth_it(rates: dict[int, float], count: int) -> None:
    assert threads.choose(rates) == count


def test_one_core_is_left_for_the_screen() -> None:
    assert threads.candidates(1) == [1]
    assert threads.candidates(2) == [1, 2]
    assert threads.candidates(4) == [1, 2]
    assert threads.candidates(8) == [1, 2, 4]
    assert threads.candidates(64) == [1, 2, 4, 8, 16]

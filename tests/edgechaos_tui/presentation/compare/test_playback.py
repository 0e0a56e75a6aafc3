"""One place through all runs, by hand and by the clock."""

import pytest

from edgechaos_tui.presentation.compare.comparison import Axis, Member
from edgechaos_tui.presentation.compare.playback import ComparisonPlayback
from edgechaos_tui.presentation.run.replay_clock import Landmark, Start
from engine.storage.session.events import Changed, Rewound
from tests.support.comparisons import epochs_of, member, straight
from tests.support.event_samples import epoch_event


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _runs() -> list[Member]:
    """A: 20 epochs of 2 s; B: 10 epochs of 3 s at twice the step size."""
    return [
        member("a", straight(20), pace=2.0, lr=0.02),
        member("b", straight(10), pace=3.0, lr=0.06),
    ]


def _playback(axis: Axis = "epoch", runs: list[Member] | None = None) -> ComparisonPlayback:
    return ComparisonPlayback(_runs() if runs is None else runs, axis, Clock())


def _after(playback: ComparisonPlayback, seconds: float) -> float | None:
    clock = playback._clock
    assert isinstance(clock, Clock)
    clock.now += seconds
    playback.advance()
    return playback.place


def test_over_epochs_it_plays_at_the_pace_of_the_run_that_reaches_farthest() -> None:
    playback = _playback()
    playback.begin(Start(speed=4.0))
    assert playback.due() == pytest.approx(0.5)
    assert _after(playback, 0.4) == 0
    assert _after(playback, 2.1) == 5
    playback.change_unit()
    assert playback.due() == pytest.approx(0.25)
    assert _after(playback, 1.0) == 9


def test_over_tau_it_plays_along_the_run_that_reaches_farthest_there() -> None:
    # B goes to τ 0.0375 in 30 s, A to 0.025 in 40.
    playback = _playback("tau")
    playback.begin(Start(speed=3.0))
    assert playback.due() == pytest.approx(1.0)
    assert _after(playback, 2.0) == pytest.approx(2 * 0.06 / 16)


def test_over_time_it_moves_in_seconds_from_one_epoch_of_any_run_to_the_next() -> None:
    playback = _playback("time")
    playback.begin(Start(speed=1.0))
    stops: list[float | None] = []
    while len(stops) < 5:
        stops.append(_after(playback, playback.due() or 0.0))
    assert stops == [2.0, 3.0, 4.0, 6.0, 8.0]
    assert _after(playback, 1.5) == 9.0
    # B has ended at 30 s: from there on only A has epochs.
    playback.seek(30.0)
    assert playback.due() == pytest.approx(2.0)
    playback.change_unit()
    assert playback.due() == pytest.approx(1.0)
    assert _after(playback, 2.0) == 34.0


@pytest.mark.parametrize("axis", ["epoch", "tau", "time"])
@pytest.mark.parametrize("by_epoch", [False, True])
def test_it_ends_at_the_end_and_begins_again_from_there(axis: Axis, by_epoch: bool) -> None:
    playback = _playback(axis)
    if by_epoch:
        playback.change_unit()
    playback.begin(Start(speed=64.0))
    assert playback.place == 0.0
    _after(playback, 1000.0)
    assert playback.following
    assert not playback.playing
    playback.play()
    assert (playback.place, playback.playing) == (0.0, True)


def test_it_stays_while_the_logs_grow_and_is_live_at_their_end() -> None:
    playback = _playback()
    playback.begin(Start(at=18, speed=2.0))
    more = epochs_of(straight(25), pace=2.0)[21:]
    playback.take(0, more)
    assert playback.place == 18
    assert playback.recorded == 25
    assert _after(playback, 6.9) == 24
    assert _after(playback, 0.2) is None
    playback.take(0, [epoch_event(26, elapsed=52.0)])
    assert playback.following
    assert playback.recorded == 26


def test_a_place_that_is_rewound_away_becomes_the_end() -> None:
    playback = _playback()
    playback.seek(15)
    playback.take(0, [Rewound(t=1.0, elapsed=1.0, epoch=12, reason="other results")])
    assert playback.following
    playback.seek(11)
    playback.take(1, [Rewound(t=1.0, elapsed=1.0, epoch=3, reason="other results")])
    assert playback.place == 11


def test_steps_jumps_and_landmarks_of_all_runs() -> None:
    runs = _runs()
    change = Changed(t=1.0, elapsed=8.0, epoch=4, values={"lr": 0.05}, previous={"lr": 0.02})
    runs[1].state.apply(change)
    playback = _playback(runs=runs)
    playback.play()
    playback.step(3)
    assert (playback.place, playback.playing) == (3, False)
    playback.step(-10)
    assert playback.place == 0
    assert playback.jump("edit", 1)
    assert playback.place == 4
    assert not playback.jump("edge", 1)
    assert Landmark(4.0, "edit", "B") in playback.landmarks()
    assert {mark.run for mark in playback.landmarks() if mark.kind == "best"} == {"A", "B"}
    playback.seek(1e9)
    assert playback.following
    playback.seek(-5)
    assert playback.place == 0
    playback.seek(4)
    playback.next_axis()
    edits = [mark.place for mark in playback.landmarks() if (mark.kind, mark.run) == ("edit", "B")]
    assert edits == [pytest.approx(4 * 0.06 / 16)]


def test_another_axis_keeps_the_epoch_and_a_playing_one_goes_on() -> None:
    playback = _playback()
    playback.begin(Start(at=5, speed=1.0))
    playback.next_axis()
    assert (playback.axis, playback.playing) == ("tau", True)
    assert playback.place == pytest.approx(5 * 0.02 / 16)
    adam = _playback(runs=[member("x", straight(9), optimizer="adam", momentum=0.0)] * 2)
    adam.begin(Start(at=5))
    adam.next_axis()
    assert adam.following
    assert not adam.playing


def test_a_start_at_an_epoch_means_that_epoch_on_every_axis() -> None:
    places: dict[Axis, float] = {"epoch": 5, "tau": 5 * 0.02 / 16, "time": 10.0}
    for axis, place in places.items():
        playback = _playback(axis)
        playback.begin(Start(at=5, paused=True))
        assert playback.place == pytest.approx(place)
        assert not playback.playing


@pytest.mark.parametrize("axis", ["epoch", "tau", "time"])
@pytest.mark.parametrize(
    "elapsed",
    [[float("nan"), 1e300, -5.0, float("inf"), 3.0], [float("nan")] * 5, [7.0] * 5, [1.0], []],
)
def test_whatever_times_a_record_claims_the_clock_comes_to_its_end(
    axis: Axis, elapsed: list[float]
) -> None:
    odd = member("odd", [])
    for k, seconds in enumerate(elapsed):
        odd.state.apply(epoch_event(k, elapsed=seconds, tau=0.001 * k))
    playback = _playback(axis, [odd, member("none", [])])
    playback.begin(Start())
    for _ in range(3):
        _after(playback, 1e301)
    assert playback.following
    assert playback.due() is None
    playback.step(-1)
    playback.step(1)
    assert playback.following

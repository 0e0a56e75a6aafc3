import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.replay_clock import SPEEDS, Landmark, Start
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.run.watch import Watch
from engine.storage.hyperparameters import build
from engine.storage.session import session
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Changed, Epoch, LoggedEvent, Rewound
from tests.support.event_samples import epoch_event
from tests.support.library_facts import any_run, facts, position_after


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _played(happened: list[LoggedEvent], clock: Clock | None = None) -> Playback:
    playback = Playback(build({}), clock or Clock())
    playback.take(happened)
    return playback


def _epochs(count: int) -> list[LoggedEvent]:
    return [epoch_event(k, elapsed=2.0 * k) for k in range(count)]


def _read(happened: list[LoggedEvent]) -> str:
    state = RunState(build({}))
    for event in happened:
        state.apply(event)
    return facts(state)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    happened=any_run,
    limits=st.lists(st.integers(20, 900), min_size=1, max_size=4),
    ticks=st.lists(st.floats(0.01, 3), min_size=1, max_size=4),
    speed=st.sampled_from(SPEEDS),
    by_epoch=st.booleans(),
)
def test_live_replayed_and_read_whole_give_the_same_state_at_each_epoch(
    tmp_path: Path, happened: list[LoggedEvent], limits: list[int], ticks: list[float],
    speed: float, by_epoch: bool,
) -> None:  # fmt: skip
    new_session = session.create(tmp_path / "sessions", build({}))
    writer, watch, clock = LogWriter(new_session.log), Watch(new_session), Clock()
    playback = Playback(new_session.info().hyperparameters, clock)
    for turn, event in enumerate(happened):
        writer.append(event)
        playback.take(watch.look(limits[turn % len(limits)]).events)
        assert playback.following
    while watch.changed:
        playback.take(watch.look(limits[0]).events)
    writer.close()
    whole = _read(happened)
    assert facts(playback.state) == whole

    playback.speed, playback.by_epoch = speed, by_epoch
    playback.play()
    steps_shown = 0
    while not playback.following and steps_shown < 40:
        epoch = playback.epoch
        assert facts(playback.state) == _read(happened[: position_after(happened, epoch)])
        steps_shown += 1
        clock.now += max(playback.due() or 0.0, ticks[steps_shown % len(ticks)])
        playback.advance()
        assert playback.following or playback.epoch > epoch or playback.due()
    playback.end()
    assert facts(playback.state) == whole


def test_recorded_time_is_that_of_training_and_the_speed_multiplies_it() -> None:
    clock = Clock()
    playback = _played(_epochs(6), clock)
    playback.begin(Start(at=1, speed=4.0))
    assert playback.due() == pytest.approx(0.5)
    clock.now += 0.4
    assert not playback.advance()
    assert playback.due() == pytest.approx(0.1)
    clock.now += 0.7
    assert playback.advance()
    assert playback.epoch == 3
    clock.now += 1.0
    playback.advance()
    assert playback.following
    assert not playback.playing
    assert playback.due() is None


def test_epochs_a_second_do_not_ask_what_time_was_recorded() -> None:
    clock = Clock()
    odd = [float("nan"), 1e300, -5.0, float("inf"), 3.0]
    playback = _played([epoch_event(k, elapsed=odd[k]) for k in range(5)], clock)
    playback.change_unit()
    playback.begin(Start(speed=2.0))
    clock.now += 1.0
    playback.advance()
    assert playback.epoch == 2


def test_steps_jumps_and_ends() -> None:
    change = Changed(t=1.0, elapsed=8.0, epoch=4, values={"lr": 0.05}, previous={"lr": 0.02})
    events = _epochs(10)
    events[7] = epoch_event(7, edge_distance=0.1, test_loss=0.1, elapsed=14.0)
    playback = _played([*events[:4], change, *events[4:]])
    playback.step(-1)
    assert playback.epoch == 8
    assert not playback.following
    playback.step(-10)
    assert playback.epoch == 0
    assert playback.edit(1) == 4
    assert playback.edit(-1) is None
    playback.seek(4)
    assert playback.state.summary.hyperparameters.lr == 0.05
    playback.step(-1)
    assert playback.state.summary.hyperparameters.lr == 0.02
    expected = {Landmark(4, "edit"), Landmark(7, "best"), Landmark(7, "edge")}
    assert set(playback.landmarks()) == expected
    playback.step(10)
    assert playback.following
    assert playback.edit(-1) == 4
    playback.seek(-3)
    assert playback.epoch == 0
    playback.seek(1e9)
    assert playback.following


def test_a_replay_stays_where_it_is_while_the_log_grows_and_becomes_live_at_its_end() -> None:
    clock = Clock()
    playback = _played(_epochs(4), clock)
    playback.begin(Start(at=2, speed=1.0))
    playback.take(_epochs(6)[4:])
    assert playback.epoch == 2
    clock.now += 6.0
    playback.advance()
    assert playback.following
    playback.take([epoch_event(6)])
    assert playback.epoch == 6


def test_a_place_that_is_rewound_away_becomes_the_end() -> None:
    playback = _played(_epochs(9))
    playback.seek(6)
    playback.take([Rewound(t=1.0, elapsed=1.0, epoch=4, reason="other results")])
    assert playback.following
    assert playback.epoch == 4


def test_an_epoch_seen_before_a_rewind_is_shown_with_its_later_results() -> None:
    playback = _played(_epochs(9))
    playback.seek(6)
    assert playback.state.metric("test_loss")[-1] == 0.6
    playback.end()
    playback.take([Rewound(t=1.0, elapsed=1.0, epoch=4, reason="other results")])
    playback.take([epoch_event(k, test_loss=0.1) for k in range(5, 9)])
    playback.seek(6)
    assert playback.state.metric("test_loss")[-1] == 0.1


def test_without_epochs_there_is_nothing_to_play() -> None:
    playback = _played([])
    playback.play()
    playback.step(-1)
    playback.seek(3)
    assert playback.following
    assert not playback.playing
    assert playback.landmarks() == ()


def test_speeds_go_along_the_ladder_and_time_unseen_does_not_count() -> None:
    clock = Clock()
    playback = _played(_epochs(9), clock)
    playback.begin(Start(speed=3.0))
    playback.faster()
    assert playback.speed == 4.0
    playback.slower()
    playback.slower()
    assert playback.speed == 1.0
    for _ in range(20):
        playback.faster()
    assert playback.speed == SPEEDS[-1]
    for _ in range(20):
        playback.slower()
    assert playback.speed == SPEEDS[0]
    clock.now += 1000
    playback.skip()
    assert not playback.advance()
    assert playback.epoch == 0


def test_seeking_in_a_long_record_finds_what_was_read_then() -> None:
    happened: list[LoggedEvent] = [
        epoch_event(k, j=(0.25 + 1e-4 * k) ** 0.5, edge_distance=(0.25 + 1e-4 * k) ** 0.5 - 1)
        for k in range(8001)
    ]
    playback = _played(happened)
    live, marks = RunState(build({})), sorted(random.Random(3).sample(range(8000), 4))
    for event in happened:
        live.apply(event)
        assert isinstance(event, Epoch)
        if event.epoch in marks:
            playback.seek(event.epoch)
            assert playback.state.law.forecast() == live.law.forecast()
            assert playback.state.metric("j").tolist() == live.metric("j").tolist()
            assert playback.state.summary.last == live.summary.last

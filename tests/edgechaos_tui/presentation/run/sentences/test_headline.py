"""The one line at the top of a run's screen."""

import pytest

from edgechaos_tui.presentation.run.sentences import headline
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from engine.storage.session.events import (
    Diverged,
    Failed,
    Paused,
)
from engine.storage.session.progress import Progress
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event, started_event


def test_the_headline_of_a_run() -> None:
    state = RunState(build({"dataset": "synthetic"}))
    assert headline.headline_of(state, Status.STARTING, None) == "the engine is starting"
    loading = Progress(stage="downloading", epoch=0, done=12_000_000, total=30_000_000)
    assert "12 MB of 30 MB" in headline.headline_of(state, Status.STARTING, loading)
    state.apply(epoch_event(0, edge_distance=-0.5, test_loss=2.3))
    state.apply(epoch_event(1, edge_distance=-0.16, test_loss=0.6))
    words = headline.headline_of(state, Status.TRAINING, None)
    assert words == "ordered, d = −0.16 · best test loss 0.600 at epoch 1"
    state.apply(epoch_event(2, edge_distance=0.01, test_loss=0.7))
    assert "at the edge of chaos, d = +0.01 · reached the edge at epoch 2" in headline.headline_of(
        state, Status.TRAINING, None
    )
    assert "interrupted after epoch 2: press r" in headline.headline_of(
        state, Status.INTERRUPTED, None
    )
    state.apply(Diverged(t=1.0, elapsed=1.0, epoch=3, text="diverged at lr 9"))
    assert headline.headline_of(state, Status.DIVERGED, None).endswith(" · diverged at lr 9")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, ""), (0.0123, "12 ms/epoch"), (0.31, "0.3 s/epoch"), (41.6, "42 s/epoch")],
)
def test_the_pace_of_a_run_is_no_zero(seconds: float, words: str) -> None:
    state = RunState(build({"epochs": 5}))
    state.apply(epoch_event(0))
    assert headline.pace_words(state.summary) == "", "no epoch is trained yet"
    state.apply(epoch_event(1, seconds=seconds))
    assert headline.pace_words(state.summary) == words
    assert headline.seconds_left(state.summary, None) == pytest.approx(4 * seconds)


def test_a_failure_cannot_drive_the_terminal() -> None:
    state = RunState(build({}))
    state.apply(Failed(t=1.0, elapsed=1.0, epoch=0, text="\x1b]0;owned\x07[red]x"))
    assert headline.headline_of(state, Status.FAILED, None) == "]0;owned[red]x"


@pytest.mark.parametrize(
    ("reason", "told"),
    [("the quota is used up; going on when there is room", True), ("on request", False)],
)
def test_a_pause_that_nobody_asked_for_is_told(reason: str, told: bool) -> None:
    state = RunState(build({}))
    for event in (
        started_event(),
        epoch_event(0),
        Paused(t=1.0, elapsed=1.0, epoch=0, reason=reason),
    ):
        state.apply(event)
    assert (f"paused: {reason}" in headline.headline_of(state, Status.PAUSED, None)) == told

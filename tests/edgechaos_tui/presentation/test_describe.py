"""Events in words."""

import pytest
from hypothesis import given

from edgechaos_tui.presentation.describe import describe
from edgechaos_tui.presentation.text import (
    clean,
)
from engine.storage.session.events import (
    Answer,
    AnyEvent,
    Changed,
    Diverged,
    Failed,
    Finished,
    Notice,
    Paused,
    Rewound,
    Stopped,
)
from tests.support.event_samples import any_event, started_event


@given(any_event)
def test_every_event_has_words(event: AnyEvent) -> None:
    words = describe(event)
    assert words is None or "\n" not in words


TRAP = "\x1b]0;owned\x07 \x9b2J \u202e \r\n"


@pytest.mark.parametrize(
    "event",
    [
        Notice(t=1.0, elapsed=1.0, text=TRAP),
        Answer(t=1.0, elapsed=1.0, id="i", command=TRAP, applied=False, text=TRAP, offset=1),
        Paused(t=1.0, elapsed=1.0, epoch=1, reason=TRAP),
        Rewound(t=1.0, elapsed=1.0, epoch=1, reason=TRAP),
        Stopped(t=1.0, elapsed=1.0, epoch=1, reason=TRAP),
        Diverged(t=1.0, elapsed=1.0, epoch=1, text=TRAP),
        Failed(t=1.0, elapsed=1.0, epoch=1, text=TRAP, traceback=TRAP),
        Changed(t=1.0, elapsed=1.0, epoch=1, values={TRAP: 1}, previous={TRAP: 2}),
        started_event(host=TRAP, device=TRAP, dataset=TRAP),
    ],
    ids=lambda event: type(event).__name__,
)
def test_the_words_of_an_event_are_no_trap(event: AnyEvent) -> None:
    words = describe(event)
    assert words is not None
    assert "owned" in words or isinstance(event, Changed)
    assert words == clean(words)


def test_changes_are_told_with_their_epoch() -> None:
    change = Changed(
        t=1.0,
        elapsed=1.0,
        epoch=30,
        values={"lr": 0.02, "l2": 5e-5},
        previous={"lr": 0.01, "l2": 0},
    )
    assert describe(change) == "epoch 30: lr 0.01 → 0.02, λ 0 → 5e-5, from here on"


def test_what_a_program_tells_of_itself_is_no_change() -> None:
    reported = Changed(t=1.0, elapsed=1.0, epoch=1, values={"epochs": 5, "lr": 0.1}, previous={})
    assert describe(reported) == "reported by the program: epochs 5, lr 0.1"


def test_an_end_before_the_first_epoch_names_none() -> None:
    times = {"t": 1.0, "elapsed": 1.0}
    assert describe(Finished(**times, epoch=0)) == "finished"
    assert describe(Stopped(**times, epoch=0, reason="on request")) == "stopped: on request"
    assert describe(Finished(**times, epoch=7)) == "finished after epoch 7"

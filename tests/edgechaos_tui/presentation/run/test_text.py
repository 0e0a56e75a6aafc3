import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.describe import describe
from edgechaos_tui.presentation.json_text import escape_json
from edgechaos_tui.presentation.run import headline as story
from edgechaos_tui.presentation.run import hints as meaning
from edgechaos_tui.presentation.run.pending import Pending
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import (
    brief_duration,
    clean,
    duration,
    number,
    setting,
    signed,
    size,
)
from engine.storage import commands
from engine.storage.hyperparameters import build
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
from engine.storage.session.progress import Progress
from engine.storage.session.status import Status
from engine.storage.setting import pace_of, setting_of
from tests.support.event_samples import any_event, epoch_event, started_event


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0.0, "0"), (0.33612, "0.336"), (1.0, "1.00"), (12.345, "12.3"),
        (1234.5, "1234"), (-0.1234, "−0.123"), (4.6e-5, "4.6e-5"), (-4.6e-5, "−4.6e-5"),
        (1e9, "1e9"), (math.nan, "not a number"), (-math.inf, "−∞"), (0.9999, "1.00"),
    ],
)  # fmt: skip
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.02, "0.02"), (5e-5, "5e-5"), (0.0, "0"), (1e-12, "1e-12"), (32, "32"), ("tanh", "tanh"),
     (1e-4, "0.0001"), (0.5, "0.5")],
)  # fmt: skip
def test_settings_read_as_one_would_type_them(value: str | float, shown: str) -> None:
    assert setting(value) == shown


@given(st.floats(1e-12, 100))
def test_a_setting_typed_again_is_nearly_the_same(value: float) -> None:
    assert float(setting(value)) == pytest.approx(value, rel=1e-5)


def test_durations_and_sizes() -> None:
    assert [duration(s) for s in (0.4, 59, 200, 7500, 90_000)] == [
        "0 s", "59 s", "3 min 20 s", "2 h 05 min", "1 d 1 h",
    ]  # fmt: skip
    assert [brief_duration(s) for s in (5, 132, 3723)] == ["0:05", "2:12", "1:02:03"]
    assert [size(n) for n in (500, 30_000_000)] == ["500 B", "30 MB"]
    assert [signed(v) for v in (0.3, -0.121, None)] == ["+0.30", "−0.12", "–"]


@given(st.text())
def test_no_control_character_survives_cleaning(text: str) -> None:
    cleaned = clean(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cleaned)
    assert "\u202e" not in cleaned


@given(st.text(), st.text(max_size=3))
def test_json_says_the_same_without_what_drives_a_terminal(text: str, key: str) -> None:
    record = {key: text, "nested": ["\x9b31m\x7f\u202e\U000e0001", "λ² ok"]}
    written = json.dumps(record, ensure_ascii=False, indent=2)
    escaped = escape_json(written)
    assert json.loads(escaped) == record
    assert clean(escaped) == escaped.replace("\n", " ")
    assert "λ² ok" in escaped


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
    told = Changed(t=1.0, elapsed=1.0, epoch=1, values={"epochs": 5, "lr": 0.1}, previous={})
    assert describe(told) == "told by the program: epochs 5, lr 0.1"


def test_the_story_of_a_run() -> None:
    state = RunState(build({"dataset": "synthetic"}))
    assert story.tell(state, Status.STARTING, None) == "the engine is starting"
    loading = Progress(stage="downloading", epoch=0, done=12_000_000, total=30_000_000)
    assert "12 MB of 30 MB" in story.tell(state, Status.STARTING, loading)
    state.apply(epoch_event(0, edge_distance=-0.5, test_loss=2.3))
    state.apply(epoch_event(1, edge_distance=-0.16, test_loss=0.6))
    told = story.tell(state, Status.TRAINING, None)
    assert told == "ordered, d = −0.16 · best test loss 0.600 at epoch 1"
    state.apply(epoch_event(2, edge_distance=0.01, test_loss=0.7))
    assert "at the edge of chaos, d = +0.01 · reached the edge at epoch 2" in story.tell(
        state, Status.TRAINING, None
    )
    assert "interrupted after epoch 2: press r" in story.tell(state, Status.INTERRUPTED, None)
    state.apply(Diverged(t=1.0, elapsed=1.0, epoch=3, text="diverged at lr 9"))
    assert story.tell(state, Status.DIVERGED, None).endswith(" · diverged at lr 9")


def test_a_failure_cannot_drive_the_terminal() -> None:
    state = RunState(build({}))
    state.apply(Failed(t=1.0, elapsed=1.0, epoch=0, text="\x1b]0;owned\x07[red]x"))
    assert story.tell(state, Status.FAILED, None) == "]0;owned[red]x"


def test_the_meaning_of_a_choice() -> None:
    words = meaning.meaning(build({"l2": 5e-5}))
    assert "η/((1−α)B) = 0.00125" in words
    assert "2λ = 0.0001" in words
    assert "1,875 steps" in words
    assert "no scaling law for Adam" in meaning.meaning(build({"optimizer": "adam"}))
    assert meaning.steps_per_epoch(build({"train_size": 65, "batch_size": 32})) == 3


def test_a_wish_is_pending_until_it_is_answered_or_its_engine_is_gone() -> None:
    pending = Pending()
    for name, lr in (("1", 0.01), ("2", 0.03)):
        pending.sent(commands.Set(id=name, incarnation="i", values={"lr": lr}))
    assert pending.values == {"lr": 0.03}
    answer = Answer(t=1.0, elapsed=1.0, id="2", command="set", applied=True, text="", offset=1)
    pending.settle(answer)
    assert pending.values == {"lr": 0.01}
    assert pending.names == ["set"]
    pending.settle(started_event(incarnation="another"))
    assert pending.values == {}


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
    assert (f"paused: {reason}" in story.tell(state, Status.PAUSED, None)) == told


def test_a_batch_larger_than_the_data_is_the_whole_data_in_all_that_is_derived() -> None:
    small, whole = (build({"train_size": 500, "batch_size": b}) for b in (500, 60_000))
    assert meaning.meaning(whole) == meaning.meaning(small)
    assert "1 steps per epoch" in meaning.meaning(whole)
    assert setting_of(whole) == setting_of(small)
    assert pace_of(whole) == pace_of(small)


def test_an_end_before_the_first_epoch_names_none() -> None:
    times = {"t": 1.0, "elapsed": 1.0}
    assert describe(Finished(**times, epoch=0)) == "finished"
    assert describe(Stopped(**times, epoch=0, reason="on request")) == "stopped: on request"
    assert describe(Finished(**times, epoch=7)) == "finished after epoch 7"

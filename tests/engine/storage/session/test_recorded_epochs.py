"""The lines of a user's own loop as epochs, however the log is cut into batches."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.storage.session.events import Logged, LoggedEvent, Rewound
from engine.storage.session.recorded_epochs import EpochTranslator, RecordedEpoch
from tests.support.event_samples import epoch_event

_METRICS = st.dictionaries(
    st.sampled_from(["train_loss", "val/loss", "grad/norm"]), st.floats(0.0, 9.0), min_size=1
)
_LINES = st.lists(st.tuples(st.integers(0, 5), _METRICS), max_size=12)


def _logged(step: int, metrics: dict[str, float]) -> Logged:
    return Logged(t=float(step), elapsed=float(step), step=step, metrics=dict(metrics))


def _rows(events: Iterable[LoggedEvent]) -> dict[int, RecordedEpoch]:
    """The epochs that a reader has after `events`, by their place."""
    rows: dict[int, RecordedEpoch] = {}
    for event in events:
        if isinstance(event, Rewound):
            rows = {place: row for place, row in rows.items() if place <= event.epoch}
        elif isinstance(event, RecordedEpoch):
            assert not rows or event.epoch > max(rows)
            rows[event.epoch] = event
    return rows


def _expected(lines: Sequence[tuple[int, dict[str, float]]]) -> dict[int, dict[str, float]]:
    metrics: dict[int, dict[str, float]] = {}
    for step, values in lines:
        earlier = metrics.get(step, {}) if step == max(metrics, default=-1) else {}
        metrics = {place: row for place, row in metrics.items() if place < step}
        metrics[step] = earlier | values
    return metrics


@given(lines=_LINES, cuts=st.lists(st.integers(0, 12)))
def test_lines_of_one_step_are_one_epoch_however_they_are_cut(
    lines: list[tuple[int, dict[str, float]]], cuts: list[int]
) -> None:
    translator = EpochTranslator()
    events: list[LoggedEvent] = []
    borders = [0, *sorted(cuts), len(lines)]
    for begin, end in pairwise(borders):
        events += translator.translate([_logged(*line) for line in lines[begin:end]])
    rows = _rows(events)
    expected = _expected(lines)
    assert list(rows) == list(expected)
    for place, metrics in expected.items():
        row = rows[place]
        assert row.step == place
        assert row.train_loss == metrics.get("train_loss")
        assert row.test_loss == metrics.get("val/loss")
        free = {name: value for name, value in metrics.items() if name == "grad/norm"}
        assert row.metrics == free


def test_an_epoch_of_an_engine_in_such_a_log_is_left_out() -> None:
    line = _logged(1, {"loss": 0.5})
    events = EpochTranslator().translate([line, epoch_event(2), _logged(3, {"loss": 0.4})])
    assert [(e.epoch, e.train_loss) for e in _rows(events).values()] == [(1, 0.5), (3, 0.4)]
    assert len(events) == 2

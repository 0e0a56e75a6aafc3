"""All values of a state as text, to compare two states; nan equals nan in its repr."""

from collections.abc import Sequence

from hypothesis import strategies as st

from edgechaos_tui.presentation.run.state import METRICS, RunState
from engine.storage.hyperparameters import build
from engine.storage.session.events import AnyEvent, Epoch, Rewound
from tests.support.event_samples import any_event, epoch_event

_near = st.integers(0, 9)
_plausible = st.builds(
    epoch_event, _near, j=st.floats(0.4, 1.5), edge_distance=st.floats(-0.6, 0.5),
    test_loss=st.none() | st.floats(0.1, 2), l2=st.sampled_from([0.0, 1e-4]),
)  # fmt: skip
_rewound = st.builds(Rewound, t=st.just(1.0), elapsed=st.just(1.0), epoch=_near, reason=st.just(""))


def _in_order(events: list[AnyEvent]) -> list[AnyEvent]:
    """Epochs numbered one after another, as engines write them; rewinds take the count back."""
    last, ordered = -1, []
    for event in events:
        if isinstance(event, Epoch):
            last += 1
            event = epoch_event(last, **{f: getattr(event, f) for f in _KEPT})
        elif isinstance(event, Rewound):
            last = min(last, event.epoch)
        ordered.append(event)
    return ordered


_KEPT = ("t", "elapsed", "j", "edge_distance", "test_loss", "l2", "lr", "batch_size")
_events = st.lists(any_event | _plausible | _plausible | _rewound, max_size=25)
any_run = _events | _events.map(_in_order)
"""Logs of a run: in disorder, or as an engine writes them, with edits, pauses and rewinds."""


def position_after(happened: Sequence[AnyEvent], epoch: int) -> int:
    """How many events there are up to the line of `epoch` that counts in the end."""
    state, position = RunState(build({})), 0
    for place, event in enumerate(happened, 1):
        rows = len(state.metric("epoch"))
        state.apply(event)
        new = len(state.metric("epoch")) > rows
        if new and isinstance(event, Epoch) and event.epoch == epoch:
            position = place
    return position


def facts(state: RunState) -> str:
    """Everything a screen shows of a run, as one string."""
    summary, law = state.summary, state.law
    epochs = state.metric("epoch").tolist()
    return repr(
        (
            {name: state.metric(name).tolist() for name in METRICS},
            [(state.columns[name].bounds, state.columns[name].not_finite) for name in METRICS],
            [(line.t, line.epoch, line.words) for line in state.events],
            state.edits, summary.hyperparameters, summary.epochs_done, summary.crossed,
            summary.test_loss.entries, summary.test_accuracy.entries, summary.lifecycle,
            summary.started, summary.last, summary.phase, state.best_index,
            [law.forecast_at(int(epoch)) for epoch in epochs], law.forecast(), law.fit(),
            law.j2, law.rate, law.l2, law.tau, law.recent_c(),
        )
    )  # fmt: skip

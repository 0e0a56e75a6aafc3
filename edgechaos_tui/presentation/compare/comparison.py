"""Several runs on one axis: epochs, steps, rescaled time or seconds of training.

A `Member` is one session of the comparison. Everything here is computed from the present state of
the members, so that a comparison of running runs grows with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.presentation.run.law import law_lacks
from edgechaos_tui.presentation.run.series import Series
from edgechaos_tui.presentation.run.state import RunState, read_state
from engine.storage.errors import NewerSchema, SessionError
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.info import Parent
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session
from engine.theory.slope_law.collapse import Collapse, collapse

Axis = Literal["epoch", "step", "tau", "time"]
AXES: Final[tuple[Axis, ...]] = ("epoch", "step", "tau", "time")
AXIS_LABEL: Final[dict[Axis, str]] = {
    "epoch": "epoch", "step": "step", "tau": "τ", "time": "s of training",
}  # fmt: skip
FEWEST, MOST = 2, 8
LETTERS: Final = "ABCDEFGH"

LOG_DISTANCE: Final = "log_twin_distance"
"""The metric ln ‖w − w′‖ of a twin."""
# Relative tolerance of places: τ is a sum of floats, of which two runs differ in the last digits.
SAME: Final = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Member:
    """A session in a comparison. start: its initial hyperparameters; parent: that of a fork."""

    name: str
    start: Hyperparameters
    state: RunState
    id: str = ""
    parent: Parent | None = None

    @property
    def is_twin(self) -> bool:
        """Whether it is a twin: disturbed weights, trained beside the undisturbed ones."""
        return self.parent is not None and self.parent.epsilon is not None


def check_sessions(sessions: Sequence[Session]) -> None:
    """Raise SessionError unless these sessions can be compared."""
    if not FEWEST <= len(sessions) <= MOST:
        raise SessionError(f"{FEWEST} to {MOST} sessions can be compared, not {len(sessions)}")
    names = [session.name for session in sessions]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SessionError(f"{twice[0]} is named twice; name each session once")


def read_members(sessions: Sequence[Session]) -> list[Member]:
    """Read the sessions. Raises SessionError, naming the one that cannot be read."""
    check_sessions(sessions)
    return [_read(session) for session in sessions]


def axis_values(state: RunState, axis: Axis) -> Floats:
    """The place of each recorded epoch on the axis, never decreasing; nan where it has none.

    Shape (epochs recorded,). All are nan for Adam on the axis of rescaled time, for a run that
    counts epochs on the axis of steps, and for one that counts steps and logged no epochs on the
    axis of epochs.
    """
    if axis == "epoch":
        values = state.epochs
    elif axis == "step":
        places = state.metric("epoch")
        values = places if _counts_steps(state) else np.full(len(places), np.nan)
    else:
        values = state.metric("elapsed" if axis == "time" else axis)
    # Times only decrease in a damaged log, which must not break the charts and searches.
    return np.where(np.isfinite(values), np.fmax.accumulate(values), np.nan)


def axes_of(members: Sequence[Member]) -> tuple[Axis, ...]:
    """The axes that apply to these runs: steps if any counts them, epochs unless none has any."""
    without = set() if any(_counts_steps(member.state) for member in members) else {"step"}
    if axis_with_places(members, "epoch") != "epoch":
        without.add("epoch")
    return tuple(axis for axis in AXES if axis not in without)


def axis_with_places(members: Sequence[Member], axis: Axis) -> Axis:
    """`axis`; or "step" for "epoch" when all runs count steps and none logged epochs."""
    states = [member.state for member in members]
    if axis == "epoch" and states and all(map(_counts_steps, states)):
        return axis if any(np.isfinite(state.epochs).any() for state in states) else "step"
    return axis


def reach(state: RunState, axis: Axis) -> float:
    """The last place of the whole record on `axis`, "epoch" or "step"; 0 without one."""
    if axis == state.summary.unit:
        return float(state.extent)
    places = axis_values(state, axis)
    finite_places = places[np.isfinite(places)]
    return float(finite_places[-1]) if len(finite_places) else 0.0


def _counts_steps(state: RunState) -> bool:
    return state.summary.unit == "step"


def lacks_axis(member: Member, axis: Axis) -> str:
    """The reason why the run has no place on the axis, in a sentence; "" when it has one."""
    steps = _counts_steps(member.state)
    if axis == "step":
        return "" if steps else f"{member.name} counts epochs, not steps"
    if axis == "epoch" and steps and not np.isfinite(member.state.epochs).any():
        return f"{member.name} counts steps and logged no epochs"
    if axis != "tau":
        return ""
    if isinstance(member.start, RecordedHyperparameters):
        lacking = law_lacks(member.state.summary.hyperparameters)
        return lacking and f"{member.name} has no τ: {lacking}"
    if member.start.optimizer != "sgd":
        return f"{member.name} has no τ: the law is for SGD"
    return ""


def metric(state: RunState, name: str) -> Floats:
    """The values of a metric, shape (epochs recorded,); nan where not measured.

    name: a field of an epoch in the log, "j2", LOG_DISTANCE, or a recorded run's own metric.
    """
    if name == LOG_DISTANCE:
        distance = state.metric("twin_distance")
        return np.log(distance, out=np.full_like(distance, np.nan), where=distance > 0)
    if name not in (*state.columns, "j2"):
        free = state.free_metrics.get(name)
        values = np.full(len(state.metric("epoch")), np.nan)
        if free is not None:
            values[: len(free)] = free.view()
        return values
    if name != "j2":
        return state.metric(name)
    with np.errstate(over="ignore"):
        return np.square(state.metric("j"))


def curve(state: RunState, axis: Axis, name: str) -> tuple[Floats, Floats]:
    """The places and values of a metric over the axis, as two arrays of one length.

    Epochs without a place are left out; of a recorded run, also those without a logged value.
    """
    x, y = axis_values(state, axis), metric(state, name)
    placed = np.isfinite(x)
    column = _column(state, name) if state.is_recorded else None
    if column is not None:
        placed[: len(column)] &= column.measured_rows
        placed[len(column) :] = False
    return (x, y) if placed.all() else (x[placed], y[placed])


def free_metrics(members: Sequence[Member]) -> list[str]:
    """The metrics that recorded runs logged under names of their own, in order of appearance."""
    return list(dict.fromkeys(name for m in members for name in m.state.free_metrics))


def _column(state: RunState, name: str) -> Series | None:
    """The column that a metric is read from, if there is one."""
    source = {"j2": "j", LOG_DISTANCE: "twin_distance"}.get(name, name)
    return state.columns.get(source, state.free_metrics.get(source))


def row_at(state: RunState, axis: Axis, place: float | None) -> int | None:
    """The row of the last epoch at or before `place`; of the last one for None.

    None when the run has no epoch yet, or does not reach `place`.
    """
    values = axis_values(state, axis)
    rows = np.flatnonzero(np.isfinite(values))
    if not len(rows):
        return None
    if place is None:
        return int(rows[-1])
    x = values[rows]
    slack = SAME * max(abs(place), abs(float(x[-1])))
    if place > x[-1] + slack:
        return None
    count = int(np.searchsorted(x, place + slack, side="right"))
    return int(rows[count - 1]) if count else None


def value_at(state: RunState, axis: Axis, name: str, place: float | None) -> float | None:
    """The value of a metric at `place` (None: at the end); None without a finite one."""
    row = row_at(state, axis, place)
    if row is None:
        return None
    column = _column(state, name) if state.is_recorded else None
    value = float(metric(state, name)[row])
    if column is not None and name != "j2":
        latest = state.value_at(column, row)
        value = float("nan") if latest is None else latest
    return value if np.isfinite(value) else None


def leader(members: Sequence[Member], axis: Axis) -> int:
    """The index of the run that reaches farthest: a cursor steps along its epochs."""
    ends = [x[-1] if len(x := curve(m.state, axis, "epoch")[0]) else -1.0 for m in members]
    return int(np.argmax(ends))


def end_of(members: Sequence[Member], axis: Axis) -> float:
    """The end of the axis: the farthest place; for epochs and steps, the longest plan."""
    if axis in ("epoch", "step"):
        return max(max(_planned(m, axis), reach(m.state, axis)) for m in members)
    places = curve(members[leader(members, axis)].state, axis, "epoch")[0]
    return float(places[-1]) if len(places) else 0.0


def moved(members: Sequence[Member], axis: Axis, place: float | None, steps: int) -> float | None:
    """The place `steps` epochs after `place`, along the run that reaches farthest.

    None, for both, is its last place.
    """
    places = curve(members[leader(members, axis)].state, axis, "epoch")[0]
    if not len(places):
        return None
    if place is None:
        row = len(places) - 1
    else:
        row = int(np.searchsorted(places, place * (1 + SAME), side="right")) - 1
    row = max(0, row + steps)
    return float(places[row]) if row < len(places) - 1 else None


def carried(members: Sequence[Member], old: Axis, new: Axis, place: float | None) -> float | None:
    """The place on axis `new` of the same epoch of the run that reaches farthest on `old`."""
    state = members[leader(members, old)].state
    row = row_at(state, old, place)
    if place is None or row is None:
        return None
    value = float(axis_values(state, new)[row])
    return value if np.isfinite(value) else None


def collapse_of(members: Sequence[Member], axis: Axis) -> Collapse | None:
    """The collapse of the J² curves of all runs in the ordered phase, over the axis.

    None when a run has no place on the axis, or when there is no common range.
    """
    edge = min(member.state.law.j2_edge for member in members)
    return collapse([curve(member.state, axis, "j2") for member in members], limit=edge)


def _planned(member: Member, axis: Axis) -> float:
    """The planned end of a run that counts in the unit of the axis; else 0."""
    summary = member.state.summary
    return float(summary.hyperparameters.epochs) if axis == summary.unit else 0.0


def _read(session: Session) -> Member:
    try:
        info, _ = info_to_show(session)
        state = read_state(session)
        return Member(session.name, info.hyperparameters, state, info.id, info.parent)
    except NewerSchema as error:
        message = str(error)
        raise SessionError(
            message if session.name in message else f"{session.name}: {message}"
        ) from None
    except OSError as error:
        raise SessionError(f"{session.name}: cannot be read: {error.strerror}") from None

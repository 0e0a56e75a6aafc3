"""The reason why there is nothing to draw of a run, in a sentence."""

from edgechaos_tui.presentation.run.state import RunState
from engine.storage.session.events import ENDED


def why_empty(state: RunState, *names: str, unmeasured: str = "not measured yet") -> str:
    """Of the columns `names` of METRICS, none of which has a finite value.

    unmeasured: what to say where epochs were recorded without these values.
    """
    rows = len(state.metric("epoch"))
    if any(state.columns[name].not_finite for name in names):
        unit = state.summary.unit
        return f"no finite value in {rows:,} {unit}{'s' if rows > 1 else ''}: nan or infinite"
    if rows:
        return unmeasured
    ended = isinstance(state.summary.lifecycle, ENDED)
    return "no epoch was recorded" if ended else "waiting for the first epoch"

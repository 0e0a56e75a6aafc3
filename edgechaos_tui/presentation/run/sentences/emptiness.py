"""The reason why a chart of a run is empty, in a sentence."""

from edgechaos_tui.presentation.run.state import RunState
from engine.storage.session.events import ENDED


def why_empty(state: RunState, *names: str, unmeasured: str = "not measured yet") -> str:
    """The reason why none of the columns `names` of METRICS has a finite value.

    unmeasured: the sentence for epochs that were recorded without these values.
    """
    rows = len(state.metric("epoch"))
    if any(state.columns[name].not_finite for name in names):
        unit = state.summary.unit
        return f"no finite value in {rows:,} {unit}{'s' if rows > 1 else ''}: nan or infinite"
    if rows:
        return unmeasured
    ended = isinstance(state.summary.lifecycle, ENDED)
    return "no epoch was recorded" if ended else "waiting for the first epoch"

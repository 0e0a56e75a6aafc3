"""Sentences about a sweep."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.text import number, setting, signed
from engine.storage.hyperparameters import Hyperparameters, Value
from engine.storage.sweep.events import Outcome, RunEnded
from engine.storage.sweep.plan import jobs_of
from engine.storage.sweep.state import SweepStatus

_MOST_VALUES = 5
_ORDER: tuple[Outcome, ...] = ("finished", "stopped", "diverged", "failed")


def outcome_words(outcomes: Mapping[Outcome, int]) -> str:
    """`21 finished, 2 diverged, 1 failed`; `none ended` before there is one."""
    parts = [f"{outcomes[outcome]} {outcome}" for outcome in _ORDER if outcomes.get(outcome)]
    return ", ".join(parts) or "none ended"


def varied_words(values: Mapping[str, Collection[Value]]) -> str:
    """The varied hyperparameters with their values: `lr 0.01, 0.02 × 8 of λ, 1e-5 … 1e-3`."""
    return " × ".join(_values_words(name, list(several)) for name, several in values.items())


def _values_words(name: str, values: Sequence[Value]) -> str:
    texts = [setting(value) for value in values]
    if len(texts) <= _MOST_VALUES:
        return f"{label_of(name)} {', '.join(texts)}"
    return f"{len(texts)} of {label_of(name)}, {texts[0]} … {texts[-1]}"


def plan_words(
    runs: Sequence[Hyperparameters], varied: Iterable[str], jobs: int, *, on_ray: bool = False
) -> str:
    """The plan in words: `12 runs (lr 0.01, 0.02 × 6 of seed, 0 … 5), 2 at a time`."""
    count = len(runs)
    values = {name: list(dict.fromkeys(getattr(run, name) for run in runs)) for name in varied}
    noun = "run" if count == 1 else "runs"
    if on_ray:
        pace = f"{at_once_words(jobs)} on Ray" if jobs else "on all cores of the cluster"
    else:
        pace = at_once_words(min(jobs_of(jobs), count))
    return f"{count} {noun} ({varied_words(values)}), {pace}"


def at_once_words(jobs: int) -> str:
    """`2 at a time`."""
    return "one after another" if jobs == 1 else f"{jobs} at a time"


def sweep_status_words(status: SweepStatus, host: str = "") -> str:
    """The status as it reads on screen."""
    if status is SweepStatus.ELSEWHERE:
        return f"running on {host or 'another host'}?"
    return str(status)


def end_words(ended: RunEnded, summary: Summary | None) -> str:
    """The end of a run, with its results, in words."""
    parts = [f"{ended.run} {ended.outcome} after epoch {ended.epoch}"]
    if summary is not None and summary.test_loss.best is not None:
        best = summary.test_loss.best
        parts.append(f"best test loss {number(best.value)} at epoch {best.epoch}")
    if summary is not None and summary.last is not None:
        parts.append(f"J² {number(summary.j2)}, d {signed(summary.last.edge_distance)}")
    if ended.text:
        parts.append(ended.text)
    return "; ".join(parts)

"""The one line at the top of a run's screen that tells how it stands."""

from edgechaos_tui.core.summary import Summary
from edgechaos_tui.core.text import brief_duration, clean, number, signed, size
from engine.record.events import Diverged, Failed, Paused, Stopped
from engine.record.progress import Progress
from engine.record.status import Status
from engine.theory.phase import phase

_STAGES = {
    "importing": "loading PyTorch",
    "loading": "loading the data set",
    "measuring threads": "measuring how many threads serve best",
    "evaluating": "evaluating on the test set",
}


def tell(summary: Summary, status: Status, progress: Progress | None) -> str:
    """One sentence about the run, for people."""
    trouble = _trouble(summary, status)
    if summary.last is None:
        return trouble or _waiting(status, progress)
    return " · ".join([part for part in (_where(summary), trouble or _edge(summary)) if part])


def phase_of(summary: Summary) -> str | None:
    """`ordered`, `edge` or `chaotic` after the last epoch; None before there is one."""
    if summary.last is None or summary.last.edge_distance is None:
        return None
    return phase(summary.last.edge_distance)


def seconds_left(summary: Summary, progress: Progress | None) -> float | None:
    """Until the planned end, from the last epoch's time; None before the first epoch is done."""
    last = summary.last
    if last is None or last.epoch == 0:
        return None
    within = 0.0
    if progress is not None and progress.stage == "training" and progress.total:
        within = progress.done / progress.total if progress.epoch > summary.epochs_done else 0.0
    remaining = summary.hyperparameters.epochs - summary.epochs_done - within
    return max(0.0, remaining) * last.seconds


def stage_words(progress: Progress) -> str:
    """What the engine is doing, and how far it is: `downloading, 12 MB of 30 MB, 0:20 left`."""
    words = _STAGES.get(progress.stage, clean(progress.stage))
    if progress.stage == "downloading" and progress.total:
        words += f", {size(progress.done)} of {size(progress.total)}"
    if progress.seconds_left is not None and progress.stage != "training":
        words += f", {brief_duration(progress.seconds_left)} left"
    return words


def _trouble(summary: Summary, status: Status) -> str:
    event = summary.lifecycle
    if isinstance(event, Failed | Diverged) and not status.active:
        return clean(event.text)
    if status is Status.INTERRUPTED:
        return f"interrupted after epoch {summary.epochs_done}: press r to take it up there"
    if isinstance(event, Paused) and status is Status.PAUSED and "space" in event.reason:
        return f"paused: {clean(event.reason)}; it goes on by itself when there is room"
    if isinstance(event, Stopped) and summary.last is None:
        return "stopped before the first epoch: press r to take it up"
    return ""


def _waiting(status: Status, progress: Progress | None) -> str:
    if progress is not None:
        if progress.stage == "training":
            return "training the first epoch"
        return stage_words(progress)
    return "the engine is starting" if status.active else "no epoch was recorded"


def _where(summary: Summary) -> str:
    assert summary.last is not None
    word = phase_of(summary)
    if word is None:
        return "phase unknown"
    names = {"ordered": "ordered", "edge": "at the edge of chaos", "chaotic": "chaotic"}
    return f"{names[word]}, d = {signed(summary.last.edge_distance)}"


def _edge(summary: Summary) -> str:
    best = summary.test_loss.best
    parts = []
    if summary.crossed is not None:
        parts.append(f"reached the edge at epoch {summary.crossed}")
    if best is not None and best.epoch > 0:
        parts.append(f"best test loss {number(best.value)} at epoch {best.epoch}")
    return " · ".join(parts)

"""The headline of a run: the line at the top of its screen."""

from edgechaos_tui.presentation.run import law
from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.analysis.holding import holding_words
from edgechaos_tui.presentation.run.analysis.indicators import disagreements
from edgechaos_tui.presentation.run.analysis.twin import twin_words
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.text import brief_duration, clean, duration, number, signed, size
from engine.storage.session.events import Diverged, Failed, Paused, Stopped
from engine.storage.session.progress import Progress
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.status import Status
from engine.theory.slope_law.law import Forecast

_ON_REQUEST = "on request"
"""The reason of a pause that somebody asked for, which is no problem."""
_MILLISECONDS_BELOW = 0.05
_ONE_DECIMAL_BELOW = 10.0
_STAGES = {
    "importing": "loading PyTorch",
    "loading": "loading the data set",
    "measuring threads": "measuring the best number of threads",
    "evaluating": "evaluating on the test set",
}


def headline_of(state: RunState, status: Status, progress: Progress | None) -> str:
    """The headline: phase, held J², twin, forecast or problem, separated by ` · `."""
    summary = state.summary
    problem = _problem(summary, status)
    if summary.last is None:
        return problem or _waiting(status, progress)
    return " · ".join(
        [
            part
            for part in (
                depth.depth_words(state) or _phase_words(summary),
                "" if problem else holding_words(state),
                twin_words(state),
                problem or _outlook(state, status),
                _disagreement(summary),
            )
            if part
        ]
    )


def seconds_left(summary: Summary, progress: Progress | None) -> float | None:
    """Seconds until the planned end, by the last epoch's time; None before the first one ends, and
    where no end is planned: a recorded run may have no plan, and may count steps."""
    last = summary.last
    planned = summary.hyperparameters.epochs if summary.unit == "epoch" else 0
    if last is None or last.epoch == 0 or not planned:
        return None
    within = 0.0
    if progress is not None and progress.stage == "training":
        within = progress.fraction if progress.epoch > summary.epochs_done else 0.0
    remaining = planned - summary.epochs_done - within
    return max(0.0, remaining) * last.seconds


def pace_words(summary: Summary) -> str:
    """`2.1 s/epoch`, `12 ms/step`: how long the last one took; "" where that is not known."""
    seconds = summary.last.seconds if summary.last is not None and summary.last.epoch else 0.0
    if not seconds > 0:
        return ""
    if seconds < _MILLISECONDS_BELOW:
        return f"{1000 * seconds:.2g} ms/{summary.unit}"
    return f"{seconds:.{1 if seconds < _ONE_DECIMAL_BELOW else 0}f} s/{summary.unit}"


def stage_words(progress: Progress) -> str:
    """The stage of the engine and its progress: `downloading, 12 MB of 30 MB, 0:20 left`."""
    stage = _STAGES.get(progress.stage, clean(progress.stage))
    if progress.stage == "downloading" and progress.total:
        stage += f", {size(progress.done)} of {size(progress.total)}"
    if progress.seconds_left is not None and progress.stage != "training":
        stage += f", {brief_duration(progress.seconds_left)} left"
    return stage


def _problem(summary: Summary, status: Status) -> str:
    event = summary.lifecycle
    if isinstance(event, Failed | Diverged) and not status.active:
        return clean(event.text)
    if status is Status.INTERRUPTED:
        if isinstance(summary.hyperparameters, RecordedHyperparameters):
            last_place = f"{summary.unit} {summary.epochs_done}"
            return f"interrupted after {last_place}: its program ended without closing the run"
        return f"interrupted after epoch {summary.epochs_done}: press r to resume it"
    if isinstance(event, Paused) and status is Status.PAUSED and event.reason != _ON_REQUEST:
        return f"paused: {clean(event.reason)}"
    if isinstance(event, Stopped) and summary.last is None:
        resumable = not isinstance(summary.hyperparameters, RecordedHyperparameters)
        return "stopped before the first epoch" + (": press r to resume it" if resumable else "")
    return ""


def _waiting(status: Status, progress: Progress | None) -> str:
    if progress is not None:
        if progress.stage == "training":
            return "training the first epoch"
        return stage_words(progress)
    return "the engine is starting" if status.active else "no epoch was recorded"


def _phase_words(summary: Summary) -> str:
    assert summary.last is not None
    phase = summary.phase
    if phase is None:
        recorded = isinstance(summary.hyperparameters, RecordedHyperparameters)
        return "recorded run" if recorded else "phase unknown"
    return f"{depth.PHASE_WORDS[phase]}, d = {signed(summary.last.edge_distance)}"


def _outlook(state: RunState, status: Status) -> str:
    summary, best = state.summary, state.summary.test_loss.best
    # The law is of one hidden layer: it forecasts nothing for a network with depth.
    parts = [] if depth.has_depth(state) else _law_words(state, status)
    if best is not None and best.epoch > 0:
        parts.append(f"best test loss {number(best.value)} at {summary.unit} {best.epoch}")
    return " · ".join(part for part in parts if part)


def _law_words(state: RunState, status: Status) -> list[str]:
    summary = state.summary
    if summary.crossed is not None:
        return [law.crossing(state.law, summary.crossed)]
    if summary.hyperparameters.hold_j2 or not law_applies(summary):
        return []
    forecast = state.law.forecast()
    return [law.expectation(forecast, state.law.j2_edge), _time_to(forecast, summary, status)]


def law_applies(summary: Summary) -> bool:
    """Whether there is a forecast to state: always, except for a recorded run without a J."""
    recorded = isinstance(summary.hyperparameters, RecordedHyperparameters)
    return not recorded or summary.phase is not None


def _time_to(forecast: Forecast, summary: Summary, status: Status) -> str:
    """The time until the forecast crossing, in words, while the run trains."""
    last = summary.last
    if forecast.epoch is None or last is None or status is not Status.TRAINING:
        return ""
    if forecast.epoch > summary.hyperparameters.epochs:
        return f"the run ends before, at {summary.hyperparameters.epochs}"
    return f"in {duration((forecast.epoch - last.epoch) * last.seconds)}"


def _disagreement(summary: Summary) -> str:
    """The indicators on the actual weights that contradict the phase by J, in words."""
    if summary.last is None or summary.last.lambda_depth is not None:
        return ""
    names = disagreements(summary.last, summary.phase)
    if not names:
        return ""
    verb = "says" if len(names) == 1 else "say"
    return f"{' and '.join(names)} on the real weights {verb} otherwise"

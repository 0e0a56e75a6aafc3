"""The start of a sweep and the following of it without the app, with its estimated duration."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import typer
from rich.progress import BarColumn, TextColumn

from edgechaos_tui.cli.output.answer import report_detached
from edgechaos_tui.cli.output.live import BarLines, EventLines, stderr_bar
from edgechaos_tui.control import launcher
from edgechaos_tui.control.sweep_estimate import DurationEstimate, estimate
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.run.reading import read_summary
from edgechaos_tui.presentation.sweep.progress import SweepProgress, SweepSight
from edgechaos_tui.presentation.sweep.text import end_words, outcome_words, plan_words
from edgechaos_tui.presentation.text import brief_duration, clean, duration
from engine.storage.errors import EdgeChaosError, NewerSchema, SessionError
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.sweep.events import RunEnded, SweepFailed
from engine.storage.sweep.plan import (
    Rule,
    Sweep,
    check_free,
    create_sweep,
    free_name,
    jobs_of,
    numbered,
)
from engine.storage.sweep.state import SweepStatus, read_sweep

_ASK_SECONDS = 300.0
"""The estimated duration above which a terminal is asked to confirm the start."""
_POLL_SECONDS = 0.2
_PERCENTAGE = TextColumn("{task.percentage:>3.0f} %  {task.fields[left]}")


@dataclass(frozen=True)
class SweepRequest:
    """The arguments of `edgechaos-tui sweep`."""

    root: Path
    name: str | None
    runs: list[Hyperparameters]
    varied: list[str]
    rule: Rule
    jobs: int
    together: int
    share: bool
    cluster: str


def announce(request: SweepRequest, *, json: bool) -> None:
    """Print the number of runs and their estimated duration; start nothing."""
    duration_estimate = _estimate(request, measure=True)
    if json:
        record = {
            "runs": [msgspec.to_builtins(hyperparameters) for hyperparameters in request.runs],
            "count": len(request.runs),
            "varied": request.varied,
            "jobs": (request.jobs or None)
            if request.cluster
            else jobs_of(request.jobs, request.together),
            "estimated_seconds": duration_estimate.seconds if duration_estimate else None,
        }
        print(json_text(record, indent=2))
    else:
        print(_announcement(request, duration_estimate))


def begin(request: SweepRequest, *, detach: bool, ask: bool, json: bool) -> int:
    """Make the sweep and start it; returns the exit status, as `follow` does.

    On a terminal its estimated duration is printed first, and a long one must be confirmed. Raises
    typer.Abort when it is not.
    """
    name = request.name or free_name(request.root)
    runs = numbered(name, request.runs)
    check_free(request.root, name, [run for run, _ in runs])
    on_terminal = not json and sys.stdin.isatty() and sys.stdout.isatty()
    duration_estimate = _estimate(request, measure=on_terminal and ask)
    if not json:
        print(_announcement(request, duration_estimate))
    if (
        on_terminal
        and ask
        and (duration_estimate is None or duration_estimate.seconds > _ASK_SECONDS)
    ):
        typer.confirm("Start it?", abort=True)
    sweep = create_sweep(
        request.root,
        name,
        runs,
        varied=request.varied,
        rule=request.rule,
        jobs=request.jobs,
        share=request.share,
        together=request.together,
        cluster=request.cluster,
    )
    warning = launcher.start_sweep(sweep, fresh=True)
    if detach:
        report_detached(sweep, warning, json=json)
        return 0
    return follow(sweep, json=json)


def follow(sweep: Sweep, *, json: bool) -> int:
    """Show the sweep until its coordinator ends; returns the exit status (130 after Ctrl-C).

    Ctrl-C leaves the sweep running. Raises SessionError when runs failed, or when the sweep was
    interrupted.
    """
    show = _SweepJsonLines() if json else _SweepLines(sweep.name, _PERCENTAGE, left="")
    try:
        with show:
            sight = _until_the_end(sweep, show)
    except KeyboardInterrupt:
        print(
            f"{sweep.name} continues; `edgechaos-tui sweep follow {sweep.name}` shows it again, "
            f"`edgechaos-tui sweep stop {sweep.name}` stops it",
            file=sys.stderr,
        )
        return 130
    return _exit_status(sweep, sight)


def _estimate(request: SweepRequest, *, measure: bool) -> DurationEstimate | None:
    if request.cluster:
        return None  # The time of an epoch on this machine says nothing about others.
    if not measure:
        return estimate(request.root, request.runs, jobs_of(request.jobs, request.together))
    with stderr_bar(TextColumn("{task.description}"), BarColumn()) as bar:
        task = bar.add_task("measuring an epoch", total=None)

        def measured(done: int, total: int) -> None:
            words = "measuring an epoch" if total == 1 else f"measuring epochs, {done}/{total}"
            bar.update(task, description=words)

        return estimate(
            request.root, request.runs, jobs_of(request.jobs, request.together), measure=measured
        )


def _announcement(request: SweepRequest, duration_estimate: DurationEstimate | None) -> str:
    words = plan_words(
        request.runs,
        request.varied,
        jobs_of(request.jobs, request.together) if not request.cluster else request.jobs,
        on_ray=bool(request.cluster),
    )
    return f"{words}, about {duration(duration_estimate.seconds)}" if duration_estimate else words


def _until_the_end(sweep: Sweep, show: "_SweepJsonLines | _SweepLines") -> SweepSight:
    progress = SweepProgress(sweep)
    while True:
        try:
            sight = progress.look(time.monotonic())
        except (NewerSchema, OSError) as error:
            raise SessionError(f"{sweep.name}: its log cannot be followed: {error}") from None
        show.take(sight, progress)
        if not sight.status.active:
            return sight
        time.sleep(_POLL_SECONDS)


class _SweepJsonLines(EventLines):
    def take(self, sight: SweepSight, _: SweepProgress) -> None:
        for event in sight.events:
            self.event(event)


class _SweepLines(BarLines):
    """A line for each run that ended."""

    def take(self, sight: SweepSight, progress: SweepProgress) -> None:
        for event in sight.events:
            if isinstance(event, RunEnded):
                self.line(self._end(event, progress))
        seconds_left = sight.seconds_left
        ended = sum(sight.outcomes.values())
        paused = ", paused" if sight.status is SweepStatus.PAUSED else ""
        self.progress(
            f"{ended}/{sight.total} runs, {sight.under_way} running{paused}",
            sight.done,
            1.0,
            left="" if seconds_left is None else f"{brief_duration(seconds_left)} left",
        )

    def _end(self, event: RunEnded, progress: SweepProgress) -> str:
        try:
            _, summary, _ = read_summary(progress.run_session(event.run))
        except (EdgeChaosError, OSError):
            summary = None
        return clean(end_words(event, summary))


def _exit_status(sweep: Sweep, sight: SweepSight) -> int:
    name = sweep.name
    if sight.status is SweepStatus.STOPPED:
        resume = f"`edgechaos-tui sweep resume {name}` continues it"
        print(f"{name} is stopped; {resume}", file=sys.stderr)
        return 0
    if sight.status is SweepStatus.FAILED:
        lifecycle = read_sweep(sweep).state.lifecycle
        text = clean(lifecycle.text) if isinstance(lifecycle, SweepFailed) else ""
        raise SessionError(f"{name}: the coordinator failed: {text}")
    if sight.status is not SweepStatus.FINISHED:
        raise SessionError(
            f"{name} was interrupted; `edgechaos-tui sweep resume {name}` continues it"
        )
    failed = sight.outcomes.get("failed", 0)
    if failed:
        raise SessionError(
            f"{name}: {failed} of {sight.total} runs failed; `edgechaos-tui sweep show {name}` "
            f"says why, `edgechaos-tui sweep resume {name}` tries them again"
        )
    print(f"{name} is finished: {outcome_words(sight.outcomes)}", file=sys.stderr)
    return 0

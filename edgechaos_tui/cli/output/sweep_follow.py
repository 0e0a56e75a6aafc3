"""Beginning a sweep and following it without the app: what it will take, and how far it is."""

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
"""A sweep that takes longer is asked about on a terminal before it begins."""
_POLL_SECONDS = 0.2
_PERCENTAGE = TextColumn("{task.percentage:>3.0f} %  {task.fields[left]}")


@dataclass(frozen=True)
class Wanted:
    """A sweep that somebody asked for and that is not made yet."""

    root: Path
    name: str | None
    runs: list[Hyperparameters]
    varied: list[str]
    rule: Rule
    jobs: int
    together: int
    share: bool
    cluster: str


def foretell(wanted: Wanted, *, json: bool) -> None:
    """Print how many runs there will be and how long they will take; start none of them."""
    found = _estimate(wanted, measure=True)
    if json:
        record = {
            "runs": [msgspec.to_builtins(one) for one in wanted.runs],
            "count": len(wanted.runs),
            "varied": wanted.varied,
            "jobs": (wanted.jobs or None)
            if wanted.cluster
            else jobs_of(wanted.jobs, wanted.together),
            "estimated_seconds": found.seconds if found else None,
        }
        print(json_text(record, indent=2))
    else:
        print(_announcement(wanted, found))


def begin(wanted: Wanted, *, detach: bool, ask: bool, json: bool) -> int:
    """Make the sweep and start it; the exit status, as `follow` has it.

    On a terminal it says first what it will take, and asks when that is long.
    """
    name = wanted.name or free_name(wanted.root)
    runs = numbered(name, wanted.runs)
    check_free(wanted.root, name, [run for run, _ in runs])
    on_terminal = not json and sys.stdin.isatty() and sys.stdout.isatty()
    found = _estimate(wanted, measure=on_terminal and ask)
    if not json:
        print(_announcement(wanted, found))
    if on_terminal and ask and (found is None or found.seconds > _ASK_SECONDS):
        typer.confirm("Start it?", abort=True)
    sweep = create_sweep(
        wanted.root,
        name,
        runs,
        varied=wanted.varied,
        rule=wanted.rule,
        jobs=wanted.jobs,
        share=wanted.share,
        together=wanted.together,
        cluster=wanted.cluster,
    )
    warning = launcher.start_sweep(sweep, fresh=True)
    if detach:
        report_detached(sweep, warning, json=json)
        return 0
    return follow(sweep, json=json)


def follow(sweep: Sweep, *, json: bool) -> int:
    """Show the sweep until no coordinator is at work; the exit status (130: Ctrl-C).

    Ctrl-C leaves it running. Raises SessionError when runs failed, or when it was interrupted.
    """
    show = _SweepJsonLines() if json else _SweepLines(sweep.name, _PERCENTAGE, left="")
    try:
        with show:
            sight = _until_the_end(sweep, show)
    except KeyboardInterrupt:
        print(
            f"{sweep.name} goes on; `edgechaos-tui sweep follow {sweep.name}` shows it again, "
            f"`edgechaos-tui sweep stop {sweep.name}` ends it",
            file=sys.stderr,
        )
        return 130
    return _exit_status(sweep, sight)


def _estimate(wanted: Wanted, *, measure: bool) -> DurationEstimate | None:
    if wanted.cluster:
        return None  # What this machine needs for an epoch says nothing about another.
    if not measure:
        return estimate(wanted.root, wanted.runs, jobs_of(wanted.jobs, wanted.together))
    with stderr_bar(TextColumn("{task.description}"), BarColumn()) as bar:
        task = bar.add_task("measuring an epoch", total=None)

        def measured(done: int, total: int) -> None:
            words = "measuring an epoch" if total == 1 else f"measuring epochs, {done}/{total}"
            bar.update(task, description=words)

        return estimate(
            wanted.root, wanted.runs, jobs_of(wanted.jobs, wanted.together), measure=measured
        )


def _announcement(wanted: Wanted, found: DurationEstimate | None) -> str:
    words = plan_words(
        wanted.runs,
        wanted.varied,
        jobs_of(wanted.jobs, wanted.together) if not wanted.cluster else wanted.jobs,
        on_ray=bool(wanted.cluster),
    )
    return f"{words}, about {duration(found.seconds)}" if found else words


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
        left = sight.seconds_left
        ended = sum(sight.outcomes.values())
        paused = ", paused" if sight.status is SweepStatus.PAUSED else ""
        self.progress(
            f"{ended}/{sight.total} runs, {sight.under_way} under way{paused}",
            sight.done,
            1.0,
            left="" if left is None else f"{brief_duration(left)} left",
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
        print(f"{name} is stopped; `edgechaos-tui sweep resume {name}` goes on", file=sys.stderr)
        return 0
    if sight.status is SweepStatus.FAILED:
        last = read_sweep(sweep).state.lifecycle
        text = clean(last.text) if isinstance(last, SweepFailed) else ""
        raise SessionError(f"{name}: the coordinator failed: {text}")
    if sight.status is not SweepStatus.FINISHED:
        raise SessionError(
            f"{name} was interrupted; `edgechaos-tui sweep resume {name}` takes it up"
        )
    failed = sight.outcomes.get("failed", 0)
    if failed:
        raise SessionError(
            f"{name}: {failed} of {sight.total} runs failed; `edgechaos-tui sweep show {name}` "
            f"says why, `edgechaos-tui sweep resume {name}` tries them again"
        )
    print(f"{name} is finished: {outcome_words(sight.outcomes)}", file=sys.stderr)
    return 0

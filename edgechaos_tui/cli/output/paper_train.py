"""The training of the missing runs of a figure of the paper, as a sweep that can be resumed."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from edgechaos_tui.cli.output import sweep_follow
from edgechaos_tui.control import launcher
from edgechaos_tui.control import sweep as sweep_control
from edgechaos_tui.control.sweep_estimate import DurationEstimate, estimate
from edgechaos_tui.paper.recipes import RecipeRun
from edgechaos_tui.presentation.text import clean, duration
from engine.storage import lock
from engine.storage.errors import InvalidName, SessionError
from engine.storage.session.session import with_references
from engine.storage.sweep.plan import Sweep, create_sweep, list_sweeps
from engine.storage.sweep.state import SweepStatus, read_sweep

_WORDS: Final = {"η": "lr", "α": "momentum", "B": "batch", "λ": "l2", "J²": "hold-j2"}


@dataclass(frozen=True)
class PaperRequest:
    """The arguments of `edgechaos-tui paper`. root: the sessions folder; budget: the seconds of
    wall time that training may take, None for no limit."""

    root: Path
    figure: str
    scale: str
    no_run: bool
    yes: bool
    budget: float | None = None


def agreed(request: PaperRequest, lacking: Sequence[RecipeRun]) -> list[RecipeRun]:
    """The runs to train now, the quickest first, so that each hour yields the most lines.

    These are all of `lacking`, or as many as the budget allows; none unless --yes was given or the
    user agrees on the terminal. Progress and questions go to stderr. Raises SessionError.
    """
    count = f"{len(lacking)} run{'s' * (len(lacking) != 1)} of {request.figure} missing"
    on_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not request.yes and not on_terminal:
        print(f"{count}; --yes trains without asking", file=sys.stderr)
        return []
    print(f"{count}; measuring how long an epoch takes …", file=sys.stderr)
    runs = [run.hyperparameters for run in lacking]
    duration_estimate = estimate(request.root, runs, 0, measure=lambda _done, _total: None)
    if duration_estimate is None:
        return list(lacking) if request.yes or typer.confirm("Train them?", err=True) else []
    affordable, seconds = within_budget(lacking, duration_estimate, request.budget)
    print(_plan_sentence(len(affordable), len(lacking), seconds, request.budget), file=sys.stderr)
    return affordable if affordable and (request.yes or typer.confirm("Train?", err=True)) else []


def within_budget(
    lacking: Sequence[RecipeRun], duration_estimate: DurationEstimate, budget: float | None
) -> tuple[list[RecipeRun], float]:
    """The quickest of `lacking` that fit into `budget` seconds of wall time, and their duration."""
    order = sorted(range(len(lacking)), key=lambda index: duration_estimate.each[index])
    affordable: list[RecipeRun] = []
    seconds = 0.0
    for index in order:
        total = seconds + duration_estimate.each[index] / duration_estimate.at_once
        if budget is not None and total > budget:
            break
        affordable.append(lacking[index])
        seconds = total
    return affordable, seconds


def _plan_sentence(count: int, lacking_count: int, seconds: float, budget: float | None) -> str:
    if not count:
        return f"none of the {lacking_count} fits into {duration(budget or 0)}"
    runs = (
        f"{count} of {lacking_count} runs"
        if count < lacking_count
        else f"{lacking_count} run{'s' * (lacking_count > 1)}"
    )
    return f"{runs}, about {duration(seconds)} in all"


def train(request: PaperRequest, lacking: Sequence[RecipeRun]) -> bool:
    """Train `lacking` as a sweep, or resume the sweep of an earlier call; progress on stderr.

    Returns whether an earlier sweep was resumed, which may not have had all of `lacking`. Raises
    SessionError, and typer.Exit when Ctrl-C ends the waiting; the runs then continue.
    """
    stem = f"paper-{request.figure}-{request.scale}"
    begun = _unfinished(request.root, stem)
    sweep = begun or _plan(request.root, stem, lacking)
    if begun is None:
        launcher.start_sweep(sweep)
    elif _waits(sweep):
        sweep_control.resume(sweep)
    try:
        # stdout is for the scorecard.
        with redirect_stdout(sys.stderr):
            status = sweep_follow.follow(sweep, json=False)
    except SessionError as error:
        # The scorecard lists the runs that are still missing.
        print(clean(str(error)), file=sys.stderr)
        return False
    if status:
        raise typer.Exit(status)
    return begun is not None


def _waits(sweep: Sweep) -> bool:
    """Whether the sweep is paused, or has no coordinator."""
    paused = read_sweep(sweep).status is SweepStatus.PAUSED
    return paused or not lock.is_held(sweep.lock)


def _unfinished(root: Path, stem: str) -> Sweep | None:
    """The unfinished sweep of an earlier call; None if there is none."""
    for sweep in list_sweeps(root):
        if sweep.name == stem or sweep.name.startswith(f"{stem}."):
            status = read_sweep(sweep).status
            if status is not SweepStatus.FINISHED:
                return sweep
    return None


def _plan(root: Path, stem: str, lacking: Sequence[RecipeRun]) -> Sweep:
    """A new sweep of `lacking`, in their order."""
    used_names = {session.name for session in with_references(root)}
    sweeps = {sweep.name for sweep in list_sweeps(root)}
    name = _free(stem, sweeps)
    runs = []
    for run in lacking:
        session = _free(f"{stem}-{_slug(run)}", used_names)
        used_names.add(session)
        runs.append((session, run.hyperparameters))
    try:
        return create_sweep(root, name, runs, note=f"what `edgechaos-tui paper` needs for {stem}")
    except InvalidName as error:
        raise SessionError(str(error)) from None


def _slug(run: RecipeRun) -> str:
    """`lr-0.01-batch-16` for the label `η = 0.01, B = 16`, with the seed if it is not 0."""
    parts = [part.split(" = ") for part in run.label.split(", ")]
    pieces = [f"{_WORDS[symbol]}-{value}" for symbol, value in parts]
    seed = run.hyperparameters.seed
    return "-".join([*pieces, f"seed-{seed}"] if seed else pieces)


def _free(stem: str, used_names: set[str]) -> str:
    name, number = stem, 2
    while name in used_names:
        name, number = f"{stem}.{number}", number + 1
    return name

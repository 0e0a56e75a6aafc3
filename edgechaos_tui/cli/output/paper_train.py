"""Training the runs that a figure of the paper lacks, as a sweep that can be taken up again."""

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
class Asked:
    """The request as typed. root: the sessions folder; figure: one of them, or "all"; budget:
    seconds of wall time that training may take, None without a limit."""

    root: Path
    figure: str
    scale: str
    no_run: bool
    yes: bool
    budget: float | None = None


def agreed(asked: Asked, lacking: Sequence[RecipeRun]) -> list[RecipeRun]:
    """The runs to train now, the quickest first, so that each hour yields the most lines.

    All of `lacking`, or as many as the budget allows; none unless --yes was given or the person on
    the terminal agrees. Progress and questions go to stderr. Raises SessionError.
    """
    count = f"{len(lacking)} run{'s' * (len(lacking) != 1)} of {asked.figure} missing"
    on_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not asked.yes and not on_terminal:
        print(f"{count}; --yes trains without asking", file=sys.stderr)
        return []
    print(f"{count}; measuring how long an epoch takes …", file=sys.stderr)
    runs = [run.hyperparameters for run in lacking]
    known = estimate(asked.root, runs, 0, measure=lambda _done, _total: None)
    if known is None:
        return list(lacking) if asked.yes or typer.confirm("Train them?", err=True) else []
    chosen, seconds = within_budget(lacking, known, asked.budget)
    print(_plan_sentence(len(chosen), len(lacking), seconds, asked.budget), file=sys.stderr)
    return chosen if chosen and (asked.yes or typer.confirm("Train?", err=True)) else []


def within_budget(
    lacking: Sequence[RecipeRun], known: DurationEstimate, budget: float | None
) -> tuple[list[RecipeRun], float]:
    """The quickest of `lacking` that `budget` seconds of wall time hold, and how long they take."""
    order = sorted(range(len(lacking)), key=lambda index: known.each[index])
    chosen: list[RecipeRun] = []
    seconds = 0.0
    for index in order:
        after = seconds + known.each[index] / known.at_once
        if budget is not None and after > budget:
            break
        chosen.append(lacking[index])
        seconds = after
    return chosen, seconds


def _plan_sentence(chosen: int, lacking: int, seconds: float, budget: float | None) -> str:
    if not chosen:
        return f"none of the {lacking} fits into {duration(budget or 0)}"
    part = (
        f"{chosen} of {lacking} runs" if chosen < lacking else f"{lacking} run{'s' * (lacking > 1)}"
    )
    return f"{part}, about {duration(seconds)} in all"


def train(asked: Asked, lacking: Sequence[RecipeRun]) -> bool:
    """Train `lacking` as a sweep, or take up the one begun by an earlier call; progress on stderr.

    Returns whether an earlier one was taken up, which may not have had all of `lacking`. Raises
    SessionError, and typer.Exit where Ctrl-C ended the waiting; the runs go on.
    """
    stem = f"paper-{asked.figure}-{asked.scale}"
    begun = _unfinished(asked.root, stem)
    sweep = begun or _plan(asked.root, stem, lacking)
    if begun is None:
        launcher.start_sweep(sweep)
    elif _waits(sweep):
        sweep_control.resume(sweep)
    try:
        # stdout is for the scorecard.
        with redirect_stdout(sys.stderr):
            status = sweep_follow.follow(sweep, json=False)
    except SessionError as error:
        # The scorecard says of each run whether it is there.
        print(clean(str(error)), file=sys.stderr)
        return False
    if status:
        raise typer.Exit(status)
    return begun is not None


def _waits(sweep: Sweep) -> bool:
    """Whether nothing goes on in it until somebody says so."""
    paused = read_sweep(sweep).status is SweepStatus.PAUSED
    return paused or not lock.is_held(sweep.lock)


def _unfinished(root: Path, stem: str) -> Sweep | None:
    """The sweep that an earlier call began and that has not ended."""
    for sweep in list_sweeps(root):
        if sweep.name == stem or sweep.name.startswith(f"{stem}."):
            status = read_sweep(sweep).status
            if status is not SweepStatus.FINISHED:
                return sweep
    return None


def _plan(root: Path, stem: str, lacking: Sequence[RecipeRun]) -> Sweep:
    """A sweep of `lacking`, in their order."""
    taken = {session.name for session in with_references(root)}
    sweeps = {sweep.name for sweep in list_sweeps(root)}
    name = _free(stem, sweeps)
    runs = []
    for run in lacking:
        session = _free(f"{stem}-{_slug(run)}", taken)
        taken.add(session)
        runs.append((session, run.hyperparameters))
    try:
        return create_sweep(root, name, runs, note=f"what `edgechaos-tui paper` needs for {stem}")
    except InvalidName as error:
        raise SessionError(str(error)) from None


def _slug(run: RecipeRun) -> str:
    """`lr-0.01-batch-16` for the label `η = 0.01, B = 16`, with the seed where it is not 0."""
    parts = [part.split(" = ") for part in run.label.split(", ")]
    words = [f"{_WORDS[symbol]}-{value}" for symbol, value in parts]
    seed = run.hyperparameters.seed
    return "-".join([*words, f"seed-{seed}"] if seed else words)


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}.{number}", number + 1
    return name

"""`edgechaos-tui sweep` with its subcommands, and `sweeps`: many runs at once."""

import importlib.util
from itertools import zip_longest
from typing import Annotated

import typer

from edgechaos_tui.cli.options import (
    CalmOption,
    DetachOption,
    ForceOption,
    JsonOption,
    SessionsOption,
    ShareOption,
    SweepArgument,
    WaitOption,
    find_sweep,
    root_of,
    varied_options,
)
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import Value
from engine.storage.sweep.plan import MAX_JOBS, Rule
from engine.storage.sweep.value_ranges import grid, seeds, varied_names

app = typer.Typer(
    help="Train many runs, one for each combination of hyperparameters. Each option takes a value, "
    "a list such as --lr 0.01,0.02,0.04, or a range such as --l2 log:1e-5:1e-3:8 or lin:0:0.9:4.",
    no_args_is_help=False,
)


@app.callback(invoke_without_command=True)
@varied_options
def sweep(
    given: dict[str, tuple[Value, ...]],
    context: typer.Context,
    seed_count: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            metavar="N",
            help="train each combination with N consecutive seeds, from --seed on (default: 1)",
        ),
    ] = None,
    jobs: Annotated[
        str,
        typer.Option("--jobs", metavar="N", help="number of runs at a time; auto: one per core"),
    ] = "auto",
    together: Annotated[
        int,
        typer.Option(
            "--together",
            metavar="N",
            min=1,
            max=MAX_JOBS,
            help="runs that share a process and, if their shapes agree, each step: for a GPU",
        ),
    ] = 1,
    past_edge: Annotated[
        float | None,
        typer.Option(
            "--stop-past-edge",
            metavar="D",
            help="end a run once d = J/J_edge − 1 exceeds D (default: never)",
        ),
    ] = None,
    stale: Annotated[
        int | None,
        typer.Option(
            "--stop-stale",
            metavar="N",
            help="end a run after N epochs without a lower test loss (default: never)",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="name of the sweep and tag of its sessions (default: a random readable name)",
        ),
    ] = None,
    detach: DetachOption = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="only print the number of runs and how long they will take"),
    ] = False,
    share: ShareOption = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[ADDRESS]",
            help="train on a Ray cluster; without an address, on the one that Ray finds "
            "(needs the extra ray, and this package and the data on each node)",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="start a long sweep without asking first")
    ] = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is not None:
        context.obj = sessions or context.obj
        return
    from edgechaos_tui.cli.output import sweep_follow
    from edgechaos_tui.cli.output.sweep_follow import SweepRequest

    values = _with_seeds(given, seed_count)
    request = SweepRequest(
        root=root_of(context, sessions),
        name=name,
        runs=grid(values),
        varied=varied_names(values),
        rule=_rule(past_edge, stale),
        jobs=_jobs(jobs),
        together=together,
        share=share,
        cluster=_cluster(cluster),
    )
    if dry_run:
        sweep_follow.announce(request, json=json)
        return
    raise typer.Exit(sweep_follow.begin(request, detach=detach, ask=not yes, json=json))


@app.command()
def show(
    context: typer.Context,
    sweep: SweepArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Show the state of a sweep and the result of each of its runs."""
    from edgechaos_tui.cli.output import sweeps

    sweeps.print_sweep(find_sweep(context, sessions, sweep), json=json)


@app.command("open")
def open_command(
    context: typer.Context,
    sweep: SweepArgument,
    sessions: SessionsOption = None,
    calm: CalmOption = False,
) -> None:
    """Open the app on a sweep: the table of its runs, and a map of their results."""
    from edgechaos_tui.open import open_app

    target = find_sweep(context, sessions, sweep)
    open_app(target.root, sweep=target, calm=calm)


@app.command()
def follow(
    context: typer.Context,
    sweep: SweepArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Show the progress of a running sweep; Ctrl-C leaves it running."""
    from edgechaos_tui.cli.output import sweep_follow

    raise typer.Exit(sweep_follow.follow(find_sweep(context, sessions, sweep), json=json))


@app.command()
def pause(
    context: typer.Context,
    sweep: SweepArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Pause all runs of a sweep after the current batch; `pause SESSION` pauses one of them."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import sweep as sweep_control

    target = find_sweep(context, sessions, sweep)
    report_answer(target, sweep_control.pause(target), json=json)


@app.command()
def resume(
    context: typer.Context,
    sweep: SweepArgument,
    force: ForceOption = False,
    wait: WaitOption = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Resume a paused, stopped or interrupted sweep; failed and deleted runs are trained again."""
    from edgechaos_tui.cli.output import sweep_follow
    from edgechaos_tui.cli.output.answer import report_answer, report_detached
    from edgechaos_tui.control import sweep as sweep_control

    target = find_sweep(context, sessions, sweep)
    command = sweep_control.resume(target, force=force)
    if wait:
        raise typer.Exit(sweep_follow.follow(target, json=json))
    if command is None:
        report_detached(target, "", json=json)
    else:
        report_answer(target, command, json=json)


@app.command()
def stop(
    context: typer.Context,
    sweep: SweepArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Stop all runs of a sweep after the current batch; `sweep resume` continues them."""
    from edgechaos_tui.cli.output.answer import report_answer
    from edgechaos_tui.control import sweep as sweep_control

    target = find_sweep(context, sessions, sweep)
    report_answer(target, sweep_control.stop(target), json=json)


def list_sweeps(
    context: typer.Context, sessions: SessionsOption = None, json: JsonOption = False
) -> None:
    """List the sweeps, newest first."""
    from edgechaos_tui.cli.output import sweeps

    sweeps.print_sweeps(root_of(context, sessions), json=json)


def _with_seeds(
    given: dict[str, tuple[Value, ...]], count: int | None
) -> dict[str, tuple[Value, ...]]:
    """`given` with the seeds last, so that runs that differ only in their seeds are neighbours."""
    values = {name: choices for name, choices in given.items() if name != "seed"}
    seed_values = given.get("seed", (0,))
    if count is not None:
        if len(seed_values) > 1:
            raise typer.BadParameter("with --seeds, give --seed one value: the first seed")
        seed_values = seeds(int(seed_values[0]), count)
    values["seed"] = seed_values
    if not varied_names(values):
        raise typer.BadParameter(
            "nothing varies: give a list or a range, such as --lr 0.01,0.02, or --seeds 3"
        )
    return values


def _rule(past_edge: float | None, stale: int | None) -> Rule:
    if past_edge is not None and not -1 <= past_edge <= 1000:
        raise HyperparameterError(
            f"--stop-past-edge: {past_edge:g} is not a number from -1 up to 1000"
        )
    if stale is not None and not 1 <= stale <= 1_000_000:
        raise HyperparameterError(
            f"--stop-stale: {stale} is not a whole number from 1 up to 1000000"
        )
    return Rule(past_edge=past_edge, stale_epochs=stale)


def _jobs(text: str) -> int:
    if text == "auto":
        return 0
    try:
        jobs = int(text)
    except ValueError:
        jobs = 0
    if not 1 <= jobs <= MAX_JOBS:
        raise typer.BadParameter(
            f"--jobs: {text!r} is neither auto nor a whole number from 1 up to {MAX_JOBS}"
        )
    return jobs


def _cluster(address: str | None) -> str:
    if address is None:
        return ""
    if importlib.util.find_spec("ray") is None:
        raise typer.BadParameter("--ray needs Ray: pip install 'edgechaos-tui[ray]'")
    if not 0 < len(address) <= 1000:
        raise typer.BadParameter("--ray: give an address such as 10.0.0.1:6379, or none")
    return address


def with_ray_found(arguments: list[str]) -> list[str]:
    """`arguments` with `auto` inserted for an address that is missing after --ray."""
    expanded = []
    for argument, next_argument in zip_longest(arguments, arguments[1:], fillvalue="-"):
        expanded.append(argument)
        if argument == "--ray" and next_argument.startswith("-"):
            expanded.append("auto")
    return expanded

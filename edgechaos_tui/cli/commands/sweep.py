"""`edgechaos-tui sweep …` and `sweeps`: many runs with one intention.

The signatures only: what does the work is imported when it is called.
"""

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
    help="Train many runs that differ in some hyperparameters: each takes a value, a list as in "
    "--lr 0.01,0.02,0.04, or a range as in --l2 log:1e-5:1e-3:8 or lin:0:0.9:4; every combination "
    "is one run.",
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
            "--seeds", metavar="N", help="train each combination with N seeds, from --seed on"
        ),
    ] = None,
    jobs: Annotated[
        str, typer.Option("--jobs", metavar="N", help="runs at a time; auto: one per core")
    ] = "auto",
    together: Annotated[
        int,
        typer.Option(
            "--together",
            metavar="N",
            min=1,
            max=MAX_JOBS,
            help="N runs share a process and, where their shapes agree, each step: for a GPU",
        ),
    ] = 1,
    past_edge: Annotated[
        float | None,
        typer.Option("--stop-past-edge", metavar="D", help="end a run once d = J/J_edge − 1 > D"),
    ] = None,
    stale: Annotated[
        int | None,
        typer.Option(
            "--stop-stale", metavar="N", help="end a run after N epochs without a lower test loss"
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="name of the sweep and tag of its sessions (default: a random readable one)",
        ),
    ] = None,
    detach: DetachOption = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="only say how many runs there are and how long they will take"
        ),
    ] = False,
    share: ShareOption = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[ADDRESS]",
            help="train on a Ray cluster; without an address on the one that Ray finds "
            "(extra ray; the nodes need this package and the data)",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="do not ask before a long sweep")
    ] = False,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    if context.invoked_subcommand is not None:
        context.obj = sessions or context.obj
        return
    from edgechaos_tui.cli.output import sweep_follow
    from edgechaos_tui.cli.output.sweep_follow import Wanted

    values = _with_seeds(given, seed_count)
    wanted = Wanted(
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
        sweep_follow.foretell(wanted, json=json)
        return
    raise typer.Exit(sweep_follow.begin(wanted, detach=detach, ask=not yes, json=json))


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
    """Pause all runs of a sweep; `edgechaos-tui pause SESSION` pauses one of them."""
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
    """Resume a paused or ended sweep where it was; failed and deleted runs are trained again."""
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
    """`given` with the seeds last, so that runs that differ in them alone stand together."""
    values = {name: several for name, several in given.items() if name != "seed"}
    chosen = given.get("seed", (0,))
    if count is not None:
        if len(chosen) > 1:
            raise typer.BadParameter("with --seeds, give --seed one value: the first seed")
        chosen = seeds(int(chosen[0]), count)
    values["seed"] = chosen
    if not varied_names(values):
        raise typer.BadParameter(
            "nothing varies: give a list or a range, as in --lr 0.01,0.02, or --seeds 3"
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
        raise typer.BadParameter("--ray: write an address as in 10.0.0.1:6379, or nothing")
    return address


def with_ray_found(arguments: list[str]) -> list[str]:
    """`arguments` with `auto` for the address that was left out after --ray."""
    spelled = []
    for here, following in zip_longest(arguments, arguments[1:], fillvalue="-"):
        spelled.append(here)
        if here == "--ray" and following.startswith("-"):
            spelled.append("auto")
    return spelled

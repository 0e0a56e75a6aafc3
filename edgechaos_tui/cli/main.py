"""The commands a person types. Wiring only: each calls the room that does the work."""

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from edgechaos_tui.cli.commands import compare as compare_commands
from edgechaos_tui.cli.commands import export as export_commands
from edgechaos_tui.cli.commands import fork as fork_command
from edgechaos_tui.cli.commands import paper as paper_command
from edgechaos_tui.cli.commands import sweep as sweep_commands
from edgechaos_tui.cli.commands import theory as theory_commands
from edgechaos_tui.cli.commands import verify as verify_command
from edgechaos_tui.cli.options import (
    AtOption,
    CalmOption,
    PausedOption,
    SpeedOption,
    hyperparameter_options,
    parse_assignments,
    replay_start,
)
from edgechaos_tui.cli.output import follow as headless
from edgechaos_tui.cli.output import sessions as listing
from edgechaos_tui.control import session as control
from edgechaos_tui.control.launcher import new_session, start_engine
from edgechaos_tui.open import open_app, require_terminal
from edgechaos_tui.presentation.text import clean
from engine.storage.errors import (
    EdgeChaosError,
)
from engine.storage.hyperparameters import Value, build
from engine.storage.session import importing as incoming
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session, open_session, sessions_folder

# Typer carries a click of its own and exports only the subclass.
UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])

app = typer.Typer(
    name="edgechaos-tui",
    help="Watch a neural network walk from order to the edge of chaos. "
    "Without a command: the app, with the library of sessions.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SessionsOption = Annotated[
    str | None,
    typer.Option(
        "--sessions",
        metavar="DIR",
        help="where sessions live (default: $EDGECHAOS_SESSIONS, else ./sessions if it exists, "
        "else the user's data folder)",
    ),
]
NameOption = Annotated[
    str | None, typer.Option("--session", metavar="NAME", help="its name (default: made up)")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON and nothing else")]
SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="the session's name")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="also when it was started on another machine")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="no bell and no desktop notification")]
ShareOption = Annotated[
    bool, typer.Option("--share", help="let the group read the session (default: only you)")
]
DiagramOption = Annotated[
    bool,
    typer.Option("--no-diagram", help="do not compute the phase diagram in the background"),
]


@app.callback(invoke_without_command=True)
def library(
    context: typer.Context,
    sessions: SessionsOption = None,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    no_diagram: DiagramOption = False,
    version: Annotated[bool, typer.Option("--version", help="print the version and end")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        print(f"edgechaos-tui {version_of('edgechaos-tui')}")
        raise typer.Exit
    context.obj = sessions
    if context.invoked_subcommand is None:
        open_app(sessions_folder(sessions), quiet=quiet, calm=calm, diagram=not no_diagram)


@app.command()
@hyperparameter_options
def new(
    given: dict[str, Value],
    context: typer.Context,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    no_diagram: DiagramOption = False,
) -> None:
    """Open the app on a new run, training at once."""
    require_terminal()
    made = new_session(_root(context, sessions), build(given), session, share=share)
    start_engine(made)
    open_app(made.folder.parent, session=made.name, quiet=quiet, calm=calm, diagram=not no_diagram)


@app.command("open")
def open_command(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    at: AtOption = None,
    speed: SpeedOption = None,
    paused: PausedOption = False,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    no_diagram: DiagramOption = False,
) -> None:
    """Open the app on a session: live if it runs, as it was if it does not.

    With --at, --speed or --paused it opens as a replay, from the first epoch on.
    """
    found = _find(context, sessions, session)
    info_to_show(found)
    replay = replay_start([found], at, speed, paused=paused)
    open_app(
        _root(context, sessions),
        session=found.name,
        replay=replay,
        quiet=quiet,
        calm=calm,
        diagram=not no_diagram,
    )


@app.command()
@hyperparameter_options
def run(
    given: dict[str, Value],
    context: typer.Context,
    session: NameOption = None,
    sessions: SessionsOption = None,
    share: ShareOption = False,
    json: JsonOption = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="start it, print its name, and leave it running")
    ] = False,
) -> None:
    """Train without a screen: a progress bar on a terminal, events as JSON lines with --json."""
    made = new_session(_root(context, sessions), build(given), session, share=share)
    warning = start_engine(made)
    if detach:
        headless.report_detached(made, warning, json=json)
        return
    raise typer.Exit(headless.follow(made, json=json, fresh=True))


@app.command("sessions")
def sessions_command(
    context: typer.Context, sessions: SessionsOption = None, json: JsonOption = False
) -> None:
    """List the sessions, newest first."""
    listing.print_sessions(_root(context, sessions), json=json)


@app.command()
def show(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
    plot: Annotated[bool, typer.Option("--plot", help="plots of loss and J as text")] = False,
) -> None:
    """Say what a session is, what it did, and where it stands."""
    found = _find(context, sessions, session)
    listing.print_session(found, json=json, plot=plot)


@app.command()
def pause(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Let a run wait after the batch under way."""
    found = _find(context, sessions, session)
    raise typer.Exit(headless.report_answer(found, control.pause(found), json=json))


@app.command()
def stop(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """End a run after the batch under way; `resume` takes it up again."""
    found = _find(context, sessions, session)
    raise typer.Exit(headless.report_answer(found, control.stop(found), json=json))


@app.command("set")
def set_command(
    context: typer.Context,
    session: SessionArgument,
    assignments: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...")],
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Change hyperparameters of a run from its next epoch on: `set NAME lr=0.01 l2=5e-5`."""
    values = parse_assignments(assignments)
    found = _find(context, sessions, session)
    raise typer.Exit(headless.report_answer(found, control.set_values(found, values), json=json))


@app.command()
def resume(
    context: typer.Context,
    session: SessionArgument,
    sessions: SessionsOption = None,
    force: ForceOption = False,
    wait: Annotated[bool, typer.Option("--wait", help="stay and show progress")] = False,
    json: JsonOption = False,
) -> None:
    """Let a paused run go on; take a stopped or interrupted one up at its last epoch."""
    found = _find(context, sessions, session)
    command = control.resume(found, force=force)
    if wait:
        raise typer.Exit(headless.follow(found, json=json, from_now=True))
    if command is None:
        headless.report_detached(found, "", json=json)
        return
    raise typer.Exit(headless.report_answer(found, command, json=json))


@app.command()
def extend(
    context: typer.Context,
    session: SessionArgument,
    epochs: Annotated[int, typer.Argument(help="how many epochs more", min=1)],
    sessions: SessionsOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Train a run for more epochs than planned, also a finished one."""
    found = _find(context, sessions, session)
    command = control.extend(found, epochs, force=force)
    raise typer.Exit(headless.report_answer(found, command, json=json))


@app.command("import")
def import_command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="a session's folder, or its .zip")],
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="its name here (default: its own)"),
    ] = None,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Add a session from someone else, after checking it; nothing in it is trusted."""
    made = incoming.add(_root(context, sessions), path, session)
    listing.print_session(made, json=json)


app.command()(fork_command.fork)
app.command()(verify_command.verify)
app.add_typer(theory_commands.app, name="theory")
app.add_typer(sweep_commands.app, name="sweep")
app.command("sweeps")(sweep_commands.list_sweeps)
app.command()(compare_commands.compare)
app.command()(export_commands.export)
app.command()(paper_command.paper)


def main() -> None:
    """The entry point: errors are one line on stderr, exit status 1; wrong calls 2."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        code = app(args=sweep_commands.with_ray_found(arguments), standalone_mode=False)
    except UsageError as error:
        return _complain(_usage(error), 2)
    except EdgeChaosError as error:
        return _complain(str(error), error.exit_status)
    except typer.Abort:
        return _complain("cancelled", 1)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is left to say, or to flush.
        sys.stderr.close()
        return 1
    return int(code or 0)


def _usage(error: Any) -> str:
    """A wrong call in one sentence; `error` is a UsageError of typer's own click."""
    where = f" {error.ctx.info_name}" if error.ctx and error.ctx.parent else ""
    # format_message() would put "Invalid value:" before the sentences of our own checks.
    message = error.message or error.format_message()
    return f"{message.rstrip('.')} (see edgechaos-tui{where} --help)"


def _complain(sentence: str, code: int) -> int:
    print(clean(f"edgechaos-tui: {' '.join(sentence.split())}"), file=sys.stderr)
    return code


def _root(context: typer.Context, given: str | None) -> Path:
    return sessions_folder(given or context.obj)


def _find(context: typer.Context, given: str | None, name: str) -> Session:
    return open_session(_root(context, given), name)

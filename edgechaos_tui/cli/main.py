"""The entry point of the command line: the list of commands, and the handling of errors."""

import errno
import io
import os
import sys
from typing import Annotated, Any, cast

import typer

from edgechaos_tui.cli.commands import (
    compare,
    control,
    export,
    fork,
    paper,
    probe,
    sweep,
    theory,
    train,
    trash,
    twin,
    verify,
)
from edgechaos_tui.cli.commands import sessions as sessions_commands
from edgechaos_tui.cli.options import (
    AsciiOption,
    CalmOption,
    DiagramOption,
    QuietOption,
    SessionsOption,
)
from edgechaos_tui.open import open_app
from edgechaos_tui.presentation.text import clean
from engine.storage.errors import EdgeChaosError
from engine.storage.session.folder import sessions_folder

# Typer carries a click of its own and exports only the subclass.
UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])

app = typer.Typer(
    name="edgechaos-tui",
    help="Train neural networks and watch them move from order to the edge of chaos. "
    "Without a command, open the app on the library of sessions.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def library(
    context: typer.Context,
    sessions: SessionsOption = None,
    quiet: QuietOption = False,
    calm: CalmOption = False,
    ascii_only: AsciiOption = False,
    no_diagram: DiagramOption = False,
    version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        print(f"edgechaos-tui {version_of('edgechaos-tui')}")
        raise typer.Exit
    context.obj = sessions
    if ascii_only:
        # For whatever command opens the app.
        os.environ["EDGECHAOS_ASCII"] = "1"
    if context.invoked_subcommand is None:
        open_app(sessions_folder(sessions), quiet=quiet, calm=calm, diagram=not no_diagram)


app.command()(train.new)
app.command("open")(sessions_commands.open_command)
app.command()(train.run)
app.command("sessions")(sessions_commands.sessions_command)
app.command()(sessions_commands.show)
app.command()(control.pause)
app.command()(control.stop)
app.command("set")(control.set_command)
app.command()(control.resume)
app.command()(control.extend)
app.command("import")(sessions_commands.import_command)
app.command()(fork.fork)
app.command()(twin.twin)
app.command()(verify.verify)
app.command()(probe.probe)
app.add_typer(trash.app, name="trash")
app.add_typer(theory.app, name="theory")
app.add_typer(sweep.app, name="sweep")
app.command("sweeps")(sweep.list_sweeps)
app.command()(compare.compare)
app.command()(export.export)
app.command()(paper.paper)


def main() -> None:
    """The entry point: errors are one line on stderr, exit status 1; wrong calls 2."""
    for stream in (sys.stdout, sys.stderr):
        # An output that is not UTF-8 gets "?" for what it lacks. Tests put other streams there.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        code = app(args=sweep.with_ray_found(arguments), standalone_mode=False)
        sys.stdout.flush()
    except UsageError as error:
        return _complain(_usage(error), 2)
    except EdgeChaosError as error:
        return _complain(str(error), error.exit_status)
    except typer.Abort:
        return _complain("cancelled", 1)
    except BrokenPipeError:
        # The reader of our output ended (`| head`): nothing can be printed or flushed any more.
        sys.stderr.close()
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
            raise
        # The rest of the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _complain(f"cannot write the output: {error.strerror}", 1)
    return int(code or 0)


def _usage(error: Any) -> str:
    """A wrong call in one sentence; `error` is a UsageError of typer's own click."""
    where, context = "", error.ctx
    while context and context.parent:
        where, context = f" {context.info_name}{where}", context.parent
    # format_message() would put "Invalid value:" before the sentences of our own checks.
    message = error.message or error.format_message()
    return f"{message.rstrip('.')} (see edgechaos-tui{where} --help)"


def _complain(sentence: str, code: int) -> int:
    print(clean(f"edgechaos-tui: {' '.join(sentence.split())}"), file=sys.stderr)
    return code

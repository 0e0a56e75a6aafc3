"""Command-line options of several commands; the hyperparameters' are made from their one table."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import PARAMETERS, Parameter, Value
from engine.storage.sweep.value_ranges import parse_values

if TYPE_CHECKING:
    from edgechaos_tui.presentation.run.replay_clock import Start
    from engine.storage.session.session import Session
    from engine.storage.sweep.plan import Sweep

SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="the session's name")]
SweepArgument = Annotated[str, typer.Argument(metavar="SWEEP", help="the sweep's name")]
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
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        help="name of the new session (default: a random readable one)",
    ),
]
OwnNameOption = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="name to give it here (default: its own)"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON and nothing else")]
DetachOption = Annotated[
    bool, typer.Option("--detach", help="start it in the background and print its name")
]
WaitOption = Annotated[
    bool, typer.Option("--wait", help="stay, show progress, and exit when it ends")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="even if it was started on another machine")
]
ShareOption = Annotated[
    bool, typer.Option("--share", help="let your group read it (default: only you)")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="do not ask first")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="no bell and no desktop notification")]
DiagramOption = Annotated[
    bool, typer.Option("--no-diagram", help="do not compute the phase diagram in the background")
]
CalmOption = Annotated[
    bool,
    typer.Option(
        "--calm",
        help="for a slow line: update charts at most every two seconds (EDGECHAOS_CALM=1 "
        "too; 0: never by itself)",
    ),
]
AsciiOption = Annotated[
    bool,
    typer.Option(
        "--ascii",
        help="draw with ASCII characters only, as on terminals that are not UTF-8 "
        "(EDGECHAOS_ASCII=1 too; 0: never)",
    ),
]

ForkAtOption = Annotated[
    int | None,
    typer.Option(
        "--at", metavar="EPOCH", min=0, help="the epoch to start from (default: the last one kept)"
    ),
]
AtOption = Annotated[
    int | None, typer.Option("--at", metavar="EPOCH", help="replay from this epoch on")
]
SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="TIMES",
        help="replay at this multiple of the recorded speed of training, 0.25 to 64 (default: 8)",
    ),
]
PausedOption = Annotated[bool, typer.Option("--paused", help="begin with the replay paused")]

FIGURE_ENDINGS = (".svg", ".png", ".pdf")
FigureOption = Annotated[
    Path | None, typer.Option("-o", "--output", help="draw to FILE.svg, .png or .pdf")
]

DataDirOption = Annotated[
    str | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="where the data are now, if they have moved (default: $EDGECHAOS_DATA, else where "
        "they were, else the cache; the log's checksum says which they are)",
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", metavar="DEVICE", help="auto, cpu or cuda (default: where it trained before)"
    ),
]

GROUP = "Hyperparameters"


def root_of(context: typer.Context, given: str | None) -> Path:
    """The sessions folder: --sessions after the command, else before it, else the default one."""
    from engine.storage.session.folder import sessions_folder

    return sessions_folder(given or context.obj)


def find_session(context: typer.Context, given: str | None, name: str) -> "Session":
    """The session called `name` in that folder. Raises SessionError when there is none."""
    from engine.storage.session.session import open_session

    return open_session(root_of(context, given), name)


def find_sweep(context: typer.Context, given: str | None, name: str) -> "Sweep":
    """The sweep called `name` in that folder. Raises SessionError when there is none."""
    from engine.storage.sweep.plan import open_sweep

    return open_sweep(root_of(context, given), name)


def hyperparameter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give `function`, which takes `given: dict[str, Value]`, one option for each hyperparameter.

    The options arrive as text and are parsed here, so that a bad value reads the same on the
    command line, in the form and in a `set`. A bad one raises typer.BadParameter (exit status 2).
    """

    return _with_options(function, parse_given, _option)


def varied_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give `function`, which takes `given: dict[str, tuple[Value, ...]]`, one option for each
    hyperparameter: a list or a range of values. Raises as those of `hyperparameter_options` do.
    """
    return _with_options(function, parse_varied, _varied_option)


def _with_options(
    function: Callable[..., Any],
    parse: Callable[[Mapping[str, str | None]], Any],
    option: Callable[[Parameter], Any],
) -> Callable[..., Any]:
    def wrapped(**options: Any) -> Any:
        texts = {name: options.pop(name) for name in PARAMETERS}
        return function(given=parse(texts), **options)

    own = [p for p in inspect.signature(function).parameters.values() if p.name != "given"]
    extra = [
        inspect.Parameter(
            p.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option(p)
        )
        for p in PARAMETERS.values()
    ]
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    wrapped.__signature__ = inspect.Signature(keyword_only + extra)  # type: ignore[attr-defined]  # mypy knows it of no function
    wrapped.__annotations__ = {p.name: p.annotation for p in keyword_only + extra}
    wrapped.__doc__ = function.__doc__
    wrapped.__name__ = function.__name__
    return wrapped


def parse_given(texts: Mapping[str, str | None]) -> dict[str, Value]:
    """The values that `texts` says, without those left out (None)."""
    try:
        return {
            name: PARAMETERS[name].parse(text) for name, text in texts.items() if text is not None
        }
    except HyperparameterError as error:
        raise typer.BadParameter(f"--{str(error).replace('_', '-', 1)}") from None


def parse_varied(texts: Mapping[str, str | None]) -> dict[str, tuple[Value, ...]]:
    """The lists and ranges that `texts` says, without those left out (None)."""
    try:
        return {name: parse_values(name, text) for name, text in texts.items() if text is not None}
    except HyperparameterError as error:
        raise typer.BadParameter(f"--{str(error).replace('_', '-', 1)}") from None


def parse_assignments(words: list[str]) -> dict[str, Value]:
    """`["lr=0.01", "l2=1e-4"]` as values. Raises typer.BadParameter."""
    values = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not equals:
            raise typer.BadParameter(f"{word}: write it as name=value, as in lr=0.01")
        if name not in PARAMETERS:
            raise typer.BadParameter(f"{name}: there is no such hyperparameter")
        try:
            values[name] = PARAMETERS[name].parse(text.strip())
        except HyperparameterError as error:
            raise typer.BadParameter(str(error)) from None
    return values


def _option(parameter: Parameter) -> Any:
    return _described(parameter, parameter.kind.__name__.upper().replace("STR", "TEXT"))


def _varied_option(parameter: Parameter) -> Any:
    many = parameter.kind is not str or parameter.choices
    return _described(parameter, "LIST" if many else "TEXT")


def _described(parameter: Parameter, metavar: str) -> Any:
    unit = f" ({parameter.unit})" if parameter.unit else ""
    allowed = "" if parameter.kind is str and not parameter.choices else f"; {parameter.allowed}"
    return Annotated[
        str | None,
        typer.Option(
            parameter.option,
            metavar=metavar,
            help=f"{parameter.help}{unit}{allowed} (default: {parameter.default_words})",
            rich_help_panel=GROUP,
            show_default=False,
        ),
    ]


def replay_start(
    sessions: Sequence["Session"], at: int | None, speed: float | None, *, paused: bool
) -> "Start | None":
    """The replay of one session, or of several together, that was asked for; None when it was not.

    Raises typer.BadParameter for what cannot be, SessionError when the log cannot be read.
    """
    if at is None and speed is None and not paused:
        return None
    # Imported here: numpy comes with it, and most commands do without.
    from edgechaos_tui.presentation.run.replay_clock import FIRST_SPEED, SPEEDS, Start

    if speed is not None and not SPEEDS[0] <= speed <= SPEEDS[-1]:
        ends = f"{SPEEDS[0]:g} and {SPEEDS[-1]:g}"
        raise typer.BadParameter(f"--speed: {speed:g} is not between {ends}")
    if at is not None:
        _check_epoch(sessions, at)
    return Start(at=at, speed=FIRST_SPEED if speed is None else speed, paused=paused)


def _check_epoch(sessions: Sequence["Session"], at: int) -> None:
    """Raise typer.BadParameter unless one of the sessions has this epoch."""
    from edgechaos_tui.presentation.run.reading import read_summary

    found = [read_summary(session)[1] for session in sessions]
    done = [summary.epochs_done for summary in found if summary.last is not None]
    who = sessions[0].name if len(sessions) == 1 else "the sessions"
    has = "has" if len(sessions) == 1 else "have"
    if not done:
        raise typer.BadParameter(f"--at: {who} {has} no epoch to replay yet")
    if not 0 <= at <= max(done):
        have = f"{who} {has} the epochs 0 to {max(done)}"
        raise typer.BadParameter(f"--at: {have}, and {at} is none of them")

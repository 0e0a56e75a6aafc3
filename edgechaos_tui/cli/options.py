"""Options shared by several commands; those of hyperparameters are made from their table."""

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
        help="folder of the sessions (default: $EDGECHAOS_SESSIONS, else ./sessions if it exists, "
        "else the user's data folder)",
    ),
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--session",
        metavar="NAME",
        help="name of the new session (default: a random readable name)",
    ),
]
OwnNameOption = Annotated[
    str | None,
    typer.Option("--session", metavar="NAME", help="new name (default: its own name)"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON and nothing else")]
DetachOption = Annotated[
    bool, typer.Option("--detach", help="train in the background, and only print the name")
]
WaitOption = Annotated[bool, typer.Option("--wait", help="show progress until it ends")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="start it here even if another machine may be running it")
]
ShareOption = Annotated[
    bool, typer.Option("--share", help="let your group read the sessions (default: only you can)")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="delete without asking first")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="no bell and no desktop notification")]
DiagramOption = Annotated[
    bool, typer.Option("--no-diagram", help="do not compute the phase diagram in the background")
]
CalmOption = Annotated[
    bool,
    typer.Option(
        "--calm",
        help="update charts at most every two seconds, for a slow line (EDGECHAOS_CALM=1: "
        "always, 0: never automatically)",
    ),
]
AsciiOption = Annotated[
    bool,
    typer.Option(
        "--ascii",
        help="draw with ASCII characters only, the default on terminals that are not UTF-8 "
        "(EDGECHAOS_ASCII=1: always, 0: never)",
    ),
]

ForkAtOption = Annotated[
    int | None,
    typer.Option(
        "--at",
        metavar="EPOCH",
        min=0,
        help="start after this epoch (default: the last one with a checkpoint)",
    ),
]
AtOption = Annotated[
    int | None,
    typer.Option("--at", metavar="EPOCH", help="replay from this epoch on (default: the first)"),
]
SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="TIMES",
        help="replay at this multiple of the recorded speed of training, 0.25 to 64 (default: 8)",
    ),
]
PausedOption = Annotated[bool, typer.Option("--paused", help="start with the replay paused")]

FIGURE_ENDINGS = (".svg", ".png", ".pdf")
FigureOption = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="draw the figure to FILE.svg, .png or .pdf (needs the extra figures)",
    ),
]

DataDirOption = Annotated[
    str | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="folder of the data set, if it has moved (default: $EDGECHAOS_DATA, else the "
        "previous folder, else the cache folder); the log's checksum identifies the data",
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", metavar="DEVICE", help="auto, cpu or cuda (default: the previous device)"
    ),
]

GROUP = "Hyperparameters"


def root_of(context: typer.Context, sessions_option: str | None) -> Path:
    """The sessions folder: --sessions after the command, else before it, else the default one."""
    from engine.storage.session.folder import sessions_folder

    return sessions_folder(sessions_option or context.obj)


def find_session(context: typer.Context, sessions_option: str | None, name: str) -> "Session":
    """The session called `name` in that folder. Raises SessionError when there is none."""
    from engine.storage.session.session import open_session

    return open_session(root_of(context, sessions_option), name)


def find_sweep(context: typer.Context, sessions_option: str | None, name: str) -> "Sweep":
    """The sweep called `name` in that folder. Raises SessionError when there is none."""
    from engine.storage.sweep.plan import open_sweep

    return open_sweep(root_of(context, sessions_option), name)


def hyperparameter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give `function`, which takes `given: dict[str, Value]`, one option for each hyperparameter.

    The options arrive as text and are parsed here, so that a bad value reads the same on the
    command line, in the form and in a `set`. A bad one raises typer.BadParameter (exit status 2).
    """

    return _with_options(function, parse_given, _option)


def fork_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give `function` the options of `hyperparameter_options`, as a fork takes them.

    Their default is the parent's value. Those that a fork cannot change are hidden, since they
    only have an error message.
    """
    return _with_options(function, parse_given, _fork_option)


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

    own_parameters = [
        p for p in inspect.signature(function).parameters.values() if p.name != "given"
    ]
    hyperparameter_parameters = [
        inspect.Parameter(
            p.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option(p)
        )
        for p in PARAMETERS.values()
    ]
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own_parameters]
    wrapped.__signature__ = inspect.Signature(keyword_only + hyperparameter_parameters)  # type: ignore[attr-defined]  # mypy knows it of no function
    wrapped.__annotations__ = {
        p.name: p.annotation for p in keyword_only + hyperparameter_parameters
    }
    wrapped.__doc__ = function.__doc__
    wrapped.__name__ = function.__name__
    return wrapped


def parse_given(texts: Mapping[str, str | None]) -> dict[str, Value]:
    """The values of `texts`, without those left out (None). Raises typer.BadParameter."""
    try:
        return {
            name: PARAMETERS[name].parse(text) for name, text in texts.items() if text is not None
        }
    except HyperparameterError as error:
        raise typer.BadParameter(f"--{str(error).replace('_', '-', 1)}") from None


def parse_varied(texts: Mapping[str, str | None]) -> dict[str, tuple[Value, ...]]:
    """The lists and ranges of `texts`, without those left out (None). Raises typer.BadParameter."""
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
            raise typer.BadParameter(f"{word}: write NAME=VALUE, such as lr=0.01")
        if name not in PARAMETERS:
            raise typer.BadParameter(f"{name}: there is no such hyperparameter")
        try:
            values[name] = PARAMETERS[name].parse(text.strip())
        except HyperparameterError as error:
            raise typer.BadParameter(str(error)) from None
    return values


def _option(parameter: Parameter) -> Any:
    return _described(parameter, _metavar(parameter))


def _fork_option(parameter: Parameter) -> Any:
    hidden = not (parameter.changeable or parameter.of_machine)
    return _described(parameter, _metavar(parameter), default="as in the session", hidden=hidden)


def _varied_option(parameter: Parameter) -> Any:
    many = parameter.kind is not str or parameter.choices
    return _described(parameter, "LIST" if many else "TEXT")


def _metavar(parameter: Parameter) -> str:
    return parameter.kind.__name__.upper().replace("STR", "TEXT")


def _described(
    parameter: Parameter, metavar: str, *, default: str = "", hidden: bool = False
) -> Any:
    unit = f" ({parameter.unit})" if parameter.unit else ""
    zero = parameter.help.removeprefix(parameter.meaning)
    allowed = "" if parameter.kind is str and not parameter.choices else f"; {parameter.allowed}"
    return Annotated[
        str | None,
        typer.Option(
            parameter.option,
            metavar=metavar,
            help=f"{parameter.meaning}{unit}{zero}{allowed} "
            f"(default: {default or parameter.default_words})",
            rich_help_panel=GROUP,
            show_default=False,
            hidden=hidden,
        ),
    ]


def replay_start(
    sessions: Sequence["Session"], at: int | None, speed: float | None, *, paused: bool
) -> "Start | None":
    """The start of the replay of one session, or of several together; None without these options.

    Raises typer.BadParameter for invalid values, SessionError when a log cannot be read.
    """
    if at is None and speed is None and not paused:
        return None
    # Imported here: most commands do not need it.
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

    summaries = [read_summary(session)[1] for session in sessions]
    last_epochs = [summary.epochs_done for summary in summaries if summary.last is not None]
    who = sessions[0].name if len(sessions) == 1 else "the sessions"
    has = "has" if len(sessions) == 1 else "have"
    if not last_epochs:
        raise typer.BadParameter(f"--at: {who} {has} no epoch to replay yet")
    if not 0 <= at <= max(last_epochs):
        have = f"{who} {has} the epochs 0 to {max(last_epochs)}"
        raise typer.BadParameter(f"--at: {have}, and {at} is none of them")

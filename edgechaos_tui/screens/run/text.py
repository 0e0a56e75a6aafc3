"""The texts of a run's screen: header, panel, guideline, tabs and event lines."""

import math
from collections.abc import Callable

from rich.text import Text

from edgechaos_tui.charts.palette import colours, phase_role
from edgechaos_tui.presentation.describe import STATUS_GLYPH, network_words, status_words
from edgechaos_tui.presentation.run.analysis import depth
from edgechaos_tui.presentation.run.analysis.holding import holding_lambda
from edgechaos_tui.presentation.run.analysis.law_report import run_advice
from edgechaos_tui.presentation.run.law import interval_words
from edgechaos_tui.presentation.run.pending import Pending
from edgechaos_tui.presentation.run.sentences import headline
from edgechaos_tui.presentation.run.sentences.hints import steps_per_epoch
from edgechaos_tui.presentation.run.state import EventLine, RunState
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.run.watch import Sight
from edgechaos_tui.presentation.text import brief_duration, clean, clock_time, number, setting
from edgechaos_tui.widgets.hyperparameter_panel import PanelModel
from edgechaos_tui.widgets.replay_bar import ReplayBarModel
from edgechaos_tui.widgets.run_header import RunHeaderModel
from engine.storage import commands
from engine.storage.hyperparameters import CHANGEABLE
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.status import Status
from engine.storage.step_size import step_size_ratio_of
from engine.theory.slope_law import guideline as guideline_theory

Send = Callable[[], commands.AnyCommand | None]
_KEY_WIDTH = 12
_LAYERS_SHOWN = 12


def header(
    name: str,
    summary: Summary,
    sight: Sight | None,
    transport: ReplayBarModel | None,
    *,
    replay: bool,
) -> RunHeaderModel:
    """The top line; a session without a sight yet is starting.

    replay: whether the summary is that of an earlier epoch.
    """
    status = sight.status if sight else Status.STARTING
    host = clean(summary.host)
    progress = sight.progress if sight else None
    fraction = None
    if progress is not None and progress.total and status.active:
        fraction = min(1.0, progress.done / progress.total)
    return RunHeaderModel(
        name=f"{clean(name)} @{host}" if host else clean(name),
        status="← replay" if replay else f"{STATUS_GLYPH[status]} {status_words(status, host)}",
        status_style=_phase_colour(summary),
        epoch=_epoch_of(summary),
        fraction=fraction,
        pace=_pace(summary, sight, status),
        transport=transport,
    )


def panel(summary: Summary, pending: Pending) -> PanelModel:
    """The hyperparameters in force and requested, and what follows from them."""
    in_force = summary.hyperparameters
    if isinstance(in_force, RecordedHyperparameters):
        config = tuple(
            (_short_key(key), clean(setting(value)))
            for key, value in in_force.config.items()
            if key not in CHANGEABLE
        )
        return PanelModel(in_force, pending.values, config)
    adam = in_force.optimizer == "adam"
    ratio = "no law: Adam" if adam else number(step_size_ratio_of(in_force))
    facts = [
        ("torch decay", f"{setting(2 * in_force.l2)} (2λ)"),
        ("η/((1−α)B)", ratio),
        ("steps/epoch", f"{steps_per_epoch(in_force):,}"),
        ("data set", in_force.dataset),
        ("network", network_words(in_force)),
        ("optimizer", in_force.optimizer),
        ("seed", str(in_force.seed)),
    ]
    if summary.started:
        threads = summary.started.threads
        plural = "" if threads == 1 else "s"
        facts.append(("device", f"{clean(summary.started.device)}, {threads} thread{plural}"))
    return PanelModel(in_force, pending.values, tuple(facts))


def guideline(state: RunState) -> tuple[Text, dict[str, float]]:
    """The text of the guideline panel, and the edit that the guideline advises."""
    if depth.has_depth(state):
        return _layer_slopes(state), {}
    forecast, held = state.law.forecast(), holding_lambda(state)
    advice = run_advice(state)
    rows = []
    if forecast.fit is not None:
        window = f"epochs {forecast.fit.first}–{forecast.fit.last}"
        rows.append(("A", f"{guideline_theory.figure(forecast.fit.slope, 3)} ({window})"))
        rows.append(("c", _with_error(forecast.fit.c, forecast.fit.error)))
    if forecast.epoch is not None:
        rows.append(("e*", f"epoch {interval_words(forecast)}"))
    if advice.lambda_star is not None:
        rows.append(("λ*", _with_error(advice.lambda_star.value, advice.lambda_star.error)))
    if held is not None:
        rows.append(("λ", f"{_with_error(held.l2, held.error)} holds J² {setting(held.target)}"))
    lines = [Text.assemble((f"{name:<4}", "dim"), words) for name, words in rows]
    return Text("\n").join([*lines, Text(advice.text)]), advice.suggestion


def _layer_slopes(state: RunState) -> Text:
    """The measured growth of J² of each layer, to which no law applies."""
    lines = [
        Text.assemble((f"{clean(slope.layer):<9.9} ", "dim"), _slope_words(slope))
        for slope in depth.layer_slopes(state)[:_LAYERS_SHOWN]
    ]
    window = f"A over epochs 0–{state.summary.epochs_done}. " if lines else ""
    return Text("\n").join([*lines, Text(window + run_advice(state).text)])


def _slope_words(slope: depth.LayerSlope) -> str:
    words = f"A {slope.slope:+.2g}"
    return words if slope.c is None else f"{words}  c {slope.c:.3g}"


def _with_error(value: float, error: float) -> str:
    """`11 ± 9 %`; error: relative."""
    figures = guideline_theory.figure
    if not math.isfinite(error) or error >= 1:
        return f"{figures(value)}, uncertain"
    return f"{figures(value)} ± {error:.0%}".replace("%", " %")


def waiting(names: list[str]) -> str:
    """The requests that the engine has not answered yet."""
    return f" · asked to {', '.join(names)} …" if names else ""


def coloured(words: str, summary: Summary) -> Text:
    """The headline, up to its first comma in the colour of the phase."""
    text = Text(words)
    end = words.find(",")
    if summary.phase is not None and end > 0:
        text.stylize(_phase_colour(summary), 0, end)
    return text


def tabs(names: tuple[str, ...], chosen: int) -> Text:
    """`1 Loss  2 Accuracy …` with the chosen tab marked; a click on one chooses it."""
    parts = []
    for index, name in enumerate(names):
        style = "bold reverse" if index == chosen else "dim"
        part = Text(f" {index + 1} {name} ", style)
        part.apply_meta({"@click": f"screen.chart({index})"})
        parts.append(part)
    return Text(" ").join(parts)


def event_line(line: EventLine) -> Text:
    """`14:02:11  epoch 30: lr 0.01 → 0.02, from here on`."""
    clock = clock_time(line.t)
    return Text.assemble((f"{clock}  ", "dim"), line.words)


def _short_key(key: str) -> str:
    """A key of a config in the panel's width: `model.name`, `…depth.first`."""
    key = clean(key)
    return key if len(key) <= _KEY_WIDTH else "…" + key[1 - _KEY_WIDTH :]


def _epoch_of(summary: Summary) -> str:
    """`epoch 37/100`; a recorded run may have no plan, and may count steps."""
    planned = summary.hyperparameters.epochs if summary.unit == "epoch" else 0
    return f"{summary.unit} {summary.epochs_done}" + (f"/{planned}" if planned else "")


def _phase_colour(summary: Summary) -> str:
    role = phase_role(summary.phase)
    return "" if role == "text" else colours()[role]


def _pace(summary: Summary, sight: Sight | None, status: Status) -> str:
    progress = sight.progress if sight else None
    if progress is not None and progress.stage != "training" and status.active:
        return headline.stage_words(progress)
    pace = headline.pace_words(summary)
    seconds_left = headline.seconds_left(summary, progress)
    if status is Status.TRAINING and seconds_left is not None:
        pace += f"{'   ' if pace else ''}{brief_duration(seconds_left)} left"
    return pace

"""The words of a run's screen: header, panel, tabs and event lines, made from its summary."""

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
_TWO_DECIMALS_BELOW = 10.0
_LAYERS_SHOWN = 12


def header(
    name: str,
    summary: Summary,
    sight: Sight | None,
    transport: ReplayBarModel | None,
    *,
    replay: bool,
) -> RunHeaderModel:
    """The top line; a session that was not looked at yet is starting.

    replay: the summary is that of an earlier epoch.
    """
    status = sight.status if sight else Status.STARTING
    host = clean(summary.started.host) if summary.started else ""
    progress = sight.progress if sight else None
    within = None
    if progress is not None and progress.total and status.active:
        within = min(1.0, progress.done / progress.total)
    return RunHeaderModel(
        name=f"{clean(name)} @{host}" if host else clean(name),
        status="← replay" if replay else f"{STATUS_GLYPH[status]} {status_words(status, host)}",
        status_style=_phase_colour(summary),
        epoch=_epoch_of(summary),
        fraction=within,
        pace=_pace(summary, sight, status),
        transport=transport,
    )


def panel(summary: Summary, pending: Pending) -> PanelModel:
    """The hyperparameters in force and asked for, and what follows from them."""
    chosen = summary.hyperparameters
    if isinstance(chosen, RecordedHyperparameters):
        shown_above = [name for name in CHANGEABLE if name in chosen.config]
        rest = {key: value for key, value in chosen.config.items() if key not in shown_above}
        given = tuple((_key(key), clean(setting(value))) for key, value in rest.items())
        return PanelModel(chosen, pending.values, given)
    adam = chosen.optimizer == "adam"
    ratio = "no law: Adam" if adam else number(step_size_ratio_of(chosen))
    facts = [
        ("torch decay", f"{setting(2 * chosen.l2)} (2λ)"),
        ("η/((1−α)B)", ratio),
        ("steps/epoch", f"{steps_per_epoch(chosen):,}"),
        ("data set", chosen.dataset),
        ("network", network_words(chosen)),
        ("optimizer", chosen.optimizer),
        ("seed", str(chosen.seed)),
    ]
    if summary.started:
        threads = summary.started.threads
        plural = "" if threads == 1 else "s"
        facts.append(("device", f"{clean(summary.started.device)}, {threads} thread{plural}"))
    return PanelModel(chosen, pending.values, tuple(facts))


def guideline(state: RunState) -> tuple[Text, dict[str, float]]:
    """The guideline panel: what the law says of this run, and the edit that it advises."""
    if depth.has_depth(state):
        return _layer_slopes(state), {}
    said, held = state.law.forecast(), holding_lambda(state)
    advice = run_advice(state)
    rows = []
    if said.fit is not None:
        window = f"epochs {said.fit.first}–{said.fit.last}"
        rows.append(("A", f"{guideline_theory.figure(said.fit.slope, 3)} ({window})"))
        rows.append(("c", _with_error(said.fit.c, said.fit.error)))
    if said.epoch is not None:
        rows.append(("e*", f"epoch {interval_words(said)}"))
    if advice.lambda_star is not None:
        rows.append(("λ*", _with_error(advice.lambda_star.value, advice.lambda_star.error)))
    if held is not None:
        rows.append(("λ", f"{_with_error(held.l2, held.error)} holds J² {setting(held.target)}"))
    lines = [Text.assemble((f"{name:<4}", "dim"), words) for name, words in rows]
    return Text("\n").join([*lines, Text(advice.text)]), advice.suggestion


def _layer_slopes(state: RunState) -> Text:
    """How fast J² of each layer grows: measured, and no law."""
    lines = [
        Text.assemble((f"{clean(found.layer):<9.9} ", "dim"), _slope_words(found))
        for found in depth.layer_slopes(state)[:_LAYERS_SHOWN]
    ]
    window = f"A over epochs 0–{state.summary.epochs_done}. " if lines else ""
    return Text("\n").join([*lines, Text(window + run_advice(state).text)])


def _slope_words(found: depth.LayerSlope) -> str:
    words = f"A {found.slope:+.2g}"
    return words if found.c is None else f"{words}  c {found.c:.3g}"


def _with_error(value: float, error: float) -> str:
    """`11 ± 1`: both to the digits that the relative error leaves."""
    figures = guideline_theory.figure
    if not math.isfinite(error) or error >= 1:
        return f"{figures(value)}, uncertain"
    return f"{figures(value)} ± {error:.0%}".replace("%", " %")


def waiting(names: list[str]) -> str:
    """The wishes that the engine has not answered yet."""
    return f" · asked to {', '.join(names)} …" if names else ""


def coloured(words: str, summary: Summary) -> Text:
    """The story, its first word in the colour of the phase."""
    text = Text(words)
    end = words.find(",")
    if summary.phase is not None and end > 0:
        text.stylize(_phase_colour(summary), 0, end)
    return text


def tabs(names: tuple[str, ...], chosen: int) -> Text:
    """`1 Loss  2 Accuracy …`, the chosen one marked; each can be clicked."""
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


def _key(key: str) -> str:
    """A key of a config in the panel's width: `model.name`, `…depth.first`."""
    shown = clean(key)
    return shown if len(shown) <= _KEY_WIDTH else "…" + shown[1 - _KEY_WIDTH :]


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
    last = summary.last
    if last is None or last.epoch == 0:
        return ""
    digits = 1 if last.seconds < _TWO_DECIMALS_BELOW else 0
    pace = f"{last.seconds:.{digits}f} s/{summary.unit}"
    left = headline.seconds_left(summary, progress)
    if status is Status.TRAINING and left is not None:
        pace += f"   {brief_duration(left)} left"
    return pace

"""The header and the headline of a sweep's screen."""

from rich.text import Text

from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.sweep.progress import SweepSight
from edgechaos_tui.presentation.sweep.text import at_once_words, outcome_words, sweep_status_words
from edgechaos_tui.presentation.text import clean, duration, setting
from engine.storage.sweep.plan import Plan, jobs_of
from engine.storage.sweep.state import SweepStatus

STATUS_GLYPH = {
    SweepStatus.STARTING: "◌",
    SweepStatus.RUNNING: "●",
    SweepStatus.PAUSED: "‖",
    SweepStatus.FINISHED: "■",
    SweepStatus.STOPPED: "□",
    SweepStatus.FAILED: "✗",
    SweepStatus.INTERRUPTED: "!",
    SweepStatus.ELSEWHERE: "?",
}
_BAR_CELLS = 12


def header(name: str, sight: SweepSight | None, host: str) -> Text:
    """Name, status, runs done, progress of the whole and time left."""
    text = Text.assemble(("edgechaos", "bold"), "   sweep ", (clean(name), "bold"))
    if sight is None:
        return text.append("   reading …", "dim")
    status = sweep_status_words(sight.status, clean(host))
    text.append(f"   {STATUS_GLYPH[sight.status]} {status}")
    text.append(f"   {sum(sight.outcomes.values())} of {sight.total} runs")
    full = int(sight.done * _BAR_CELLS)
    text.append("   " + "━" * full).append("─" * (_BAR_CELLS - full), "dim")
    text.append(f" {sight.done:.0%}".replace("%", " %"))
    if sight.seconds_left is not None:
        text.append(f"   {duration(sight.seconds_left)} left")
    return text


def headline(plan: Plan, sight: SweepSight | None, marked: int) -> Text:
    """The varied hyperparameters, the outcomes of the runs, and the rules that stop runs early."""
    parts = [", ".join(map(label_of, plan.varied)) or "runs listed one by one"]
    if sight is not None:
        parts.append(outcome_words(sight.outcomes))
        if sight.under_way:
            parts.append(f"{sight.under_way} running")
    parts.append(at_once_words(min(jobs_of(plan.jobs), len(plan.runs))))
    parts += _rules(plan)
    if plan.note:
        parts.append(clean(plan.note))
    text = Text(" · ".join(parts), "dim")
    return Text.assemble((f"{marked} marked · ", "bold"), text) if marked else text


def _rules(plan: Plan) -> list[str]:
    rules = []
    if plan.rule.past_edge is not None:
        rules.append(f"stops a run at d > {setting(plan.rule.past_edge)}")
    if plan.rule.stale_epochs is not None:
        epochs = plan.rule.stale_epochs
        rules.append(f"stops a run after {epochs} epochs without a better test loss")
    return rules

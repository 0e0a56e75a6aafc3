"""The rules that end a run before its last epoch."""

from engine.storage.sweep.events import RuleName
from engine.storage.sweep.plan import Rule
from engine.sweep.run_monitor import RunMonitor


def broken_rule(rule: Rule, run: RunMonitor) -> tuple[RuleName, str] | None:
    """Which rule says that `run` ends after its last epoch, and why in words; None: it goes on."""
    if rule.past_edge is not None and run.distance is not None and run.distance > rule.past_edge:
        return "past_edge", (
            f"past the edge: d = {run.distance:+.3g} after epoch {run.epoch} "
            f"is above {rule.past_edge:g}"
        )
    best = run.best_epoch
    if rule.stale_epochs is not None and best is not None:
        stale = run.epoch - best
        if stale >= rule.stale_epochs:
            noun = "epoch" if stale == 1 else "epochs"
            return "stale", (
                f"stale: no better test loss than that of epoch {best} for {stale} {noun}"
            )
    return None

"""Bell and desktop notifications: when a run reaches the edge, diverges or ends."""

from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.text import clean
from engine.storage.session.events import AnyEvent, Diverged, Epoch, Failed, Finished


def alert_for(event: AnyEvent, summary: Summary, name: str) -> str | None:
    """The sentence to send for `event`, which `summary` contains; None for most events."""
    if isinstance(event, Epoch) and summary.crossed == event.epoch and event.epoch > 0:
        return f"{name} reached the edge of chaos at epoch {event.epoch}"
    if isinstance(event, Finished):
        return f"{name} finished after epoch {event.epoch}"
    if isinstance(event, Diverged):
        return f"{name} diverged at epoch {event.epoch}"
    if isinstance(event, Failed):
        return f"{name} failed: {event.text}"
    return None


def desktop_notification(text: str) -> str:
    """The terminal sequence (OSC 9) for a desktop notification with `text`."""
    return f"\x1b]9;{clean(text)[:200]}\x07"

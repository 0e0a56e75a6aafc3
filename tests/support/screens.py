"""The screen as a pilot sees it, and waiting until something is there, or nothing more comes."""

import time
from collections.abc import Callable

from textual.app import App
from textual.pilot import Pilot


def screen_text(pilot: Pilot[None]) -> str:
    """The screen as lines of text."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot: Pilot[None], *what: str | Callable[[], object], seconds: float = 30) -> None:
    """Wait for each of `what` in turn: words on the screen, or something that becomes true."""
    for expected in what:
        # What was asked for before is on its way to the screen.
        await pilot.pause()
        end = time.monotonic() + seconds
        while not (expected() if callable(expected) else expected in screen_text(pilot)):
            if time.monotonic() > end:
                raise AssertionError(f"{expected} did not come; the screen:\n{screen_text(pilot)}")
            await pilot.pause(0.02)
            await pilot.pause()


async def at_rest(pilot: Pilot[None]) -> None:
    """Wait until nothing is on its way to the screen: no message, layout, drawing or reading.

    Time says nothing here: on a busy machine a screen that waits for its turn looks the same for
    long. Twice in a row, since a message that is being handled is in no queue.
    """
    quiet = 0
    while quiet < 2:
        await pilot.pause()
        quiet = 0 if _is_busy(pilot.app) or "reading" in screen_text(pilot) else quiet + 1


def _is_busy(app: App[None]) -> bool:
    """Whether a message waits, the screen is to be laid out or painted, or a worker is at work."""
    screen = app.screen
    pumps = [app, *screen.walk_children(with_self=True)]
    return bool(
        app._resize_event
        or screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
        or any(pump.message_queue_size or pump._next_callbacks for pump in pumps)
        or any(worker.is_running for worker in app.workers)
    )


async def text_with(pilot: Pilot[None], what: str) -> str:
    """The screen as text, once `what` is on it."""
    await until(pilot, lambda: what in screen_text(pilot))
    return screen_text(pilot)

"""What a pilot sees on the screen, and waiting until something is there."""

import time
from collections.abc import Callable

from textual.pilot import Pilot


def screen_text(pilot: Pilot[None]) -> str:
    """The screen as lines of text."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot: Pilot[None], *what: str | Callable[[], object], seconds: float = 30) -> None:
    """Wait for each of `what` in turn: words on the screen, or something that becomes true."""
    for one in what:
        # What was asked for before is on its way to the screen.
        await pilot.pause()
        end = time.monotonic() + seconds
        while not (one() if callable(one) else one in screen_text(pilot)):
            if time.monotonic() > end:
                raise AssertionError(f"{one} did not come; the screen:\n{screen_text(pilot)}")
            await pilot.pause(0.02)
            await pilot.pause()


async def text_with(pilot: Pilot[None], what: str) -> str:
    """The screen as text, once `what` is on it."""
    await until(pilot, lambda: what in screen_text(pilot))
    return screen_text(pilot)

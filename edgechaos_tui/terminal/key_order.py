"""Keys, pastes and clicks applied one after the other, in the order of their arrival.

In Textual the focused field handles a printable key itself, while a bound key such as backspace
first goes up to the app. In a burst one overtakes the other (issue 6605 there), and a key for a
screen that is still opening goes to the one beneath. Here an input event is delivered once all
messages that the one before caused have been handled.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from textual.app import App
from textual.events import Event, InputEvent, MouseMove, Paste
from textual.message_pump import MessagePump

from edgechaos_tui.terminal.textual_internals import is_ending, raise_in

_LONGEST_SECONDS: Final = 2.0
"""The longest wait of a key for the one before it: a handler that hangs must not block the keys."""
_LOOK_SECONDS: Final = 0.05
_ROUNDS: Final = 3
"""The most times that the consequences of a key go up and down: submitted, dismissed, answered."""


class KeyOrder:
    """Calls `deliver` with the input events of `app`, one at a time."""

    def __init__(self, app: App[Any], deliver: Callable[[Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Event] = deque()
        self._task: asyncio.Task[None] | None = None

    def takes(self, event: Event) -> bool:
        """Take `event` for delivery if it comes from the terminal; return whether it was taken."""
        if not isinstance(event, InputEvent | Paste) or event.is_forwarded:
            return False
        self._waiting.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return True

    async def _run(self) -> None:
        while self._waiting and not is_ending(self._app):
            event = self._waiting.popleft()
            pumps = self._pumps()
            try:
                await self._deliver(event)
                # A move of the mouse changes only what is shown.
                if not isinstance(event, MouseMove):
                    await self._settle(pumps)
            except Exception as error:  # noqa: BLE001 - raised again, in the app
                raise_in(self._app, error)
                return

    async def _settle(self, pumps: list[MessagePump]) -> None:
        """Wait until all messages that an event caused have been handled.

        A message goes up from a widget to the app, where its handler may send another one down: a
        field is submitted, its dialog is dismissed, the screen beneath takes the answer.
        """
        end = monotonic() + _LONGEST_SECONDS
        rounds = 0
        while rounds < _ROUNDS or any(pump.message_queue_size for pump in pumps):
            for pump in pumps:
                if not await self._has_handled(pump, end):
                    return
            rounds += 1
            pumps = self._pumps()

    async def _has_handled(self, pump: MessagePump, end: float) -> bool:
        """Wait until `pump` has handled the messages in its queue; return False after `end`."""
        handled = asyncio.Event()
        pump.call_later(handled.set)
        # A pump that is removed meanwhile may never reach the end of its queue.
        while not (handled.is_set() or is_ending(pump)):
            if monotonic() > end or is_ending(self._app):
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(handled.wait(), _LOOK_SECONDS)
        return True

    def _pumps(self) -> list[MessagePump]:
        """The message pumps that a key passes, upwards."""
        origin = self._app.focused or self._app.screen
        return list(origin.ancestors_with_self)

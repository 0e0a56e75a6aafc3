"""The replay of a record: its keys, its bar, and the timer that plays it."""

from collections.abc import Callable

from textual import on
from textual.screen import Screen
from textual.timer import Timer

from edgechaos_tui.presentation.run.replay_clock import ReplayClock
from edgechaos_tui.presentation.text import setting
from edgechaos_tui.terminal.pace import PER_SECOND, News
from edgechaos_tui.widgets.replay_bar import ReplayBar

# Moves that come faster than this share a tick.
_FRAME_SECONDS = 1 / PER_SECOND


class ReplayController:
    """Moves `clock`, and calls `show` when its place changes.

    The timer belongs to `screen`; it runs only while the clock plays and the screen is on top.
    """

    def __init__(
        self, screen: Screen[None], clock: ReplayClock, show: Callable[[News], None]
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._show = show
        self._timer: Timer | None = None

    @property
    def speed_words(self) -> str:
        """`8×` the recorded time, or `8 ep/s`."""
        unit = " ep/s" if self._clock.by_epoch else "×"
        return f"{setting(self._clock.speed)}{unit}"

    @property
    def waiting(self) -> bool:
        """Whether a next move is scheduled."""
        return self._timer is not None

    def toggle(self) -> None:
        """Play, or pause while it plays."""
        if self._clock.playing:
            self._clock.hold()
        else:
            self._clock.play()
        self.moved()

    def seek(self, place: float) -> None:
        """Go to `place`."""
        self._clock.seek(place)
        self.moved()

    def moved(self) -> None:
        """Show the clock's new place, to which a person moved it."""
        self._show("key")
        self.start()

    def start(self) -> None:
        """Schedule the next move, if there is one."""
        self.stop()
        due = self._clock.due()
        if due is not None:
            self._timer = self._screen.set_timer(max(due, _FRAME_SECONDS), self._tick)

    def stop(self) -> None:
        """Cancel the scheduled move."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        if self._clock.advance():
            self._show("epoch")
        self.start()


class ReplayKeys(Screen[None]):
    """The keys of keys.PLAYER and the bar, which all replays share; each moves `replay`.

    The screen makes `replay` and its clock.
    """

    replay: ReplayController
    _playback: ReplayClock

    def action_play(self) -> None:
        self.replay.toggle()

    def action_step(self, epochs: int) -> None:
        self._playback.step(epochs)
        self.replay.moved()

    def action_first(self) -> None:
        self._playback.first()
        self.replay.moved()

    def action_last(self) -> None:
        self._playback.end()
        self.replay.moved()

    def action_slower(self) -> None:
        self._playback.slower()
        self.replay.moved()

    def action_faster(self) -> None:
        self._playback.faster()
        self.replay.moved()

    def action_unit(self) -> None:
        self._playback.change_unit()
        self.replay.moved()

    @on(ReplayBar.Sought)
    def _sought(self, message: ReplayBar.Sought) -> None:
        self.replay.seek(message.place)

    @on(ReplayBar.Toggled)
    def _toggled(self) -> None:
        self.replay.toggle()

    def on_screen_suspend(self) -> None:
        self.replay.stop()

    def on_screen_resume(self) -> None:
        self._playback.skip()
        self.replay.start()

"""What every screen with a replay has: its keys, its bar, and the timer that plays it."""

from textual import on
from textual.timer import Timer

from edgechaos_tui.presentation.run.replay_clock import ReplayClock
from edgechaos_tui.presentation.text import setting
from edgechaos_tui.screens.base.opening import Opening
from edgechaos_tui.terminal.pace import PER_SECOND, News
from edgechaos_tui.widgets.replay_bar import ReplayBar

# Moves that come faster than this share a tick.
_FRAME_SECONDS = 1 / PER_SECOND


class Replaying(Opening):
    """Moves its `_playback` as the keys of keys.PLAYER and the bar say; `_redraw_all` shows the new
    place."""

    _playback: ReplayClock
    _timer: Timer | None = None

    def _redraw_all(self, news: News) -> None:
        raise NotImplementedError

    @property
    def _speed_words(self) -> str:
        """`8×` the recorded time, or `8 ep/s`."""
        unit = " ep/s" if self._playback.by_epoch else "×"
        return f"{setting(self._playback.speed)}{unit}"

    # Keys and the mouse

    def action_play(self) -> None:
        if self._playback.playing:
            self._playback.hold()
        else:
            self._playback.play()
        self._moved()

    def action_step(self, epochs: int) -> None:
        self._playback.step(epochs)
        self._moved()

    def action_first(self) -> None:
        self._playback.first()
        self._moved()

    def action_last(self) -> None:
        self._playback.end()
        self._moved()

    def action_slower(self) -> None:
        self._playback.slower()
        self._moved()

    def action_faster(self) -> None:
        self._playback.faster()
        self._moved()

    def action_unit(self) -> None:
        self._playback.change_unit()
        self._moved()

    @on(ReplayBar.Sought)
    def _sought(self, message: ReplayBar.Sought) -> None:
        self._seek(message.place)

    @on(ReplayBar.Toggled)
    def _toggled(self) -> None:
        self.action_play()

    def _seek(self, place: float) -> None:
        self._playback.seek(place)
        self._moved()

    # The timer runs only while something plays on the screen that is looked at

    def on_screen_suspend(self) -> None:
        self._stop_timer()

    def on_screen_resume(self) -> None:
        self._playback.skip()
        self._start_timer()

    def _moved(self) -> None:
        self._redraw_all("key")
        self._start_timer()

    def _start_timer(self) -> None:
        self._stop_timer()
        due = self._playback.due()
        if due is not None:
            self._timer = self.set_timer(max(due, _FRAME_SECONDS), self._tick)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        if self._playback.advance():
            self._redraw_all("epoch")
        self._start_timer()

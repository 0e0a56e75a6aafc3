"""Walking through the record of a run: keys, the bar, and the timer that plays it."""

from textual import on
from textual.binding import ActiveBinding
from textual.timer import Timer

from edgechaos_tui import keys
from edgechaos_tui.core.pace import PER_SECOND, News
from edgechaos_tui.core.playback import Playback
from edgechaos_tui.core.text import setting
from edgechaos_tui.screens.footer import without
from edgechaos_tui.screens.paced import Paced
from edgechaos_tui.widgets.transport import Transport, TransportModel
from engine.record.status import Status

# Moves that come faster than this share a tick.
_FRAME_SECONDS = 1 / PER_SECOND
_LIVE_ACTIONS = {key.action for key in keys.LIVE} - {"pause"}


class Replay(Paced):
    """The part of a run's screen that moves its `_playback`; `_redraw_all` shows the new place."""

    _playback: Playback
    _timer: Timer | None = None

    @property
    def _status(self) -> Status:
        raise NotImplementedError

    def _redraw_all(self, news: News) -> None:
        raise NotImplementedError

    def _mode(self) -> str:
        """`live`: a run under way as it is now; `ended`: one as it ended; or `replay`."""
        if not self._playback.following:
            return "replay"
        return "live" if self._status.active else "ended"

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All that work now; the footer shows those that matter in this mode."""
        return without(super().active_bindings, keys.UNSHOWN[self._mode()])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What speaks to the engine works at the end of the record alone."""
        if action == "pause":
            return self._mode() == "live"
        if action == "play":
            return self._mode() != "live"
        if action in _LIVE_ACTIONS:
            return self._playback.following
        if action == "refuse":
            return not self._playback.following
        return True

    def transport(self) -> TransportModel | None:
        """The bar; none for a run watched live, or where no two epochs are recorded."""
        playback = self._playback
        recorded = playback.whole.summary.epochs_done
        if self._mode() == "live" or not recorded:
            return None
        unit = " ep/s" if playback.by_epoch else "×"
        return TransportModel(
            playing=playback.playing,
            speed=f"{setting(playback.speed)}{unit}",
            epoch=playback.epoch,
            recorded=recorded,
            end=playback.whole.horizon,
            landmarks=playback.landmarks(),
        )

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
        self._seek(0)

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

    def action_jump_edit(self, direction: int) -> None:
        where = "after" if direction > 0 else "before"
        self._jump(self._playback.edit(direction), f"no edit {where} epoch {self._playback.epoch}")

    def action_jump_best(self) -> None:
        best = self._playback.whole.summary.test_loss.best
        self._jump(best.epoch if best else None, "no test loss is recorded yet")

    def action_jump_edge(self) -> None:
        crossed = self._playback.whole.summary.crossed
        self._jump(crossed, "the record does not reach the edge of chaos")

    def action_refuse(self) -> None:
        self.notify(
            f"this is a replay at epoch {self._playback.epoch}: the end key goes to the end of the "
            "record, where the run can be edited, stopped, extended and resumed",
            severity="warning",
        )

    @on(Transport.Sought)
    def _sought(self, message: Transport.Sought) -> None:
        self._seek(message.epoch)

    @on(Transport.Toggled)
    def _toggled(self) -> None:
        self.action_play()

    def _jump(self, epoch: int | None, otherwise: str) -> None:
        if epoch is None:
            self.notify(otherwise)
        else:
            self._seek(epoch)

    def _seek(self, epoch: float) -> None:
        self._playback.seek(epoch)
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

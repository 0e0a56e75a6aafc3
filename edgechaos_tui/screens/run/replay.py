"""Walking through the record of a run: which keys work where, the jumps, and the bar."""

from textual.binding import ActiveBinding

from edgechaos_tui import keys
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.screens.base.replaying import Replaying
from edgechaos_tui.widgets.footer import too_wide, without
from edgechaos_tui.widgets.replay_bar import ReplayBarModel, epoch_words
from engine.storage.session.status import Status

_LIVE_ACTIONS = {key.action for key in keys.LIVE} - {"pause"}


class Replay(Replaying):
    """The part of a run's screen that moves its `_playback`; `_redraw_all` shows the new place."""

    _playback: Playback

    @property
    def _status(self) -> Status:
        raise NotImplementedError

    def _mode(self) -> str:
        """`live`: a run under way as it is now; `ended`: one as it ended; or `replay`."""
        if not self._playback.following:
            return "replay"
        return "live" if self._status.active else "ended"

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All that work now; the footer shows those that matter in this mode."""
        narrow = too_wide(keys.RUN_UNSHOWN, self.size.width)
        return without(super().active_bindings, [*keys.UNSHOWN[self._mode()], *narrow])

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

    def transport(self) -> ReplayBarModel | None:
        """The bar; none for a run watched live, or where no two epochs are recorded."""
        playback = self._playback
        recorded = playback.whole.summary.epochs_done
        if self._mode() == "live" or not recorded:
            return None
        return ReplayBarModel(
            playing=playback.playing,
            speed=self._speed_words,
            place=playback.epoch,
            recorded=recorded,
            end=playback.whole.horizon,
            words=epoch_words(playback.epoch, playback.whole.horizon),
            landmarks=playback.landmarks(),
        )

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

    def _jump(self, epoch: int | None, otherwise: str) -> None:
        if epoch is None:
            self.notify(otherwise)
        else:
            self._seek(epoch)

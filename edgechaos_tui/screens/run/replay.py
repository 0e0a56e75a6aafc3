"""The replay of a run: its jumps, the keys that work in it, and its bar."""

from edgechaos_tui import keys
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.screens.base.replay_controller import ReplayKeys
from edgechaos_tui.widgets.replay_bar import ReplayBarModel, epoch_words
from engine.storage.session.status import Status

_LIVE_ACTIONS = {key.action for key in keys.LIVE} - {"pause"}


def works(action: str, mode: str) -> bool:
    """Whether `action` works in `mode`: requests to the engine only at the end of the record."""
    if action == "pause":
        return mode == "live"
    if action == "play":
        return mode != "live"
    if action in _LIVE_ACTIONS:
        return mode != "replay"
    return action != "refuse" or mode == "replay"


def mode_of(playback: Playback, status: Status) -> str:
    """`live`: at the end of a run under way; `ended`: at the end of one that ended; `replay`."""
    if not playback.following:
        return "replay"
    return "live" if status.active else "ended"


def transport(playback: Playback, mode: str, speed: str) -> ReplayBarModel | None:
    """The bar; None for a run watched live, and for one with fewer than two epochs."""
    recorded = playback.whole.summary.epochs_done
    if mode == "live" or not recorded:
        return None
    return ReplayBarModel(
        playing=playback.playing,
        speed=speed,
        place=playback.epoch,
        recorded=recorded,
        end=playback.whole.horizon,
        words=epoch_words(playback.epoch, playback.whole.horizon, playback.whole.summary.unit),
        landmarks=playback.landmarks(),
    )


class RunReplayKeys(ReplayKeys):
    """The jumps of keys.REPLAY."""

    _playback: Playback

    def action_jump_edit(self, direction: int) -> None:
        where = "after" if direction > 0 else "before"
        self._jump(self._playback.edit(direction), f"no edit {where} epoch {self._playback.epoch}")

    def action_jump_best(self) -> None:
        best = self._playback.whole.summary.test_loss.best
        self._jump(best.epoch if best else None, "no test loss is recorded yet")

    def action_jump_edge(self) -> None:
        crossed = self._playback.whole.summary.crossed
        self._jump(crossed, "the run has not reached the edge of chaos")

    def action_refuse(self) -> None:
        self.notify(
            f"this is a replay at epoch {self._playback.epoch}; the end key goes to the end of the "
            "record, where the run can be edited, stopped, extended and resumed",
            severity="warning",
        )

    def _jump(self, epoch: int | None, refusal: str) -> None:
        if epoch is None:
            self.notify(refusal)
        else:
            self.replay.seek(epoch)

"""The replay of all runs of a comparison together: its jumps and its bar."""

from collections.abc import Iterable
from typing import Final

from edgechaos_tui.presentation.chart_view import ChartView
from edgechaos_tui.presentation.compare.comparison import AXIS_LABEL, Axis
from edgechaos_tui.presentation.compare.landmarks import Kind
from edgechaos_tui.presentation.compare.playback import ComparisonPlayback
from edgechaos_tui.screens.base.replay_controller import ReplayKeys
from edgechaos_tui.screens.compare.charts import axis_end, place_words
from edgechaos_tui.widgets.replay_bar import ReplayBarModel, epoch_words
from engine.storage.session.status import Status

_NONE: Final[dict[Kind, str]] = {
    "best": "no run has a test loss yet",
    "edge": "no run reaches the edge of chaos",
    "edit": "no run was edited",
}


class CompareReplayKeys(ReplayKeys):
    """The jumps of keys.COMPARE, from run to run."""

    _playback: ComparisonPlayback

    def action_jump_edit(self, direction: int) -> None:
        self._jump("edit", direction)

    def action_jump_best(self) -> None:
        self._jump("best", 1)

    def action_jump_edge(self) -> None:
        self._jump("edge", 1)

    def _jump(self, kind: Kind, direction: int) -> None:
        if self._playback.jump(kind, direction):
            self.replay.moved()
        else:
            self.notify(_NONE[kind])


def transport(playback: ComparisonPlayback, speed: str, view: ChartView) -> ReplayBarModel:
    """The replay bar, which spans the axis of the charts."""
    recorded, end = playback.recorded, axis_end(playback.members, playback.axis, view)
    place = recorded if playback.place is None else playback.place
    return ReplayBarModel(
        playing=playback.playing,
        speed=speed,
        place=place,
        recorded=recorded,
        end=end,
        words=_words(playback.axis, place, end),
        landmarks=playback.landmarks(),
        whole=playback.axis in ("epoch", "step"),
    )


def mode_words(playback: ComparisonPlayback, statuses: Iterable[Status]) -> str:
    """`← replay`, `● live` while a run still grows, or "" at the end of all."""
    if not playback.following:
        return "← replay"
    return "● live" if any(status.active for status in statuses) else ""


def _words(axis: Axis, place: float, end: float) -> str:
    """`τ .0375/.1`, `120/480 s`, `epoch 30/100`: of the same length at each place."""
    if axis == "epoch":
        return epoch_words(round(place), round(end))
    last = place_words(axis, end)
    room = max(len(last), _PLACE_CELLS)
    words = f"{place_words(axis, place):>{room}}/{last}"
    return f" {words} s" if axis == "time" else f" {AXIS_LABEL[axis]} {words}"


_PLACE_CELLS: Final = 6

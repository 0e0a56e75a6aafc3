"""The cursor on the charts of a run: the epoch at which all values are read."""

from dataclasses import replace

from edgechaos_tui.presentation.chart_view import Window
from edgechaos_tui.screens.base.chart_actions import ChartKeys
from edgechaos_tui.screens.run import charts
from edgechaos_tui.screens.run.replay import RunReplayKeys


class RunCursorKeys(RunReplayKeys, ChartKeys):
    """Keys of the cursor: while there is one, the keys of the replay move it instead."""

    def action_cursor(self) -> None:
        """Put a cursor at the epoch in view, or remove it."""
        if self.viewer.view.cursor is None:
            self._point(self._place())
        else:
            self.viewer.look(replace(self.viewer.view, cursor=None))

    def action_step(self, epochs: int) -> None:
        if self.viewer.view.cursor is None:
            super().action_step(epochs)
        else:
            self._point(self.viewer.view.cursor + epochs)

    def action_first(self) -> None:
        if self.viewer.view.cursor is None:
            super().action_first()
        else:
            self._point(0)

    def action_last(self) -> None:
        if self.viewer.view.cursor is None:
            super().action_last()
        else:
            self._point(self._playback.state.summary.epochs_done)

    def _whole(self) -> Window:
        """The ends of the horizontal axis without a window."""
        return 0.0, charts.axis_end(self._playback.state, self.viewer.view)

    def _place(self) -> float:
        """The epoch at which the charts are read."""
        cursor = self.viewer.view.cursor
        return float(self._playback.epoch) if cursor is None else cursor

    def _point(self, place: float) -> None:
        """Put the cursor at the recorded epoch nearest to `place`."""
        last = self._playback.state.summary.epochs_done
        cursor = float(min(max(round(place), 0), last))
        view = replace(self.viewer.view, cursor=cursor)
        self.viewer.look(view.showing(cursor, self._whole()))

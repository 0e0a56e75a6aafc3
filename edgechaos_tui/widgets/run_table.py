"""The runs of a sweep as rows of the library's table, with the sweep's own columns."""

from collections.abc import Collection

from rich.segment import Segment
from rich.style import Style

from edgechaos_tui.presentation.library.columns import Column, lay_out
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.sweep.columns import columns_for
from edgechaos_tui.presentation.sweep.runs import RunRow
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.sweep.plan import Plan


class RunTable(SessionTable):
    """A row for each run, in the plan's order."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._columns_wanted = columns_for(plan)
        self._active = True

    @property
    def current_run(self) -> RunRow | None:
        """The run under the cursor."""
        row = self.current
        return row if isinstance(row, RunRow) else None

    def activate(self, active: bool) -> None:
        """Show whether keys act on the table, by the arrow at its cursor."""
        if active != self._active:
            self._active = active
            self._refresh_line(self._cursor)

    def lay_out(self, width: int) -> list[tuple[Column, int]]:
        """The columns that fit: the varied hyperparameters before the results."""
        return lay_out(self._columns_wanted, width)

    def _segments(self, row: LibraryRow, at_cursor: bool, style: Style) -> list[Segment]:
        return super()._segments(row, at_cursor and self._active, style)

    def toggle_marks(self, names: Collection[str]) -> None:
        """Mark the sessions called `names`; unmark them if all are marked."""
        if self._marked.keys() >= set(names):
            for name in names:
                del self._marked[name]
        else:
            self._marked.update(dict.fromkeys(names))
        self.refresh()

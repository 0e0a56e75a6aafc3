"""The library's pane: the table of sessions, and the actions on its rows."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.library.columns import SORTABLE, config_names, known_columns
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.library.query import Query
from edgechaos_tui.presentation.library.view import GROUPABLE, LibraryView
from edgechaos_tui.presentation.settings import layout_path, load_columns, save_columns
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.session.session import Session

_COMPARED = (2, 8)


class LibraryPane(Vertical):
    """Shows `view`, filtered, sorted and grouped as the person chose."""

    def __init__(self, view: LibraryView) -> None:
        super().__init__()
        self._view = view
        self.table = SessionTable()
        self.table.choose_columns(known_columns(load_columns(layout_path())))

    def compose(self) -> ComposeResult:
        yield self.table

    @property
    def current_row(self) -> LibraryRow | None:
        """The row under the cursor."""
        return self.table.current

    @property
    def visible_names(self) -> tuple[str, ...]:
        """The names of the sessions on the screen."""
        return tuple(row.name for row in self.table.visible_rows)

    @property
    def marked_sessions(self) -> list[Session]:
        """The marked sessions, in the order of marking."""
        if not self.table.marked:
            return []
        by_name = {row.name: row.session for row in self._view.rows}
        return [by_name[name] for name in self.table.marked if name in by_name]

    @property
    def hidden_marks(self) -> int:
        """The number of marked sessions that the filter hides."""
        return self._view.hidden(session.name for session in self.marked_sessions)

    def expect(self, name: str) -> None:
        """Put the cursor on the session called `name` as soon as it appears."""
        self.table.expect(name)

    def show(self) -> None:
        """Show the present lines of the view."""
        self.table.show(self._view.lines, self._view.sort, self._view.falling)

    def filter(self, query: Query) -> None:
        """Show only the sessions that match `query`."""
        self._view.filter(query)
        self.show()

    def sort_by(self, name: str | None) -> None:
        """Sort by the column `name`, in reverse if it is the present one; None changes nothing."""
        if name is not None:
            self._view.sort_by(name)
            self.show()

    # The dialogs below are imported late: the first rows do not need them.

    def ask_sort(self) -> None:
        """Ask for the column to sort by."""
        from edgechaos_tui.screens.dialogs.choose import Choose

        choices = [(name, clean(name)) for name in (*SORTABLE, *self._config_names())]
        self.app.push_screen(Choose("Sort by", choices, self._view.sort), self.sort_by)

    def ask_group(self) -> None:
        """Ask for the hyperparameter, or the key of recorded runs' configs, to group by."""
        from edgechaos_tui.screens.dialogs.choose import Choose

        def group_by(name: str | None) -> None:
            if name is not None:
                self._view.group_by(name)
                self.show()

        names = (*GROUPABLE, *self._config_names())
        choices = [("", "no groups"), *[(name, label_of(name)) for name in names]]
        self.app.push_screen(Choose("Group by", choices, self._view.group), group_by)

    def ask_columns(self) -> None:
        """Ask for the columns to show."""
        from edgechaos_tui.screens.library.choose_columns import ChooseColumns

        self.app.push_screen(
            ChooseColumns(self.table.columns, self._config_names()), self._keep_columns
        )

    def _config_names(self) -> list[str]:
        return config_names(self._view.rows)

    def ask_export(self) -> None:
        """Ask how to write the marked sessions, or the one under the cursor."""
        from edgechaos_tui.screens.dialogs.export import ask_export, session_formats

        row = self.current_row
        sessions = self.marked_sessions or ([row.session] if row else [])
        if sessions:
            single = len(sessions) == 1
            subject = clean(sessions[0].name) if single else f"{len(sessions)} sessions"
            if hidden := self.hidden_marks:
                subject += f" ({hidden} of the marked hidden by the filter)"
            stem = sessions[0].name if single else "sessions"
            ask_export(self.screen, subject, stem, session_formats(sessions))

    def compare(self) -> None:
        """Put the marked sessions side by side."""
        sessions = self.marked_sessions
        least, most = _COMPARED
        if least <= len(sessions) <= most:
            shell(self).open_comparison(sessions)
            # The notice comes second, to lie over the new screen.
            if hidden := self.hidden_marks:
                names = clean(", ".join(session.name for session in sessions))
                self.notify(f"comparing {names}; the filter hides {hidden} of them")
        else:
            self.notify(
                f"{len(sessions)} marked: mark {least} to {most} sessions with space, then press c"
            )

    @on(SessionTable.Opened)
    def open(self) -> None:
        """Open the session under the cursor."""
        row = self.current_row
        if row is not None and row.problem:
            self.notify(clean(row.problem), severity="error")
        elif row is not None:
            shell(self).open_session(row.session)

    @on(SessionTable.HeadClicked)
    def _head_clicked(self, event: SessionTable.HeadClicked) -> None:
        self.sort_by(event.name)

    def _keep_columns(self, columns: Sequence[str] | None) -> None:
        if columns is None:
            return
        self.table.choose_columns(columns)
        try:
            save_columns(layout_path(), columns)
        except OSError as error:
            self.notify(f"the choice cannot be saved: {error.strerror}", severity="warning")

"""The library: every session under the folder as it stands now, filtered and sorted."""

import gc
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.message import Message
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.poller import Poller
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.library.run_actions import SessionRuns
from edgechaos_tui.screens.library.welcome import Welcome
from edgechaos_tui.widgets.filter_bar import FilterBar
from edgechaos_tui.widgets.footer import too_wide, without
from edgechaos_tui.widgets.key_footer import KeyFooter
from engine.storage.errors import SessionError
from engine.storage.session.folder import holds_own

# Not at the start: the first paint shows no session, and what reads and lists them takes as long
# to import as all else that is of this app.
if TYPE_CHECKING:
    from edgechaos_tui.presentation.library.library import Library, LibraryRow
    from edgechaos_tui.presentation.library.view import LibraryView, Sorted
    from edgechaos_tui.widgets.session_table import SessionTable
    from engine.storage.session.session import Session

_REFRESH_SECONDS = 1.0
_READ_SECONDS = (0.03, 1.5)
"""How long to read before what was read is shown: at first, and once there is something to see."""
_COMPARED = (2, 8)
_MANY = 500
_NEED_SESSION = (
    "open", "pause", "resume", "down", "up", "page", "edge", "mark", "compare", "filter", "sort",
    "rename", "note", "tags", "pin", "delete", "again", "fork", "columns", "group", "export",
)  # fmt: skip


class LibraryScreen(SessionRuns):
    """The list of the sessions under `root`; a welcome where there are none."""

    KEY_HELP: ClassVar[keys.Help] = ("library", (keys.LIBRARY, keys.WELCOME))
    BINDINGS = keys.bindings(keys.LIBRARY, keys.WELCOME)
    # Not the filter, which would take every key for a letter.
    AUTO_FOCUS = ""

    class Seen(Message):
        """The library was looked at. found: the rows where they changed; problem: a sentence that
        says why it could not be looked at."""

        def __init__(self, found: "Sorted | None" = None, problem: str = "") -> None:
            super().__init__()
            self.found = found
            self.problem = problem

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        self._visible: tuple[str, ...] = ()
        self._at_work = 0
        self._shipped = 0
        self._kept = 0
        self._looked = False
        self._poller = Poller(self, self._look, _REFRESH_SECONDS)
        self._recorded_wanted = False
        # None: not known yet, so neither a list nor a welcome.
        self._listing: bool | None = None

    def compose(self) -> ComposeResult:
        yield FilterBar()
        # At once where it is certain: what people see first does not wait for a look at the disk.
        self._listing = self._is_certain()
        if self._listing is False:
            yield Welcome(self._root)
        yield KeyFooter()

    def _is_certain(self) -> bool | None:
        try:
            return holds_own(self._root)
        except SessionError:
            return None

    def on_mount(self) -> None:
        self._show_header()
        # After the first paint, which the thread that looks would hold up.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._poller.start()

    def on_unmount(self) -> None:
        self._poller.sleep()

    def on_screen_suspend(self) -> None:
        self._poller.sleep()

    def on_screen_resume(self) -> None:
        self._poller.wake()

    def changed_sessions(self) -> None:
        self._poller.look()

    def current_row(self) -> "LibraryRow | None":
        """The row with the cursor."""
        return self._table.current

    def expect_session(self, name: str) -> None:
        """Put the cursor on the session called `name` as soon as it is there."""
        self._table.expect(name)

    def marked_sessions(self) -> "list[Session]":
        """The sessions that the person marked, in that order."""
        by_name = {row.name: row.session for row in self._view.rows}
        return [by_name[name] for name in self._table.marked if name in by_name]

    @cached_property
    def _library(self) -> "Library":
        from edgechaos_tui.presentation.library.cache import cache_path
        from edgechaos_tui.presentation.library.library import Library
        from engine.storage.session.session import reference_sessions

        return Library(
            self._root, cache_path(self._root), reference_sessions(), lambda: self._poller.asleep
        )

    @cached_property
    def _view(self) -> "LibraryView":
        from edgechaos_tui.presentation.library.view import LibraryView

        return LibraryView()

    @cached_property
    def _table(self) -> "SessionTable":
        """Is on the screen once there is something to list."""
        from edgechaos_tui.presentation.library.columns import known_columns
        from edgechaos_tui.presentation.settings import layout_path, load_columns
        from edgechaos_tui.widgets.session_table import SessionTable

        table = SessionTable()
        table.choose_columns(known_columns(load_columns(layout_path())))
        return table

    @work(thread=True, group="library", exit_on_error=False)
    def _look(self) -> None:
        """Look at the disk in a thread: a slow file system must not hold the screen."""
        worker = get_current_worker()
        problem = ""
        seen: object = self._view.rows
        try:
            self._library.refresh(self._visible)
            seconds, longest = _READ_SECONDS
            while self._library.read_more(self._visible, seconds):
                if worker.is_cancelled or self._poller.asleep:
                    break
                # Sorted here: ten thousand rows would hold the screen for too long.
                self.post_message(self.Seen(self._news(seen)))
                seen, seconds = self._library.rows, min(seconds * 2, longest)
                self._keep()
            self._keep()
            self._library.save()
        except SessionError as error:
            problem = str(error)
        finally:
            self._poller.looked()
        if not (worker.is_cancelled or self._poller.asleep):
            self.post_message(self.Seen(self._news(seen), problem))

    def _keep(self) -> None:
        """Facts of thousands of sessions are no garbage: to look through them again and again, as
        Python does, would hold the screen for a tenth of a second each time."""
        done, total = self._library.progress
        if done + total >= self._kept + _MANY:
            gc.freeze()
            self._kept = done + total

    def _news(self, seen: object) -> "Sorted | None":
        rows = self._library.rows
        return None if rows is seen else self._view.sorted(rows)

    def on_library_screen_seen(self, event: Seen) -> None:
        if event.problem:
            self.query_one(FilterBar).show(Text(clean(event.problem)), "")
            return
        if event.found is not None:
            self._view.take(event.found)
            self._at_work, self._shipped = event.found.active, event.found.shipped
        listing = self._recorded_wanted or len(self._view.rows) > self._shipped
        if self._listing is not listing or not self._looked:
            others = self._listing is not listing
            self._listing = listing
            self._looked = True
            self._show_list_or_welcome()
            if others:
                # Makes every key of the footer anew: only when the keys are others.
                self.refresh_bindings()
        if event.found is not None:
            self._show_lines()
        self._visible = tuple(row.name for row in self._table.visible_rows)
        self._show_header()

    def _show_list_or_welcome(self) -> None:
        """Either is made when it is shown for the first time."""
        footer, table, listing = self.query_one(KeyFooter), self._table, bool(self._listing)
        if not listing and not self.query(Welcome):
            self.mount(Welcome(self._root), before=footer)
        if listing and not table.is_attached:
            self.mount(table, before=footer)
        self.query(Welcome).set(display=not listing)
        table.display = listing

    def _show_lines(self) -> None:
        self._table.show(self._view.lines, self._view.sort, self._view.falling)

    def _show_header(self) -> None:
        text = Text.assemble(("edgechaos", "bold"), "   sessions")
        bar = self.query_one(FilterBar)
        filtered = ""
        if self._looked:
            text.append(self._counts())
            filtered = f"{self._view.count:,} shown" if self._view.query else ""
        if not bar.is_open:
            text.append(f"   {clean(str(self._root))}", "dim")
            text.truncate(max(20, self.size.width - 2), overflow="ellipsis")
        bar.show(text, filtered)

    def _counts(self) -> str:
        words = f" · {len(self._view.rows) - self._shipped:,}"
        if self._shipped:
            words += f" and {self._shipped} reference runs"
        if self._at_work:
            words += f"   {self._at_work} running"
        done, total = self._library.progress
        return f"{words}   reading {done:,} of {total:,}" if done < total else words

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self._view.filter(event.query)
        self._show_lines()
        self._show_header()

    @on(FilterBar.Done)
    def _filter_typed(self) -> None:
        self._table.focus()

    def on_session_table_opened(self) -> None:
        self.action_open()

    def on_session_table_head_clicked(self, event: "SessionTable.HeadClicked") -> None:
        self._sort_by(event.name)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All that work now; a narrow footer shows those that matter most."""
        narrow = too_wide(keys.LIBRARY_UNSHOWN, self.size.width)
        return without(super().active_bindings, narrow)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _NEED_SESSION:
            return bool(self._listing)
        if action in ("fashion", "synthetic", "recorded"):
            return self._listing is False
        return True

    def action_down(self) -> None:
        self._table.move(1)

    def action_up(self) -> None:
        self._table.move(-1)

    def action_page(self, direction: int) -> None:
        self._table.page(direction)

    def action_edge(self, index: int) -> None:
        self._table.edge(index)

    def action_mark(self) -> None:
        self._table.toggle_mark()

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()
        self._show_header()

    def action_leave(self) -> None:
        bar = self.query_one(FilterBar)
        if bar.is_open:
            bar.clear()
            self._table.focus()
        else:
            self.app.exit()

    def action_sort(self) -> None:
        from edgechaos_tui.presentation.library.columns import SORTABLE
        from edgechaos_tui.screens.dialogs.choose import Choose

        choices = [(name, name) for name in SORTABLE]
        self.app.push_screen(Choose("Sort by", choices, self._view.sort), self._sort_by)

    def _sort_by(self, name: str | None) -> None:
        if name is None:
            return
        self._view.sort_by(name)
        self._show_lines()

    def action_group(self) -> None:
        from edgechaos_tui.presentation.describe import label_of
        from edgechaos_tui.presentation.library.view import GROUPABLE
        from edgechaos_tui.screens.dialogs.choose import Choose

        choices = [("", "no groups"), *[(name, label_of(name)) for name in GROUPABLE]]
        self.app.push_screen(Choose("Group by", choices, self._view.group), self._group_by)

    def _group_by(self, name: str | None) -> None:
        if name is not None:
            self._view.group_by(name)
            self._show_lines()

    def action_columns(self) -> None:
        from edgechaos_tui.screens.library.choose_columns import ChooseColumns

        self.app.push_screen(ChooseColumns(self._table.columns), self._keep_columns)

    def _keep_columns(self, columns: tuple[str, ...] | None) -> None:
        if columns is None:
            return

        from edgechaos_tui.presentation.settings import layout_path, save_columns

        self._table.choose_columns(columns)
        try:
            save_columns(layout_path(), columns)
        except OSError as error:
            self.notify(f"the choice is not kept: {error.strerror}", severity="warning")

    def action_compare(self) -> None:
        sessions = self.marked_sessions()
        least, most = _COMPARED
        if not least <= len(sessions) <= most:
            self.notify(
                f"{len(sessions)} marked: mark {least} to {most} sessions with space, then press c"
            )
            return
        shell(self).open_comparison(sessions)

    def action_open(self) -> None:
        row = self._table.current
        if row is None:
            return
        if row.problem:
            self.notify(clean(row.problem), severity="error")
            return
        shell(self).open_session(row.session)

    def action_recorded(self) -> None:
        """Show the list where there is nothing in it yet but what ships with the product."""
        self._recorded_wanted = True
        # Before the first look there is nothing to show; what it sees is shown then.
        if self._looked:
            self.on_library_screen_seen(self.Seen())

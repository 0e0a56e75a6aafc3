"""The library: every session under the folder as it stands now, filtered and sorted."""

import msgspec
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Footer
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.core.library import Library
from edgechaos_tui.core.library_columns import SORTABLE
from edgechaos_tui.core.library_layout import layout_path, load_columns, save_columns
from edgechaos_tui.core.library_view import GROUPABLE, LibraryView, Sorted
from edgechaos_tui.core.pace import Pace
from edgechaos_tui.core.text import clean
from edgechaos_tui.core.wording import label_of
from edgechaos_tui.screens.footer import without
from edgechaos_tui.screens.library_words import SessionWords
from edgechaos_tui.screens.welcome import Welcome
from edgechaos_tui.widgets.filter_bar import FilterBar
from edgechaos_tui.widgets.session_table import SessionTable
from engine.record.events import NewerSchema
from engine.record.session import Session, SessionError
from engine.record.status import Status

_REFRESH_SECONDS = 1.0
_READ_SECONDS = (0.15, 1.5)
"""How long to read before what was read is shown: at first, and once there is something to see."""
_COMPARED = (2, 8)
_NEED_SESSION = (
    "open", "pause", "resume", "down", "up", "page", "edge", "mark", "compare", "filter", "sort",
    "rename", "note", "tags", "pin", "delete", "again", "fork", "columns", "group", "export",
)  # fmt: skip


class LibraryScreen(SessionWords):
    """The list of sessions; a welcome where there are none."""

    BINDINGS = keys.bindings(keys.LIBRARY, keys.WELCOME)
    # Not the filter, which would take every key for a letter.
    AUTO_FOCUS = ""

    class Seen(Message):
        """The library was looked at. found: the rows where they changed; problem: a sentence that
        says why it could not be looked at."""

        def __init__(self, found: Sorted | None = None, problem: str = "") -> None:
            super().__init__()
            self.found = found
            self.problem = problem

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._view = LibraryView()
        self._visible: tuple[str, ...] = ()
        self._at_work = 0
        self._shipped = 0
        self._looking = False
        self._asleep = False
        self._recorded_wanted = False
        # None: not looked yet, so neither a list nor a welcome.
        self._listing: bool | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield FilterBar()
        welcome = Welcome(self._library.root)
        # At once where it is certain: what people see first does not wait for a look at the disk.
        self._listing = False if self._library.is_empty() else None
        welcome.display = self._listing is False
        yield welcome
        table = SessionTable()
        table.choose_columns(load_columns(layout_path()))
        table.display = False
        yield table
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self._show_header()
        self._refresh()
        self._timer = self.set_interval(_REFRESH_SECONDS, self._look_again)

    def on_unmount(self) -> None:
        self._asleep = True

    def on_screen_suspend(self) -> None:
        # What happens beneath another screen makes Textual paint that one whole.
        self._asleep = True
        if self._timer is not None:
            self._timer.pause()

    def on_screen_resume(self) -> None:
        self._asleep = False
        if self._timer is not None:
            self._timer.resume()
            self._refresh()

    def changed_sessions(self) -> None:
        self._refresh()

    def marked_sessions(self) -> list[Session]:
        """The sessions that the person marked, in that order."""
        by_name = {row.name: row.session for row in self._view.rows}
        return [by_name[name] for name in self._table.marked if name in by_name]

    @property
    def _table(self) -> SessionTable:
        return self.query_one(SessionTable)

    def _look_again(self) -> None:
        pace: Pace = self.app.pace  # type: ignore[attr-defined]
        if not pace.wait("progress"):
            pace.drawn()
            self._refresh()

    def _refresh(self) -> None:
        if not self._looking and not self._asleep:
            self._looking = True
            self._look()

    @work(thread=True, group="library", exit_on_error=False)
    def _look(self) -> None:
        """Look at the disk in a thread: a slow file system must not hold the screen."""
        worker = get_current_worker()
        problem = ""
        seen: object = self._view.rows
        try:
            self._library.refresh(self._visible)
            seconds, longest = _READ_SECONDS
            while not (worker.is_cancelled or self._asleep):
                rows, found = self._library.rows, None
                if rows is not seen:
                    # Sorted here: ten thousand rows would hold the screen for too long.
                    seen, found = rows, self._view.sorted(rows)
                self.post_message(self.Seen(found))
                if not self._library.read_more(self._visible, seconds):
                    break
                seconds = min(seconds * 1.5, longest)
            self._library.save()
        except SessionError as error:
            problem = str(error)
        finally:
            self._looking = False
        if not (worker.is_cancelled or self._asleep):
            self.post_message(self.Seen(self._news(seen), problem))

    def _news(self, seen: object) -> Sorted | None:
        rows = self._library.rows
        return None if rows is seen else self._view.sorted(rows)

    def on_library_screen_seen(self, event: Seen) -> None:
        if event.problem:
            self.query_one(FilterBar).show(Text(clean(event.problem)), "")
            return
        if event.found is not None:
            self._view.take(event.found)
            self._at_work = sum(row.active for row in self._view.rows)
            self._shipped = sum(row.is_reference for row in self._view.rows)
        listing = self._recorded_wanted or len(self._view.rows) > self._shipped
        if self._listing is not listing:
            self._listing = listing
            self._change_between_welcome_and_list()
        if event.found is not None:
            self._show_lines()
        self._visible = tuple(row.name for row in self._table.visible_rows)
        self._show_header()

    def _change_between_welcome_and_list(self) -> None:
        self.query_one(Welcome).display = not self._listing
        self._table.display = bool(self._listing)
        if self._listing:
            self._table.focus()
        # Makes every key of the footer anew: only when the keys are others.
        self.refresh_bindings()

    def _show_lines(self) -> None:
        self._table.show(self._view.lines, self._view.sort, self._view.falling)

    def _show_header(self) -> None:
        text = Text.assemble(("edgechaos", "bold"), "   sessions · ")
        text.append(f"{len(self._view.rows) - self._shipped:,}")
        if self._shipped:
            text.append(f" and {self._shipped} reference runs")
        if self._at_work:
            text.append(f"   {self._at_work} running")
        done, total = self._library.progress
        if done < total:
            text.append(f"   reading {done:,} of {total:,}")
        bar = self.query_one(FilterBar)
        if not bar.is_open:
            text.append(f"   {clean(str(self._library.root))}", "dim")
            text.truncate(max(20, self.size.width - 2), overflow="ellipsis")
        bar.show(text, f"{self._view.count:,} shown" if self._view.query else "")

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self._view.filter(event.query)
        self._show_lines()
        self._show_header()

    @on(FilterBar.Done)
    @on(SessionTable.Opened)
    def _opened(self, event: Message) -> None:
        if isinstance(event, FilterBar.Done):
            self._table.focus()
        else:
            self.action_open()

    @on(SessionTable.HeadClicked)
    def _head_clicked(self, event: SessionTable.HeadClicked) -> None:
        self._sort_by(event.name)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """All that work now; a narrow footer shows those that matter most."""
        levels = keys.LIBRARY_UNSHOWN.items()
        unshown = [name for width, names in levels if self.size.width < width for name in names]
        return without(super().active_bindings, unshown)

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
        from edgechaos_tui.screens.choose import Choose

        choices = [(name, name) for name in SORTABLE]
        self.app.push_screen(Choose("Sort by", choices, self._view.sort), self._sort_by)

    def _sort_by(self, name: str | None) -> None:
        if name is None:
            return
        self._view.sort_by(name)
        self._show_lines()

    def action_group(self) -> None:
        from edgechaos_tui.screens.choose import Choose

        choices = [("", "no groups"), *[(name, label_of(name)) for name in GROUPABLE]]
        self.app.push_screen(Choose("Group by", choices, self._view.group), self._group_by)

    def _group_by(self, name: str | None) -> None:
        if name is not None:
            self._view.group_by(name)
            self._show_lines()

    def action_columns(self) -> None:
        from edgechaos_tui.screens.choose_columns import ChooseColumns

        self.app.push_screen(ChooseColumns(self._table.columns), self._keep_columns)

    def _keep_columns(self, columns: tuple[str, ...] | None) -> None:
        if columns is None:
            return
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
        show = getattr(self.app, "open_comparison", None)
        if show is not None:
            show(sessions)

    def action_open(self) -> None:
        row = self._table.current
        if row is None:
            return
        if row.problem:
            self.notify(clean(row.problem), severity="error")
            return
        self.app.open_session(row.session)  # type: ignore[attr-defined]

    def action_new(self) -> None:
        self.app.open_form()  # type: ignore[attr-defined]

    def action_sweeps(self) -> None:
        self.app.open_sweeps()  # type: ignore[attr-defined]

    def action_new_sweep(self) -> None:
        self.app.open_sweep_form()  # type: ignore[attr-defined]

    def action_again(self) -> None:
        row = self._table.current
        if row is not None and row.facts is not None:
            given = msgspec.structs.asdict(row.facts.hyperparameters)
            self.app.open_form(**given)  # type: ignore[attr-defined]

    def action_fork(self) -> None:
        row = self._table.current
        if row is None:
            return
        try:
            from engine.record.fork import origin_of

            origin = origin_of(row.session)
        except (SessionError, NewerSchema, OSError) as error:
            self.notify(clean(str(error)), severity="error")
            return
        self.app.open_fork(origin)  # type: ignore[attr-defined]

    def action_fashion(self) -> None:
        self.app.open_form(dataset="fashion-mnist")  # type: ignore[attr-defined]

    def action_synthetic(self) -> None:
        self.app.open_form(dataset="synthetic")  # type: ignore[attr-defined]

    def action_recorded(self) -> None:
        """Show the list where there is nothing in it yet but what ships with the product."""
        self._recorded_wanted = True
        self.on_library_screen_seen(self.Seen())

    def action_pause(self) -> None:
        row = self._table.current
        if row is not None:
            self._ask(row.session, row.status)

    def action_resume(self) -> None:
        row = self._table.current
        if row is not None:
            self._ask(row.session, None)

    @work(thread=True, group="control", exit_on_error=False)
    def _ask(self, session: Session, status: Status | None) -> None:
        """Pause what trains, else let it go on; in a thread, since an engine may have to start."""
        # Imported here: it starts processes, and the first paint must not wait for that.
        from edgechaos_tui import control

        try:
            if status is Status.TRAINING:
                control.pause(session)
            else:
                control.resume(session)
        except (SessionError, OSError) as error:
            self.app.call_from_thread(self.notify, clean(str(error)), severity="error")

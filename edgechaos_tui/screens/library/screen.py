"""The library's screen: a light shell whose pane is imported after the first paint."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.poller import Poller
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.library.welcome import Welcome
from edgechaos_tui.widgets.filter_bar import FilterBar
from edgechaos_tui.widgets.footer import too_wide, without
from edgechaos_tui.widgets.key_footer import KeyFooter
from engine.storage.errors import SessionError
from engine.storage.session.folder import holds_own

# Not at the start: the first paint shows no session, and the modules that read and list them take
# as long to import as the rest of this app.
if TYPE_CHECKING:
    from edgechaos_tui.presentation.library.listing import Listing
    from edgechaos_tui.presentation.library.view import Sorted
    from edgechaos_tui.screens.library.commands import LibraryCommands
    from edgechaos_tui.screens.library.edits import SessionEdits
    from edgechaos_tui.screens.library.pane import LibraryPane

_REFRESH_SECONDS = 1.0
_NEED_SESSION = (
    "open", "pause", "resume", "down", "up", "page", "edge", "mark", "compare", "filter", "sort",
    "rename", "note", "tags", "pin", "delete", "again", "fork", "columns", "group", "export",
)  # fmt: skip


class LibraryScreen(Screen[None]):
    """The list of the sessions under `root`; a welcome while there are none."""

    KEY_HELP: ClassVar[keys.Help] = ("library", (keys.LIBRARY, keys.WELCOME))
    BINDINGS = keys.bindings(keys.LIBRARY, keys.WELCOME)
    # Not the filter, which would take every key as a letter.
    AUTO_FOCUS = ""

    class Seen(Message):
        """The library was polled. news: the rows, if they changed; problem: why they could not be
        read, in a sentence."""

        def __init__(self, news: "Sorted | None" = None, problem: str = "") -> None:
            super().__init__()
            self.news = news
            self.problem = problem

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        self._visible: tuple[str, ...] = ()
        self._polled = False
        self._poller = Poller(self, self._poll, _REFRESH_SECONDS)
        self._recorded_wanted = False
        # None: not known yet, so neither the list nor the welcome is shown.
        self._listed: bool | None = None

    def compose(self) -> ComposeResult:
        yield FilterBar()
        # At once where it is certain: the first paint does not wait for the disk.
        self._listed = self._holds_sessions()
        if self._listed is False:
            yield Welcome(self._root)
        yield KeyFooter()

    def _holds_sessions(self) -> bool | None:
        """Whether the folder holds a session; None where that is not certain."""
        try:
            return holds_own(self._root)
        except SessionError:
            return None

    def on_mount(self) -> None:
        self._show_header()
        # After the first paint, which the polling thread would delay.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._poller.start()

    def on_unmount(self) -> None:
        self._poller.sleep()

    def on_screen_suspend(self) -> None:
        self._poller.sleep()

    def on_screen_resume(self) -> None:
        self._poller.wake()

    @cached_property
    def _listing(self) -> "Listing":
        from edgechaos_tui.presentation.library.listing import Listing

        return Listing(self._root, lambda: self._poller.asleep)

    @cached_property
    def pane(self) -> "LibraryPane":
        """The pane; it is on the screen once there is something to list."""
        from edgechaos_tui.screens.library.pane import LibraryPane

        return LibraryPane(self._listing.view)

    @cached_property
    def _edits(self) -> "SessionEdits":
        from edgechaos_tui.screens.library.edits import SessionEdits

        return SessionEdits(self.pane, self._poller.poll)

    @cached_property
    def _commands(self) -> "LibraryCommands":
        from edgechaos_tui.screens.library.commands import LibraryCommands

        return LibraryCommands(self.pane)

    @work(thread=True, group="library", exit_on_error=False)
    def _poll(self) -> None:
        """Read the disk in a thread: a slow file system must not block the screen."""
        worker = get_current_worker()

        def halted() -> bool:
            return worker.is_cancelled or self._poller.asleep

        try:
            for news in self._listing.look(self._visible, halted):
                self.post_message(self.Seen(news))
        except SessionError as error:
            self.post_message(self.Seen(problem=str(error)))
        finally:
            self._poller.done()

    def on_library_screen_seen(self, event: Seen) -> None:
        if event.problem:
            self.query_one(FilterBar).show(Text(clean(event.problem)), "")
            return
        view = self._listing.view
        if event.news is not None:
            view.take(event.news)
        listed = self._recorded_wanted or len(view.rows) > view.shipped
        if self._listed is not listed or not self._polled:
            keys_differ = self._listed is not listed
            self._listed = listed
            self._polled = True
            self._show_list_or_welcome()
            if keys_differ:
                # This makes every key of the footer again.
                self.refresh_bindings()
        if event.news is not None:
            self.pane.show()
        self._visible = self.pane.visible_names
        self._show_header()

    def _show_list_or_welcome(self) -> None:
        """Show the list or the welcome; each is made when it is first shown."""
        footer, pane, listed = self.query_one(KeyFooter), self.pane, bool(self._listed)
        if not listed and not self.query(Welcome):
            self.mount(Welcome(self._root), before=footer)
        if listed and not pane.is_attached:
            self.mount(pane, before=footer)
        self.query(Welcome).set(display=not listed)
        pane.display = listed

    def _show_header(self) -> None:
        text = Text.assemble(("edgechaos", "bold"), "   sessions")
        bar = self.query_one(FilterBar)
        filtered = ""
        if self._polled:
            view = self._listing.view
            text.append(self._counts())
            filtered = f"{view.count:,} shown" if view.query else ""
        if not bar.is_open:
            text.append(f"   {clean(str(self._root))}", "dim")
            text.truncate(max(20, self.size.width - 2), overflow="ellipsis")
        bar.show(text, filtered)

    def _counts(self) -> str:
        view = self._listing.view
        counts = f" · {len(view.rows) - view.shipped:,}"
        if view.shipped:
            counts += f" and {view.shipped} reference runs"
        if view.active:
            counts += f"   {view.active} running"
        if marked := len(self.pane.marked_sessions):
            hidden = self.pane.hidden_marks
            counts += f"   {marked} marked" + (f", {hidden} of them hidden" if hidden else "")
        done, total = self._listing.progress
        return f"{counts}   reading {done:,} of {total:,}" if done < total else counts

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        self.pane.filter(event.query)
        self._show_header()

    @on(FilterBar.Done)
    def _filter_typed(self) -> None:
        self.pane.table.focus()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings that work now; a narrow footer shows those that matter most."""
        narrow = too_wide(keys.LIBRARY_UNSHOWN, self.size.width)
        return without(super().active_bindings, narrow)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _NEED_SESSION:
            return bool(self._listed)
        if action in ("fashion", "synthetic", "recorded"):
            return self._listed is False
        return True

    # The modules behind the keys are imported with the first key that needs them.

    def action_down(self) -> None:
        self.pane.table.move(1)

    def action_up(self) -> None:
        self.pane.table.move(-1)

    def action_page(self, direction: int) -> None:
        self.pane.table.page(direction)

    def action_edge(self, index: int) -> None:
        self.pane.table.edge(index)

    def action_mark(self) -> None:
        self.pane.table.toggle_mark()
        self._show_header()

    def action_open(self) -> None:
        self.pane.open()

    def action_compare(self) -> None:
        self.pane.compare()

    def action_sort(self) -> None:
        self.pane.ask_sort()

    def action_group(self) -> None:
        self.pane.ask_group()

    def action_columns(self) -> None:
        self.pane.ask_columns()

    def action_export(self) -> None:
        self.pane.ask_export()

    def action_rename(self) -> None:
        self._edits.rename()

    def action_note(self) -> None:
        self._edits.write_note()

    def action_tags(self) -> None:
        self._edits.write_tags()

    def action_pin(self) -> None:
        self._edits.toggle_pin()

    def action_delete(self) -> None:
        self._edits.delete()

    def action_undo(self) -> None:
        from edgechaos_tui.screens.library.trash import undo_delete

        undo_delete(self, self._root, self._show_restored)

    def action_trash(self) -> None:
        from edgechaos_tui.screens.library.trash import open_trash

        open_trash(self, self._root, self._show_restored)

    def _show_restored(self, name: str) -> None:
        self.pane.expect(name)
        self._poller.poll()

    def action_pause(self) -> None:
        self._commands.pause()

    def action_resume(self) -> None:
        self._commands.resume()

    def action_again(self) -> None:
        self._commands.repeat()

    def action_fork(self) -> None:
        self._commands.fork()

    def action_new(self) -> None:
        shell(self).open_form()

    def action_fashion(self) -> None:
        shell(self).open_form(dataset="fashion-mnist")

    def action_synthetic(self) -> None:
        shell(self).open_form(dataset="synthetic")

    def action_sweeps(self) -> None:
        shell(self).open_sweeps()

    def action_new_sweep(self) -> None:
        shell(self).open_sweep_form()

    def action_recorded(self) -> None:
        """Show the list even though it holds only the recorded runs that come with the program."""
        self._recorded_wanted = True
        # Before the first poll there is nothing to show.
        if self._polled:
            self.on_library_screen_seen(self.Seen())

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()
        self._show_header()

    def action_leave(self) -> None:
        if not self._clear_filter():
            self.app.exit()

    def action_escape(self) -> None:
        """Clear the filter; without one ask whether to quit: a person who leaves dialogs may press
        escape once too often."""
        if self._clear_filter():
            return

        from edgechaos_tui.screens.dialogs.ask import Confirm

        self.app.push_screen(
            Confirm("Quit?", "Runs continue. The q key quits at once.", "Quit"),
            lambda agreed: self.app.exit() if agreed else None,
        )

    def _clear_filter(self) -> bool:
        bar = self.query_one(FilterBar)
        if not bar.is_open:
            return False
        bar.clear()
        self.pane.table.focus()
        return True

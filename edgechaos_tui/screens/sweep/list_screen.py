"""The screen of all sweeps: their states, and keys to open, pause, stop and delete one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Static
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.sweep.list import SweepList, SweepRow
from edgechaos_tui.presentation.sweep.text import outcome_words, sweep_status_words
from edgechaos_tui.presentation.text import clean, date_and_time
from edgechaos_tui.screens.base.poller import Poller
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.ask import Confirm
from edgechaos_tui.screens.sweep.commands import SweepCommands
from edgechaos_tui.screens.sweep.text import STATUS_GLYPH
from edgechaos_tui.widgets.key_footer import KeyFooter
from engine.storage.errors import SessionError
from engine.storage.sweep.events import Outcome
from engine.storage.sweep.plan import trash_sweep
from engine.storage.trash import bring_back, list_trash

_REFRESH_SECONDS = 1.0
_COLUMNS = ("name", "status", "runs", "varied", "created", "note")
_NEED_SWEEP = ("open", "pause", "resume", "stop", "delete")
_EMPTY = (
    "There is no sweep yet. A sweep trains many runs, several at a time: all combinations of a few "
    "learning rates, batch sizes, seeds …\n\nThe key n makes one; so does the command line: "
    "edgechaos-tui sweep --lr 0.01,0.02,0.04 --seeds 3"
)


class SweepsScreen(Screen[None]):
    """The list of sweeps; an explanation in its place while there is none."""

    KEY_HELP: ClassVar[keys.Help] = ("sweeps", (keys.SWEEPS,))
    BINDINGS = keys.bindings(keys.SWEEPS)
    CSS_PATH = "sweeps.tcss"

    class Seen(Message):
        """The folder was polled; `problem` says in a sentence why it could not be read."""

        def __init__(self, rows: Sequence[SweepRow], problem: str = "") -> None:
            super().__init__()
            self.rows = rows
            self.problem = problem

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._commands = SweepCommands(self)
        self._list = SweepList(root)
        self._rows: Sequence[SweepRow] | None = None
        self._header = Text()
        self._root = root
        self._poller = Poller(self, self._poll, _REFRESH_SECONDS)

    def compose(self) -> ComposeResult:
        yield Static("", id="sweeps-header")
        yield Static(_EMPTY, id="sweeps-empty")
        table = _SweepTable(cursor_type="row", id="sweeps")
        table.add_columns(*((name, name) for name in _COLUMNS))
        yield table
        yield KeyFooter()

    def on_mount(self) -> None:
        self.query_one("#sweeps-empty").display = False
        self._poller.start()

    def on_unmount(self) -> None:
        self._poller.sleep()

    def on_screen_suspend(self) -> None:
        self._poller.sleep()

    def on_screen_resume(self) -> None:
        self._poller.wake()

    @work(thread=True, group="sweeps", exit_on_error=False)
    def _poll(self) -> None:
        worker = get_current_worker()
        message = self.Seen(())
        try:
            message = self.Seen(self._list.look())
        except SessionError as error:
            message = self.Seen((), str(error))
        finally:
            self._poller.done()
        if not (worker.is_cancelled or self._poller.asleep):
            self.post_message(message)

    def on_sweeps_screen_seen(self, event: Seen) -> None:
        words = clean(event.problem) if event.problem else f"sweeps · {len(event.rows)}"
        header = Text.assemble(("edgechaos", "bold"), f"   {words}")
        if header != self._header:
            self._header = header
            self.query_one("#sweeps-header", Static).update(header)
        if event.rows is not self._rows:
            before, self._rows = self._rows, event.rows
            self._show(before or ())

    @property
    def _table(self) -> "_SweepTable":
        return self.query_one(_SweepTable)

    @property
    def _current_row(self) -> SweepRow | None:
        rows, cursor = self._rows or (), self._table.cursor_row
        return rows[cursor] if cursor < len(rows) else None

    def _show(self, before: Sequence[SweepRow]) -> None:
        """Show the rows; of the same sweeps as before, only the cells that differ."""
        table, rows = self._table, self._rows or ()
        self.query_one("#sweeps-empty").display = not rows
        table.display = bool(rows)
        names = [row.sweep.name for row in rows]
        if names == [row.sweep.name for row in before]:
            for old, row in zip(before, rows, strict=True):
                self._update(old, row)
            return
        current = before[table.cursor_row].sweep.name if table.cursor_row < len(before) else ""
        table.clear()
        for row in rows:
            table.add_row(*_cells(row), key=row.sweep.name)
        if current in names:
            table.move_cursor(row=names.index(current))
        if rows:
            table.focus()
        self.refresh_bindings()

    def _update(self, old: SweepRow, row: SweepRow) -> None:
        if old is row:
            return
        for name, before, now in zip(_COLUMNS, _cells(old), _cells(row), strict=True):
            if before != now:
                self._table.update_cell(row.sweep.name, name, now, update_width=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in _NEED_SWEEP or bool(self._rows)

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.action_open()

    def action_move(self, steps: int) -> None:
        self._table.move_cursor(row=self._table.cursor_row + steps)

    def action_open(self) -> None:
        row = self._current_row
        if row is not None:
            shell(self).open_sweep(row.sweep)

    def action_new(self) -> None:
        shell(self).open_sweep_form()

    def action_pause(self) -> None:
        row = self._current_row
        if row is not None and row.status is not None:
            self._commands.pause_sweep(row.sweep, row.status)

    def action_resume(self) -> None:
        row = self._current_row
        if row is not None:
            self._commands.resume_sweep(row.sweep)

    def action_stop(self) -> None:
        row = self._current_row
        if row is not None and row.status is not None:
            self._commands.stop_sweep(row.sweep, row.status)

    def action_delete(self) -> None:
        row = self._current_row
        if row is None:
            return
        sweep, name = row.sweep, row.sweep.name

        def delete() -> None:
            trash_sweep(sweep)
            self.app.call_from_thread(
                self.notify, f"the record of {clean(name)} is in the trash; u restores it"
            )

        self._commands.confirm(
            Confirm(
                f"Delete the record of the sweep {clean(name)}?",
                "It goes to the trash; u restores it. Its sessions stay in the library.",
                "Delete",
            ),
            lambda: self._act(delete),
        )

    def action_undo(self) -> None:
        def undo() -> None:
            deleted = list_trash(self._root, "sweep")
            if deleted:
                bring_back(deleted[0])
            else:
                self.app.call_from_thread(self.notify, "there is no sweep in the trash")

        self._act(undo)

    @work(thread=True, group="records", exit_on_error=False)
    def _act(self, act: Callable[[], None]) -> None:
        """In a thread, since another app may hold the lock, and a disk may be slow."""
        try:
            act()
        except SessionError as error:
            self.app.call_from_thread(self.notify, clean(str(error)), severity="error")
        self.app.call_from_thread(self._poller.poll)

    def action_leave(self) -> None:
        self.dismiss()


class _SweepTable(DataTable[Text], inherit_bindings=False):
    """All keys are the screen's."""


def _failures(row: SweepRow) -> str:
    """`, 2 diverged, 1 failed`; "" where none did."""
    failures: dict[Outcome, int] = {
        outcome: n for outcome, n in row.outcomes.items() if outcome in ("diverged", "failed")
    }
    return f", {outcome_words(failures)}" if failures else ""


def _cells(row: SweepRow) -> list[Text]:
    if row.plan is None or row.status is None:
        cells = ["! unreadable", "", clean(row.problem), "", ""]
    else:
        cells = [
            f"{STATUS_GLYPH[row.status]} {sweep_status_words(row.status, clean(row.host))}",
            f"{sum(row.outcomes.values())} of {len(row.plan.runs)}{_failures(row)}",
            ", ".join(map(label_of, row.plan.varied)) or "–",
            date_and_time(row.plan.created),
            clean(row.plan.note),
        ]
    return [Text(word) for word in (clean(row.sweep.name), *cells)]

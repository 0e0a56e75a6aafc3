"""The library: every session under the folder, newest first, as it stands now."""

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.coordinate import Coordinate
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import DataTable, Footer, Static
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.core.library import Library, Row
from edgechaos_tui.core.text import clean, number, setting, signed
from edgechaos_tui.core.wording import PHASE_GLYPH, STATUS_GLYPH, status_words
from edgechaos_tui.screens.welcome import Welcome
from edgechaos_tui.widgets.palette import colours, phase_role
from engine.record.session import Session, SessionError
from engine.record.status import Status

_REFRESH_SECONDS = 1.0
_COLUMNS = (
    "name", "status", "lr", "α", "B", "λ", "epoch", "best test", "acc", "J²", "d", "phase",
)  # fmt: skip


class LibraryScreen(Screen[None]):
    """The list of sessions; a welcome where there are none."""

    BINDINGS = keys.bindings(keys.LIBRARY, keys.WELCOME)

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._shown: list[Row] = []
        self._header = Text()
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="library-header")
        welcome = Welcome(self._library.root)
        # No welcome for a moment where sessions are about to be listed.
        welcome.display = self._library.is_empty()
        yield welcome
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False)
        table.display = False
        yield table
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(DataTable).add_columns(*_COLUMNS)
        self._show_header()
        self._refresh()
        self._timer = self.set_interval(_REFRESH_SECONDS, self._refresh)

    def on_screen_suspend(self) -> None:
        # A timer that fires beneath another screen makes Textual paint that one whole.
        if self._timer is not None:
            self._timer.pause()

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
            self._refresh()

    @work(thread=True, exclusive=True, group="library", exit_on_error=False)
    def _refresh(self) -> None:
        """Look at the disk in a thread: a slow file system must not hold the screen."""
        worker = get_current_worker()
        try:
            self._library.refresh()
        except SessionError as error:
            self.app.call_from_thread(self._fail, str(error))
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show, self._library.rows)

    def _fail(self, sentence: str) -> None:
        self.query_one("#library-header", Static).update(Text(clean(sentence)))

    def _show(self, rows: list[Row]) -> None:
        table = self.query_one(DataTable)
        same_rows = [r.session.name for r in rows] == [r.session.name for r in self._shown]
        was_empty, self._shown = not self._shown, rows
        if was_empty == bool(rows):
            self.query_one(Welcome).display = not rows
            table.display = bool(rows)
            # Makes every key of the footer anew: only when the keys are others.
            self.refresh_bindings()
        self._show_header()
        if same_rows:
            self._update_cells(table, rows)
        else:
            self._fill(table, rows)

    def _fill(self, table: "DataTable[Text]", rows: list[Row]) -> None:
        marked = self._marked_name(table)
        table.clear()
        for row in rows:
            table.add_row(*_cells(row), key=row.session.name)
        names = [row.session.name for row in rows]
        if marked in names:
            table.move_cursor(row=names.index(marked))
        if rows:
            table.focus()

    def _update_cells(self, table: "DataTable[Text]", rows: list[Row]) -> None:
        """Write only the cells that differ: nothing goes over the line when nothing happens."""
        for index, row in enumerate(rows):
            before = table.get_row_at(index)
            for column, (old, new) in enumerate(zip(before, _cells(row), strict=False)):
                if old != new:
                    table.update_cell_at(Coordinate(index, column), new, update_width=True)

    def _show_header(self) -> None:
        count = len(self._shown)
        running = sum(row.status is not None and row.status.active for row in self._shown)
        text = Text.assemble(("edgechaos", "bold"), f"   sessions · {count}")
        if running:
            text.append(f"   {running} running")
        text.append(f"   {clean(str(self._library.root))}", "dim")
        text.truncate(max(20, self.size.width - 2), overflow="ellipsis")
        if text != self._header:
            self._header = text
            self.query_one("#library-header", Static).update(text)

    def _marked_name(self, table: "DataTable[Text]") -> str | None:
        row = self._marked(table)
        return row.session.name if row else None

    def _marked(self, table: "DataTable[Text] | None" = None) -> Row | None:
        table = table or self.query_one(DataTable)
        if 0 <= table.cursor_row < len(self._shown):
            return self._shown[table.cursor_row]
        return None

    def on_data_table_row_selected(self) -> None:
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("open", "pause", "resume", "down", "up"):
            return bool(self._shown)
        if action in ("fashion", "synthetic"):
            return not self._shown
        return True

    def action_down(self) -> None:
        self.query_one(DataTable).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(DataTable).action_cursor_up()

    def action_open(self) -> None:
        row = self._marked()
        if row is None:
            return
        if row.status is None:
            self.notify(clean(row.problem), severity="error")
            return
        self.app.open_session(row.session)  # type: ignore[attr-defined]

    def action_new(self) -> None:
        self.app.open_form()  # type: ignore[attr-defined]

    def action_fashion(self) -> None:
        self.app.open_form(dataset="fashion-mnist")  # type: ignore[attr-defined]

    def action_synthetic(self) -> None:
        self.app.open_form(dataset="synthetic")  # type: ignore[attr-defined]

    def action_pause(self) -> None:
        row = self._marked()
        if row is not None:
            self._ask(row.session, row.status)

    def action_resume(self) -> None:
        row = self._marked()
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


def _cells(row: Row) -> list[Text]:
    name = Text(clean(row.session.name))
    if row.summary is None or row.status is None:
        return [name, Text("unreadable", "bold")] + [Text("")] * (len(_COLUMNS) - 2)
    summary, chosen = row.summary, row.summary.hyperparameters
    host = summary.started.host if summary.started else ""
    best, last = summary.test_loss.best, summary.last
    word = summary.phase
    phase = Text(f"{PHASE_GLYPH[word]} {word}", colours()[phase_role(word)]) if word else Text("–")
    status = Text(f"{STATUS_GLYPH[row.status]} {status_words(row.status, host)}")
    numbers = [
        setting(chosen.lr),
        "–" if chosen.optimizer == "adam" else setting(chosen.momentum),
        setting(chosen.batch_size),
        setting(chosen.l2),
        f"{summary.epochs_done}/{chosen.epochs}",
        f"{number(best.value)} @{best.epoch}" if best else "–",
        number(last.test_accuracy if last else None),
        number(summary.j2),
        signed(last.edge_distance if last else None),
    ]
    return [name, status, *[Text(cell, justify="right") for cell in numbers], phase]

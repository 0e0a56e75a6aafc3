"""The screen of a sweep: the table of its runs and, beside it, the map of their results."""

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from edgechaos_tui import keys
from edgechaos_tui.charts.heat_drawing import wanted_width
from edgechaos_tui.charts.heat_map import HeatMap
from edgechaos_tui.presentation.sweep.grid import (
    RESULTS,
    axes_of,
    first_axes,
    make_grid,
    next_axis,
)
from edgechaos_tui.presentation.sweep.runs import RunRow, SweepRuns, SweepView
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.poller import Poller
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.sweep.commands import SweepCommands
from edgechaos_tui.screens.sweep.text import header, headline
from edgechaos_tui.widgets.footer import without
from edgechaos_tui.widgets.key_footer import KeyFooter
from edgechaos_tui.widgets.run_table import RunTable
from edgechaos_tui.widgets.session_table import SessionTable
from engine.storage.errors import EdgeChaosError
from engine.storage.sweep.plan import Sweep

_REFRESH_SECONDS = 1.0
_COMPARED = (2, 8)
_SIDE_BY_SIDE = 110
_TABS = ("Runs", "Map")


class SweepScreen(Screen[None]):
    """Follows `sweep`: polls its files through `runs`, in a thread, once a second."""

    KEY_HELP: ClassVar[keys.Help] = ("sweep", (keys.SWEEP,))
    BINDINGS = keys.bindings(keys.SWEEP)
    CSS_PATH = "sweep.tcss"
    AUTO_FOCUS = ""

    class Seen(Message):
        """The sweep was polled; `problem` says in a sentence why it could not be read."""

        def __init__(self, view: SweepView | None, problem: str = "") -> None:
            super().__init__()
            self.view = view
            self.problem = problem

    def __init__(self, sweep: Sweep, runs: SweepRuns) -> None:
        super().__init__()
        self._commands = SweepCommands(self)
        self._sweep = sweep
        self._runs = runs
        self._axes = axes_of(self._runs.plan)
        self._x, self._y = first_axes(self._axes)
        self._result = 0
        self._view: SweepView | None = None
        self._visible: tuple[str, ...] = ()
        self._shown_texts: dict[str, Text] = {}
        self._pane = 0
        self._poller = Poller(self, self._poll, _REFRESH_SECONDS)

    def compose(self) -> ComposeResult:
        yield Static("", id="sweep-header")
        yield Static("", id="sweep-headline")
        yield Static("", id="tabs")
        with Horizontal(id="panes"):
            yield RunTable(self._runs.plan)
            yield HeatMap()
        yield KeyFooter()

    def on_mount(self) -> None:
        self._arrange()
        self._show_words()
        self._poller.start()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    def on_unmount(self) -> None:
        self._poller.sleep()

    def on_screen_suspend(self) -> None:
        self._poller.sleep()

    def on_screen_resume(self) -> None:
        self._poller.wake()

    # Polling

    @work(thread=True, group="sweep", exit_on_error=False)
    def _poll(self) -> None:
        worker = get_current_worker()
        try:
            for view in self._runs.look(self._visible, time.monotonic()):
                if worker.is_cancelled or self._poller.asleep:
                    return
                self.post_message(self.Seen(view))
        except (EdgeChaosError, OSError) as error:
            self.post_message(self.Seen(None, str(error)))
        finally:
            self._poller.done()

    def on_sweep_screen_seen(self, event: Seen) -> None:
        if event.view is None:
            self._say("sweep-headline", Text(clean(event.problem)))
            return
        changed = self._view is None or event.view.rows is not self._view.rows
        self._view = event.view
        self._show_words()
        if changed:
            self._table.show(event.view.rows, "", False)
            self._show_map()
        self._visible = tuple(row.name for row in self._table.visible_rows)

    # Drawing

    @property
    def _table(self) -> RunTable:
        return self.query_one(RunTable)

    @property
    def _map(self) -> HeatMap:
        return self.query_one(HeatMap)

    @property
    def _rows(self) -> Sequence[RunRow]:
        return self._view.rows if self._view else ()

    @property
    def _side_by_side(self) -> bool:
        return self.size.width >= _SIDE_BY_SIDE

    def _arrange(self) -> None:
        """Show both panes side by side, or the chosen one under tabs."""
        self.set_class(not self._side_by_side, "-tabs")
        map_width = min(wanted_width(*first_axes(self._axes)), self.size.width // 2)
        self._map.styles.width = map_width if self._side_by_side else "1fr"
        self._show_pane()
        self.refresh_bindings()

    def _show_pane(self) -> None:
        """Show which pane the keys act on."""
        if not self._side_by_side:
            self.set_class(self._pane == 1, "-map")
        self._table.activate(self._pane == 0)
        self._map.activate(self._pane == 1)
        tabs = Text()
        for index, name in enumerate(_TABS):
            tabs.append(f" {index + 1} {name} ", "reverse" if index == self._pane else "dim")
        self._say("tabs", tabs)

    def _show_words(self) -> None:
        sight = self._view.sight if self._view else None
        words = header(self._sweep.name, sight, self._runs.host)
        if self._view is not None and self._view.reading:
            words.append("   reading …", "dim")
        self._say("sweep-header", words)
        marked = len(self._table.marked)
        self._say("sweep-headline", headline(self._runs.plan, sight, marked))

    def _show_map(self) -> None:
        runs = {row.run: row.for_grid() for row in self._rows}
        grid = make_grid(self._runs.plan, runs, RESULTS[self._result], self._x, self._y)
        marked = set(self._table.marked)
        self._map.show(grid, frozenset(r.run for r in self._rows if r.name in marked))

    def _say(self, name: str, text: Text) -> None:
        """Show `text` in the widget `name`; the same text again sends nothing."""
        if self._shown_texts.get(name) != text:
            self._shown_texts[name] = text
            # These widgets have fixed sizes, and a layout would paint the whole screen.
            self.query_one(f"#{name}", Static).update(text, layout=False)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The bindings that work now; the footer shows those that matter in this pane."""
        pane = "both" if self._side_by_side else ("table", "map")[self._pane]
        return without(super().active_bindings, keys.SWEEP_UNSHOWN[pane])

    # Keys

    def on_click(self, event: events.Click) -> None:
        """Choose the pane that was clicked."""
        widget, _ = self.get_widget_at(event.screen_x, event.screen_y)
        if widget in (self._table, self._map):
            self.action_pane(1 if widget is self._map else 0)

    def action_pane(self, index: int) -> None:
        if index == self._pane:
            return
        self._pane = index
        self._show_pane()
        if not self._side_by_side:
            # The footer shows other keys. Making them again takes time.
            self.refresh_bindings()

    def action_other(self) -> None:
        self.action_pane(1 - self._pane)

    def action_move(self, across: int, down: int) -> None:
        if self._pane:
            self._map.move(across, down)
        elif down:
            self._table.move(down)

    def action_page(self, direction: int) -> None:
        self._table.page(direction)

    def action_edge(self, index: int) -> None:
        self._table.edge(index)

    def action_result(self, step: int) -> None:
        self._result = (self._result + step) % len(RESULTS)
        self._show_map()

    def action_across(self) -> None:
        self._x = next_axis(self._axes, self._x, self._y)
        self._show_map()

    def action_down(self) -> None:
        self._y = next_axis(self._axes, self._y, self._x)
        self._show_map()

    def _cell_rows(self) -> list[RunRow]:
        """The runs with sessions in the cell under the cursor."""
        cell = self._map.cell
        names = cell.runs if cell else ()
        return [row for row in self._rows if row.run in names and row.has_session]

    @property
    def _current_run(self) -> RunRow | None:
        """The run under the cursor; of a cell the first that is being trained, else the first."""
        if not self._pane:
            return self._table.current_run
        rows = self._cell_rows()
        return next((row for row in rows if row.active), rows[0] if rows else None)

    @on(SessionTable.Opened)
    @on(HeatMap.Opened)
    def action_open(self) -> None:
        rows = self._cell_rows()
        if not self._pane or len(rows) < 2:
            self._open(self._current_run)
            return
        from edgechaos_tui.screens.dialogs.choose import Choose

        choices = [(row.name, clean(row.name)) for row in rows]
        self.app.push_screen(Choose("Open which run?", choices, rows[0].name), self._open_named)

    def _open_named(self, name: str | None) -> None:
        if name is not None:
            self._open(next((row for row in self._rows if row.name == name), None))

    def _open(self, row: RunRow | None) -> None:
        if row is None or not row.has_session:
            self.notify("this run has not started yet; the sweep starts it in its turn")
        elif row.problem:
            self.notify(clean(row.problem), severity="error")
        else:
            shell(self).open_session(row.session)

    def action_mark(self) -> None:
        if not self._pane:
            self._table.toggle_mark()
        else:
            names = [row.name for row in self._cell_rows()]
            if not names:
                self.notify("the runs of this cell have not started yet")
            self._table.toggle_marks(names)
        self._show_map()
        self._show_words()

    def action_compare(self) -> None:
        by_name = {row.name: row for row in self._rows}
        marked = [by_name[name] for name in self._table.marked if name in by_name]
        sessions = [row.session for row in marked if row.has_session and not row.problem]
        least, most = _COMPARED
        if least <= len(sessions) <= most:
            shell(self).open_comparison(sessions)
        else:
            self.notify(
                f"{len(sessions)} marked: mark {least} to {most} runs with space, then press c"
            )

    def action_pause(self) -> None:
        self._commands.pause_run(self._current_run)

    def action_stop(self) -> None:
        self._commands.stop_run(self._current_run)

    def action_resume(self) -> None:
        self._commands.resume_run(self._current_run)

    def action_pause_all(self) -> None:
        if self._view is not None:
            self._commands.pause_sweep(self._sweep, self._view.sight.status)

    def action_stop_all(self) -> None:
        if self._view is not None:
            self._commands.stop_sweep(self._sweep, self._view.sight.status)

    def action_resume_all(self) -> None:
        self._commands.resume_sweep(self._sweep)

    def action_leave(self) -> None:
        self.dismiss()

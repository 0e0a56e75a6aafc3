"""The table of any number of sessions, which makes only the lines on the screen."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from edgechaos_tui.charts.palette import colours, phase_role
from edgechaos_tui.presentation.library.columns import DEFAULT, GAP, Column, fitting
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.library.view import Heading, Line

_MARKS = 4
"""Cells in front of the names: the cursor, the mark, the pin and a space."""
_HEAD = 1


class SessionTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with one cursor and any number of marks, which stay with their sessions."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"session-table--cursor", "session-table--head"}
    DEFAULT_CSS = """
    SessionTable { height: 1fr; padding: 0 1; overflow-x: hidden; scrollbar-size-vertical: 1; }
    SessionTable .session-table--cursor { background: $surface-lighten-2; text-style: bold; }
    SessionTable .session-table--head { text-style: bold; color: $text-muted; }
    """

    class Opened(Message):
        """A session was double-clicked."""

    class HeadClicked(Message):
        """The person clicked the title of the column `name`."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()
        self._columns: Sequence[str] = DEFAULT
        self._cursor = 0
        self._expected = ""
        self._moved = False
        self._layout_for = -1
        self._fitting: list[tuple[Column, int]] = []
        self._sorted = ("", False)
        # A dict keeps the order in which they were marked.
        self._marked: dict[str, None] = {}

    @property
    def current(self) -> LibraryRow | None:
        """The row under the cursor."""
        line = self._lines[self._cursor] if self._cursor < len(self._lines) else None
        return line if isinstance(line, LibraryRow) else None

    @property
    def columns(self) -> Sequence[str]:
        """The columns to show, as far as they fit."""
        return self._columns

    @property
    def marked(self) -> tuple[str, ...]:
        """The marked names, in the order of marking."""
        return tuple(self._marked)

    @property
    def visible_rows(self) -> Sequence[LibraryRow]:
        """The rows on the screen."""
        return [line for line in self._visible_lines() if isinstance(line, LibraryRow)]

    def show(self, lines: Sequence[Line], sorted_by: str, falling: bool) -> None:
        """Show `lines`; the cursor stays with its session. Paint only the lines that differ."""
        lines_before, cursor_before = self._visible_lines(), self._cursor
        current = self.current
        self._lines = lines
        if self._expected and self._find(self._expected) is not None:
            self._moved = True
            self._follow(self._expected)
            self._expected = ""
        elif not self._moved:
            # The first row, until the person chooses one.
            self._cursor = 0
        elif current is not None:
            self._follow(current.name)
        self._cursor = self._row_near(self._cursor, 1)
        self.virtual_size = Size(0, len(lines) + _HEAD)
        if self._sorted != (sorted_by, falling):
            self._sorted = (sorted_by, falling)
            self.refresh()
        elif self._cursor != cursor_before:
            self.refresh()
            self._scroll_to_cursor()
        else:
            self._refresh_changed(lines_before)

    def choose_columns(self, columns: Sequence[str]) -> None:
        """Show these columns from now on, as far as they fit."""
        self._columns, self._layout_for = columns, -1
        self.refresh()

    def expect(self, name: str) -> None:
        """Put the cursor on the session called `name` as soon as it appears."""
        self._expected = name

    def move(self, steps: int) -> None:
        """Move the cursor by `steps`, at most to the first or last row."""
        self._go(self._cursor + steps)

    def page(self, direction: int) -> None:
        """Move the cursor by a screenful."""
        self.move(direction * max(self.size.height - _HEAD - 1, 1))

    def edge(self, index: int) -> None:
        """Move the cursor to the first row (0) or the last one (-1)."""
        self._go(0 if index == 0 else len(self._lines) - 1)

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and move to the next one."""
        row = self.current
        if row is None:
            return
        if row.name in self._marked:
            del self._marked[row.name]
        else:
            self._marked[row.name] = None
        self._refresh_line(self._cursor)
        self.move(1)

    def lay_out(self, width: int) -> list[tuple[Column, int]]:
        """The columns that fit into `width` cells, each with its width."""
        return fitting(width, self._columns)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if self._layout_for != width:
            self._layout_for, self._fitting = width, self.lay_out(width - _MARKS)
        base = self.rich_style
        if y < _HEAD:
            return self._head().adjust_cell_length(width, base).apply_style(base)
        index = self.scroll_offset.y + y - _HEAD
        if index >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[index]
        if isinstance(line, Heading):
            style = base + self.get_component_rich_style("session-table--head")
            return Strip([Segment(line.words, style)]).adjust_cell_length(width, base)
        style = base
        if index == self._cursor:
            style = base + self.get_component_rich_style("session-table--cursor")
        segments = self._segments(line, index == self._cursor, style)
        return Strip(segments).adjust_cell_length(width, style)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < _HEAD:
            self._click_head(offset.x)
            return
        index = self.scroll_offset.y + offset.y - _HEAD
        if index < len(self._lines) and isinstance(self._lines[index], LibraryRow):
            self._go(index)
            if event.chain == 2:
                self.post_message(self.Opened())

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    def _click_head(self, x: int) -> None:
        start = _MARKS
        for column, width in self._fitting:
            if start <= x < start + width:
                self.post_message(self.HeadClicked(column.name))
            start += width + GAP

    def _head(self) -> Strip:
        style = self.get_component_rich_style("session-table--head")
        name, falling = self._sorted
        cells = []
        for column, width in self._fitting:
            title = column.title + ((" ▼" if falling else " ▲") if column.name == name else "")
            if len(title) > width:
                title = title.replace(" ", "")
            cells.append(_fit(title, width, column.right))
        return Strip([Segment(" " * _MARKS + (" " * GAP).join(cells), style)])

    def _segments(self, row: LibraryRow, at_cursor: bool, style: Style) -> list[Segment]:
        marks = (
            ("›" if at_cursor else " ")
            + ("✓" if row.name in self._marked else " ")
            + ("*" if row.facts and row.facts.pinned else " ")
            + " "
        )
        segments = [Segment(marks, style + Style(bold=True))]
        role = phase_role(row.facts.phase if row.facts else None)
        coloured = style if role == "text" else style + Style(color=colours()[role])
        # Neighbours of one style in one segment: each costs time, and bytes on a slow line.
        text, text_style = "", style
        for index, (column, width) in enumerate(self._fitting):
            cell_style = coloured if column.coloured else style
            if cell_style is not text_style:
                segments.append(Segment(text, text_style))
                text, text_style = "", cell_style
            gap = GAP if index else 0
            text += " " * gap + _fit(column.cell(row, width), width, column.right)
        return [*segments, Segment(text, text_style)]

    def _visible_lines(self) -> Sequence[Line]:
        top = self.scroll_offset.y
        return self._lines[top : top + max(self.size.height - _HEAD, 1)]

    def _go(self, index: int) -> None:
        self._moved = True
        index = min(max(index, 0), max(len(self._lines) - 1, 0))
        index = self._row_near(index, 1 if index >= self._cursor else -1)
        if index != self._cursor:
            before, self._cursor = self._cursor, index
            self._refresh_line(before)
            self._refresh_line(index)
        self._scroll_to_cursor()

    def _row_near(self, index: int, direction: int) -> int:
        """`index`, or the row beside it where it is that of a heading."""
        if index < len(self._lines) and isinstance(self._lines[index], Heading):
            # A heading has a row beneath it, and above it too unless it is the first line.
            return index - 1 if direction < 0 and index else index + 1
        return index

    def _follow(self, name: str) -> None:
        lines = self._lines
        line = lines[self._cursor] if self._cursor < len(lines) else None
        if not (isinstance(line, LibraryRow) and line.name == name):
            index = self._find(name)
            self._cursor = min(self._cursor, max(len(lines) - 1, 0)) if index is None else index

    def _find(self, name: str) -> int | None:
        lines = self._lines
        for index, line in enumerate(lines):
            if isinstance(line, LibraryRow) and line.name == name:
                return index
        return None

    def _scroll_to_cursor(self) -> None:
        room = max(self.size.height - _HEAD, 1)
        top = self.scroll_offset.y
        above = self._lines[self._cursor - 1] if 0 < self._cursor < len(self._lines) else None
        highest = self._cursor - isinstance(above, Heading)
        new_top = min(max(top, self._cursor - room + 1), highest)
        if new_top != top:
            self.scroll_to(y=new_top, animate=False)

    def _refresh_changed(self, before: Sequence[Line]) -> None:
        after = self._visible_lines()
        top = self.scroll_offset.y
        for line in range(max(len(before), len(after))):
            old = before[line] if line < len(before) else None
            new = after[line] if line < len(after) else None
            if old is not new and old != new:
                self._refresh_line(top + line)

    def _refresh_line(self, index: int) -> None:
        line = index - self.scroll_offset.y + _HEAD
        if _HEAD <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))


def _fit(text: str, width: int, right: bool) -> str:
    """`text` in exactly `width` characters, cut with … where it is longer."""
    if len(text) > width:
        return text[: width - 1] + "…"
    return text.rjust(width) if right else text.ljust(width)

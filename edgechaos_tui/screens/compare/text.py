"""The texts of a comparison: header, legend, tabs and table."""

from collections.abc import Mapping, Sequence
from os.path import commonprefix

from rich.text import Text

from edgechaos_tui.charts.palette import colours
from edgechaos_tui.presentation.compare.comparison import LETTERS, Axis, Member
from edgechaos_tui.presentation.compare.table import ComparisonTable
from edgechaos_tui.presentation.describe import STATUS_GLYPH
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.compare.charts import TABS, role_of
from engine.storage.session.status import Status

_LABEL_WIDTH = 15
_NAME_WIDTH = 12
_GAP = 2
_MODE_WIDTH = 8
# The cells of a run in the legend beside its name: its letter and the gap after it.
_LETTER = 4
_WIDEST_NAME = 20
_SHORT_AXIS = {"epoch": "epoch", "step": "step", "tau": "τ", "time": "time"}


def header(count: int, axes: Sequence[Axis], axis: Axis, mode: str, *, overlay: bool) -> Text:
    """`compare · 3 sessions   x  epoch  τ  time   overlay   ← replay`."""
    text = Text.assemble((f"compare · {count} sessions", "bold"), "   x ")
    for name in axes:
        text.append(f" {_SHORT_AXIS[name]} ", "bold reverse" if name == axis else "dim")
    text.append("   overlay" if overlay else "   split  ")
    # Of fixed width: the bar beside it must not move under the mouse.
    text.append(f"   {mode:<{_MODE_WIDTH}}")
    return text


def legend(
    members: Sequence[Member], statuses: Mapping[int, Status], reference: int | None, width: int
) -> Text:
    """`A brave-tern ●  B calm-ibis ■`: each run with its letter, in its colour.

    In one row where the names fit, else in two rows with columns.
    """
    names = [clean(member.name) for member in members]
    signs = [_sign(statuses.get(i), i == reference) for i in range(len(members))]
    widest_sign = max(map(len, signs))
    short = _without_prefix(names, width // len(names) - _LETTER - widest_sign)
    if sum(_LETTER + len(n) + len(sign) for n, sign in zip(short, signs, strict=True)) <= width:
        return _legend_row(short, signs, range(len(names)), 0)
    columns = -(-len(names) // 2)
    room = max(3, width // columns - _LETTER)
    names = _without_prefix(names, room - widest_sign)
    names = [_cut(name, room - len(sign)) for name, sign in zip(names, signs, strict=True)]
    rows = [range(columns), range(columns, len(names))]
    return Text("\n").join([_legend_row(names, signs, row, room) for row in rows])


def _sign(status: Status | None, is_reference: bool) -> str:
    # Only a run that may still change has a sign: names need the room.
    sign = STATUS_GLYPH[status] if status and status.active else ""
    return sign + (" ref" if is_reference else "")


def _legend_row(
    names: Sequence[str], signs: Sequence[str], positions: Sequence[int], room: int
) -> Text:
    text = Text()
    for i in positions:
        colour = colours()[role_of(i)]
        text.append(f"{LETTERS[i]} ", f"bold {colour}")
        text.append(names[i], colour)
        text.append(f"{signs[i]:<{max(0, room - len(names[i]))}}  ", "bold")
    return text


def tabs(metrics: Sequence[str], chosen: int | None) -> Text:
    """`1 Loss  2 Accuracy  3 J²  t Table` with the chosen tab marked (None: the table)."""
    charts: list[tuple[str, str, int | None]] = [
        (str(index + 1), TABS[name], index) for index, name in enumerate(metrics)
    ]
    parts = []
    for key, name, index in [*charts, ("t", "Table", None)]:
        part = Text(f" {key} {name} ", "bold reverse" if index == chosen else "dim")
        action = "screen.table" if index is None else f"screen.chart({index})"
        part.apply_meta({"@click": action})
        parts.append(part)
    return Text(" ").join(parts)


def table_text(table: ComparisonTable, width: int) -> Text:
    """The table, in blocks of as many runs as fit the width; the best values are bold with *."""
    cells = [[row.cells[i] + ("*" if i in row.best else "") for row in table.rows]
             for i in range(len(table.names))]  # fmt: skip
    names, widths = _columns(table.names, cells, width - _LABEL_WIDTH)
    lines: list[Text] = []
    for block in _blocks(widths, width - _LABEL_WIDTH):
        if lines:
            lines.append(Text())
        lines.append(_head(names, block, widths))
        lines += [_row(table, number, block, cells, widths) for number in range(len(table.rows))]
    lines += [Text(), *[Text(note, "dim") for note in table.notes]] if table.notes else []
    return Text("\n").join(lines)


def _columns(
    names: Sequence[str], cells: list[list[str]], room: int
) -> tuple[list[str], list[int]]:
    """The title and the width of each column; whole names where all columns fit into `room`."""
    least = [max([_NAME_WIDTH, *map(len, column)]) for column in cells]
    for variant in (list(names), _without_prefix(names, 0)):
        titles = [f"{LETTERS[i]} {name}" for i, name in enumerate(variant)]
        widths = [max(len(title), cell) for title, cell in zip(titles, least, strict=True)]
        if sum(widths) + _GAP * (len(widths) - 1) <= room:
            return titles, widths
    widths = [max(min(len(t), _WIDEST_NAME), cell) for t, cell in zip(titles, least, strict=True)]
    return titles, widths


def _head(names: list[str], block: list[int], widths: list[int]) -> Text:
    line = Text(" " * _LABEL_WIDTH)
    for i in block:
        name = _cut(names[i], widths[i])
        line.append(name.ljust(widths[i] + _GAP), f"bold {colours()[role_of(i)]}")
    return line


def _row(
    table: ComparisonTable, number: int, block: list[int], cells: list[list[str]], widths: list[int]
) -> Text:
    row = table.rows[number]
    line = Text.assemble((_cut(row.label, _LABEL_WIDTH - 1).ljust(_LABEL_WIDTH), "dim"))
    for i in block:
        style = "bold" if i in row.best else ""
        line.append(cells[i][number].ljust(widths[i] + _GAP), style)
    return line


def _blocks(widths: list[int], room: int) -> list[list[int]]:
    """The positions of the runs, in blocks of columns that fit into `room`; one at least."""
    blocks: list[list[int]] = [[]]
    used = 0
    for index, width in enumerate(widths):
        if blocks[-1] and used + width > room:
            blocks.append([])
            used = 0
        blocks[-1].append(index)
        used += width + _GAP
    return blocks


def _without_prefix(names: Sequence[str], width: int) -> list[str]:
    """`names`, without the words that all begin with if any is wider than `width`."""
    # By characters on purpose: these are no paths.
    shared = commonprefix(list(names)).rpartition("-")[0]  # noqa: RUF071
    if len(names) < 2 or not shared or max(map(len, names)) <= width:
        return list(names)
    return ["…" + name[len(shared) + 1 :] for name in names]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"

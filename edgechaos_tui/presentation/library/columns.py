"""The library's columns: their cells, their sort keys, and the choice that fits a width."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final

from edgechaos_tui.presentation.describe import PHASE_GLYPH, STATUS_GLYPH, status_words
from edgechaos_tui.presentation.fences import within_fences
from edgechaos_tui.presentation.library.facts import CONFIG, LibraryEntry
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.text import (
    clean,
    date_and_time,
    natural_order,
    number,
    setting,
    signed,
)
from engine.storage.hyperparameters import PARAMETERS, Parameter, Value, affecting
from engine.storage.session.folder import REFERENCE_PREFIX
from engine.storage.session.recorded import RecordedHyperparameters
from engine.storage.session.status import Status

GAP: Final = 1
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_CURVE: Final = (6, 12)
_CONFIG_WIDTH: Final = (6, 14)

Cell = Callable[[LibraryRow, int], str]


@dataclass(frozen=True)
class Column:
    """A column of the library.

    name: for the dialogs; width: the least and the greatest useful one, in characters; cell: the
    text of a row in a given width; key: the sort key of a row, None where unknown; falling: whether
    the first sort by this column puts the greatest first.
    """

    name: str
    title: str
    width: tuple[int, int]
    cell: Cell
    key: Callable[[LibraryRow], Any]
    right: bool = True
    falling: bool = False
    coloured: bool = False


def _fact(get: Callable[[LibraryEntry], Any]) -> Callable[[LibraryRow], Any]:
    return lambda row: None if row.facts is None else get(row.facts)


def _entry_text(get: Callable[[LibraryEntry], str]) -> Cell:
    return lambda row, _: "" if row.facts is None else get(row.facts)


def _result_text(get: Callable[[LibraryEntry], str]) -> Cell:
    """A cell about results: empty until the log was read."""
    return lambda row, _: get(row.facts) if row.facts is not None and row.facts.read else ""


def _curve(get: Callable[[LibraryEntry], Sequence[float]], *included: float) -> Cell:
    return lambda row, width: blocks(get(row.facts), width, *included) if row.facts else ""


def _status(row: LibraryRow, width: int) -> str:
    if row.problem:
        return "! unreadable"
    if row.is_reference:
        words = f"{STATUS_GLYPH[Status.FINISHED]} reference"
        return words if len(words) <= width else "reference"
    return "…" if row.status is None else status_cell(row, row.status)


def status_cell(row: LibraryRow, status: Status) -> str:
    """`status` of `row` with its glyph, as a cell."""
    host = row.facts.host if row.facts else ""
    return f"{STATUS_GLYPH[status]} {status_words(status, host)}"


def _epoch(row: LibraryRow, width: int) -> str:
    if row.facts is None or not row.facts.read:
        return ""
    done, planned = row.facts.epochs_done, row.facts.hyperparameters.epochs
    words = f"{done}/{planned}" if planned else str(done)
    return _first_with_room([words, str(done) if done == planned else f"{done}/…"], width)


def _best(row: LibraryRow, width: int) -> str:
    if row.facts is None or not row.facts.read:
        return ""
    if row.facts.best_loss is None:
        return "–"
    loss, epoch = number(row.facts.best_loss), row.facts.best_loss_epoch
    return _first_with_room([f"{loss} @{epoch}", f"{loss}@{epoch}", loss], width)


def _first_with_room(words: Sequence[str], width: int) -> str:
    """The first of `words` with room in `width`, else the last: a number cut off is another one."""
    return next((text for text in words if len(text) <= width), words[-1])


def _phase(facts: LibraryEntry) -> str:
    return f"{PHASE_GLYPH[facts.phase]} {facts.phase}" if facts.phase in PHASE_GLYPH else "–"


def _distance(facts: LibraryEntry) -> str:
    """d, with the glyph of the phase for widths that have no room for its own column."""
    return f"{PHASE_GLYPH.get(facts.phase or '', '')} {signed(facts.edge_distance)}".strip()


def _tags_and_note(facts: LibraryEntry) -> str:
    tags = " ".join(f"#{tag}" for tag in facts.tags)
    return clean(f"{tags} {facts.note}".strip())


def _name(row: LibraryRow, width: int) -> str:
    if row.is_reference:
        # The names begin alike and differ at the end, and the column is narrow.
        short_name = row.name.removeprefix(REFERENCE_PREFIX)
        return "…" + short_name[max(0, len(short_name) - width + 1) :]
    return clean(row.name)


def _hyperparameter_column(parameter: Parameter) -> Column:
    """The column of a hyperparameter, as it is in force."""
    title, width = parameter.column

    def text(facts: LibraryEntry) -> str:
        return (
            _value_text(facts, parameter.name)
            if facts.hyperparameters.uses(parameter.name)
            else "–"
        )

    return Column(
        parameter.label,
        title,
        (width, width),
        _entry_text(text),
        _fact(lambda f: f.value_of(parameter.name)),
    )


def _value_text(facts: LibraryEntry, name: str) -> str:
    value = facts.value_of(name)
    return "–" if value is None else clean(setting(value))


def _config_column(name: str) -> Column:
    """The column of `config.KEY`, a key of the configs of recorded runs."""
    title = clean(name.removeprefix(CONFIG))
    return Column(
        name,
        title if len(title) <= _CONFIG_WIDTH[1] else "…" + title[1 - _CONFIG_WIDTH[1] :],
        (max(_CONFIG_WIDTH[0], min(len(title), _CONFIG_WIDTH[1])), _CONFIG_WIDTH[1]),
        _entry_text(lambda facts: _value_text(facts, name)),
        _fact(lambda f: value_order(f.value_of(name))),
    )


def value_order(value: Value | None) -> tuple[bool, Value] | None:
    """The sort key of values of one name, numbers before words; None without a value."""
    return None if value is None else (isinstance(value, str), value)


COLUMNS: Final = {
    column.name: column
    for column in (
        Column("name", "name", (14, 30), _name, lambda row: row.order,
               right=False),
        Column("status", "status", (10, 13), _status, lambda row: str(row.status or "") or None,
               right=False),
        Column("created", "created", (16, 16), lambda row, _: date_and_time(row.created),
               lambda row: row.created or None, falling=True),
        *(_hyperparameter_column(PARAMETERS[name]) for name in affecting("results", "seed")),
        Column("epoch", "epoch", (7, 9), _epoch, _fact(lambda f: f.epochs_done), falling=True),
        Column("loss curve", "loss", _CURVE, _curve(lambda f: f.loss_curve),
               _fact(lambda f: f.test_loss), right=False),
        Column("best test loss", "best test", (10, 11), _best,
               _fact(lambda f: f.best_loss)),
        Column("accuracy", "acc", (6, 6), _result_text(lambda f: number(f.test_accuracy)),
               _fact(lambda f: f.test_accuracy), falling=True),
        Column("J² curve", "J²", _CURVE, _curve(lambda f: f.j2_curve, 0.0), _fact(lambda f: f.j2),
               right=False, falling=True, coloured=True),
        Column("J²", "J² now", (6, 6), _result_text(lambda f: number(f.j2)), _fact(lambda f: f.j2),
               falling=True, coloured=True),
        Column("d", "d", (7, 8), _result_text(_distance), _fact(lambda f: f.edge_distance),
               falling=True, coloured=True),
        Column("phase", "phase", (9, 9), _result_text(_phase), _fact(lambda f: f.phase or None),
               right=False, coloured=True),
        Column("edge at epoch", "edge @", (6, 6),
               _result_text(lambda f: "–" if f.crossed is None else str(f.crossed)),
               _fact(lambda f: f.crossed)),
        Column("note", "note", (14, 200), _entry_text(_tags_and_note),
               _fact(lambda f: _tags_and_note(f) or None), right=False),
    )
}  # fmt: skip
"""All columns of every library by name, from left to right."""
_AFTER_CONFIG: Final = "epoch"
DEFAULT: Final = (
    "name", "status", "lr", "epoch", "best test loss", "d", "J² curve", "loss curve", "J²", "λ",
    "batch size", "accuracy", "momentum", "note", "phase",
)  # fmt: skip
"""The columns shown by default; the first have priority when not all have room."""
_OPTIONAL: Final = tuple(name for name in COLUMNS if name not in DEFAULT)
# A column that a person chose has priority over the default ones from this place on.
_OPTIONAL_AFTER: Final = 6
_BY_IMPORTANCE: Final = (*DEFAULT[:_OPTIONAL_AFTER], *_OPTIONAL, *DEFAULT[_OPTIONAL_AFTER:])
_GROWING: Final = (
    "status",
    "name",
    "d",
    "J² curve",
    "loss curve",
    "epoch",
    "best test loss",
    "note",
)
"""The columns that take the remaining room, in this order."""
SORTABLE: Final = tuple(name for name in COLUMNS if not name.endswith("curve"))


def column(name: str) -> Column:
    """The column called `name`: one of COLUMNS, or `config.KEY`."""
    return COLUMNS[name] if name in COLUMNS else _config_column(name)


def config_names(rows: Iterable[LibraryRow]) -> list[str]:
    """`config.KEY` for each config key of the recorded runs of `rows`, by name.

    Keys that are hyperparameters are left out: they have columns of their own.
    """
    keys: set[str] = set()
    for row in rows:
        if row.facts and isinstance(row.facts.hyperparameters, RecordedHyperparameters):
            keys |= row.facts.hyperparameters.config.keys()
    return [f"{CONFIG}{key}" for key in sorted(keys - PARAMETERS.keys(), key=natural_order)]


def fitting(width: int, names: Sequence[str] = DEFAULT) -> list[tuple[Column, int]]:
    """The columns of `names` that fit into `width` cells, each with its width."""
    columns = {name: column(name) for name in in_order(names)}
    of_config = [name for name in columns if name not in COLUMNS]
    by_importance = [
        *_BY_IMPORTANCE[:_OPTIONAL_AFTER],
        *of_config,
        *_BY_IMPORTANCE[_OPTIONAL_AFTER:],
    ]
    layout = lay_out([columns[name] for name in by_importance if name in columns], width)
    widths = {column.name: least for column, least in layout}
    room = width - sum(widths.values()) - GAP * max(len(widths) - 1, 0)
    for name in (name for name in (*_GROWING, *of_config) if name in widths):
        least, most = columns[name].width
        more = min(room, most - least)
        widths[name] += more
        room -= more
    return [(columns[name], widths[name]) for name in columns if name in widths]


def lay_out(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """The `columns`, most important first, that fit into `width` cells, each with its least width.

    A column that does not fit is left out; a later, narrower one may still fit.
    """
    room = width
    layout: list[tuple[Column, int]] = []
    for column in columns:
        least = column.width[0]
        needed = least + (GAP if layout else 0)
        if needed <= room:
            room -= needed
            layout.append((column, least))
    return layout


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """`names` in the order of their columns, keys of a config after hyperparameters."""
    of_config = [name for name in dict.fromkeys(names) if name.startswith(CONFIG)]
    names_in_order = list(COLUMNS)
    index = names_in_order.index(_AFTER_CONFIG)
    return tuple(
        n for n in [*names_in_order[:index], *of_config, *names_in_order[index:]] if n in names
    )


def ordered(rows: Sequence[LibraryRow], column: Column, falling: bool) -> list[LibraryRow]:
    """`rows` sorted by `column`: those without a value last, equal ones by their names.

    Pinned sessions come before all others, and reference sessions after them. Where the others are
    sorted by their time of creation, reference sessions are sorted by name.
    """
    keyed: list[tuple[Any, LibraryRow]] = []
    unknown: list[LibraryRow] = []
    for row in sorted(rows, key=attrgetter("order")):
        key = column.key(row)
        if key is None or key != key:
            unknown.append(row)
        else:
            keyed.append((key, row))
    keyed.sort(key=itemgetter(0), reverse=falling)
    places: tuple[list[LibraryRow], list[LibraryRow], list[LibraryRow]] = ([], [], [])
    for row in [*(row for _, row in keyed), *unknown]:
        places[2 if row.is_reference else 0 if row.facts and row.facts.pinned else 1].append(row)
    if column.name == "created":
        places[2].sort(key=attrgetter("order"))
    return [*places[0], *places[1], *places[2]]


def blocks(values: Sequence[float], width: int, *included: float) -> str:
    """`values` as a curve of at most `width` characters, over the range where most of them lie.

    The range contains the last value and `kept`, as in a chart; values beyond it are drawn at its
    border. Numbers that are not finite are gaps. "" without a finite value.
    """
    if not values or width < 1:
        return ""
    cells = min(width, len(values))
    sampled = [values[i * len(values) // cells] for i in range(cells - 1)] + [values[-1]]
    finite = [value for value in sampled if math.isfinite(value)]
    if not finite:
        return ""
    ends = (*within_fences(finite), min(finite), finite[-1], *included)
    return "".join(_block(value, min(ends), max(ends)) for value in sampled)


def _block(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return " "
    # Halved, so that not even the greatest numbers have a difference that is infinite.
    span = high / 2 - low / 2
    place = (value / 2 - low / 2) / span if span > 0 else 0.0
    # Kept within the cell first: where the span is next to nothing, the place may be infinite.
    return _BLOCKS[min(int(min(max(place, 0.0), 1.0) * len(_BLOCKS)), len(_BLOCKS) - 1)]


def known_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of `names` that this version has, with the session's name; the default for ()."""
    return in_order([*names, "name"]) if names else DEFAULT

"""The library's columns: what each shows, how it sorts, and which of them a width has room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final

from edgechaos_tui.core.facts import Facts
from edgechaos_tui.core.library import Row
from edgechaos_tui.core.small_curve import blocks
from edgechaos_tui.core.text import clean, number, setting, signed
from edgechaos_tui.core.wording import PHASE_GLYPH, STATUS_GLYPH, status_words
from engine.record import references
from engine.record.status import Status

GAP: Final = 1
_NAME_WIDTHS: Final = (15, 30)
_CURVE: Final = 12


@dataclass(frozen=True)
class Column:
    """name: for the picker; cell: what is shown; key: what is sorted by, None where unknown.

    falling: whether the greatest comes first when one sorts by it for the first time.
    """

    name: str
    title: str
    width: int
    cell: Callable[[Row], str]
    key: Callable[[Row], Any]
    right: bool = True
    falling: bool = False
    coloured: bool = False


def _fact(get: Callable[[Facts], Any], default: Any = "") -> Callable[[Row], Any]:
    return lambda row: default if row.facts is None else get(row.facts)


def _read(get: Callable[[Facts], str]) -> Callable[[Row], str]:
    """A cell about results: empty until the log was read."""
    return lambda row: get(row.facts) if row.facts is not None and row.facts.read else ""


def _status(row: Row) -> str:
    if row.problem:
        return "! unreadable"
    if row.is_reference:
        return f"{STATUS_GLYPH[Status.FINISHED]} reference"
    if row.status is None:
        return "…"
    host = row.facts.host if row.facts else ""
    return f"{STATUS_GLYPH[row.status]} {status_words(row.status, host)}"


def _best(facts: Facts) -> str:
    if facts.best_loss is None:
        return "–"
    return f"{number(facts.best_loss)} @{facts.best_loss_epoch}"


def _momentum(facts: Facts) -> str:
    chosen = facts.hyperparameters
    return "–" if chosen.optimizer == "adam" else setting(chosen.momentum)


def _phase(facts: Facts) -> str:
    return f"{PHASE_GLYPH[facts.phase]} {facts.phase}" if facts.phase in PHASE_GLYPH else "–"


def _distance(facts: Facts) -> str:
    """The phase is told by its mark too, for where its own column has no room."""
    return f"{PHASE_GLYPH.get(facts.phase or '', '')} {signed(facts.edge_distance)}".strip()


def _words(facts: Facts) -> str:
    tags = " ".join(f"#{tag}" for tag in facts.tags)
    return clean(f"{tags} {facts.note}".strip())


def _name(row: Row) -> str:
    if row.is_reference:
        # They all begin alike, and the column is narrow.
        return "…" + row.name.removeprefix(references.PREFIX)
    return clean(row.name)


COLUMNS: Final = {
    column.name: column
    for column in (
        Column("name", "name", _NAME_WIDTHS[0], _name, lambda row: row.name, right=False),
        Column(
            "status", "status", 13, _status, lambda row: str(row.status or "") or None, right=False
        ),
        Column(
            "lr", "lr", 6, _fact(lambda f: setting(f.hyperparameters.lr)),
            _fact(lambda f: f.hyperparameters.lr, None),
        ),
        Column(
            "momentum", "α", 5, _fact(_momentum), _fact(lambda f: f.hyperparameters.momentum, None)
        ),
        Column(
            "batch size", "B", 5, _fact(lambda f: setting(f.hyperparameters.batch_size)),
            _fact(lambda f: f.hyperparameters.batch_size, None),
        ),
        Column(
            "λ", "λ", 7, _fact(lambda f: setting(f.hyperparameters.l2)),
            _fact(lambda f: f.hyperparameters.l2, None),
        ),
        Column(
            "epoch", "epoch", 9, _read(lambda f: f"{f.epochs_done}/{f.hyperparameters.epochs}"),
            _fact(lambda f: f.epochs_done, None), falling=True,
        ),
        Column("best test loss", "best test", 11, _read(_best), _fact(lambda f: f.best_loss, None)),
        Column(
            "accuracy", "acc", 6, _read(lambda f: number(f.test_accuracy)),
            _fact(lambda f: f.test_accuracy, None), falling=True,
        ),
        Column(
            "J² curve", "", _CURVE, _read(lambda f: blocks(f.j2_curve, _CURVE)),
            _fact(lambda f: f.j2, None), right=False, falling=True, coloured=True,
        ),
        Column(
            "J²", "J²", 6, _read(lambda f: number(f.j2)), _fact(lambda f: f.j2, None),
            falling=True, coloured=True,
        ),
        Column(
            "d", "d", 8, _read(_distance),
            _fact(lambda f: f.edge_distance, None), falling=True, coloured=True,
        ),
        Column(
            "phase", "phase", 9, _read(_phase), _fact(lambda f: f.phase or None), right=False,
            coloured=True,
        ),
        Column(
            "loss curve", "test loss", _CURVE, _read(lambda f: blocks(f.loss_curve, _CURVE)),
            _fact(lambda f: f.test_loss, None), right=False,
        ),
        Column(
            "created", "created", 0, lambda row: "", lambda row: row.created or None, falling=True
        ),
        Column("note", "note", 14, _fact(_words), _fact(lambda f: _words(f) or None), right=False),
    )
}  # fmt: skip
"""In the order in which they stand; a width of 0 is sorted by and never shown."""
_MATTERS: Final = (
    "name", "status", "lr", "epoch", "best test loss", "J²", "d", "λ", "batch size", "accuracy",
    "momentum", "phase", "J² curve", "note", "loss curve",
)  # fmt: skip
"""Which come first where there is not room for all."""
SORTABLE: Final = tuple(name for name in COLUMNS if not name.endswith("curve"))


def fitting(width: int, wanted: Sequence[str] = _MATTERS) -> list[tuple[Column, int]]:
    """The columns of `wanted` that have room in `width` cells, with the width each gets.

    What is left goes to the names, then to the notes.
    """
    left = width
    chosen: set[str] = set()
    for name in (name for name in _MATTERS if name in wanted):
        needed = COLUMNS[name].width + (GAP if chosen else 0)
        if needed <= left:
            left -= needed
            chosen.add(name)
    widths = {name: COLUMNS[name].width for name in chosen}
    if "name" in widths:
        more = min(left, _NAME_WIDTHS[1] - _NAME_WIDTHS[0])
        widths["name"] += more
        left -= more
    if "note" in widths:
        widths["note"] += left
    return [(column, widths[name]) for name, column in COLUMNS.items() if name in chosen]


def ordered(rows: Sequence[Row], column: Column, falling: bool) -> list[Row]:
    """`rows` sorted: those without a value last, equal ones by their names.

    Before all others stand pinned ones, and after all others the reference sessions: by name
    where the rest goes by when it was made, which is of no interest in them.
    """
    known: list[tuple[Any, Row]] = []
    unknown: list[Row] = []
    for row in sorted(rows, key=attrgetter("name")):
        key = column.key(row)
        if key is None or key != key:
            unknown.append(row)
        else:
            known.append((key, row))
    known.sort(key=itemgetter(0), reverse=falling)
    places: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for row in [*(row for _, row in known), *unknown]:
        places[2 if row.is_reference else 0 if row.facts and row.facts.pinned else 1].append(row)
    if column.name == "created":
        places[2].sort(key=attrgetter("name"))
    return [*places[0], *places[1], *places[2]]

"""The library's view of its sessions: filtered, sorted, and grouped on request.

The filter changes with each key, and there may be ten thousand rows. So their order is stored, and
so are the rows that passed each term of the filter: a key tests only the term that is being typed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edgechaos_tui.presentation.describe import label_of
from edgechaos_tui.presentation.library.columns import column, ordered, value_order
from edgechaos_tui.presentation.library.library import LibraryRow
from edgechaos_tui.presentation.library.query import Query
from edgechaos_tui.presentation.text import clean, number, setting
from engine.storage.hyperparameters import affecting

# Parameters that say where and how a run is computed make no groups.
GROUPABLE: Final = affecting("results", "seed", "length")
"""The hyperparameters by which sessions can be grouped."""


@dataclass(frozen=True)
class Heading:
    """The heading above a group of sessions, with the value that they share."""

    words: str


Line = LibraryRow | Heading


@dataclass(frozen=True)
class Sorted:
    """Rows, and the same rows sorted by the column `by`.

    passed: the rows left after each term of the filter, with that term; active, shipped: the number
    of rows with an engine at work, and of those that come with the product.
    """

    rows: Sequence[LibraryRow]
    by: str
    falling: bool
    ordered: list[LibraryRow]
    passed: list[tuple[str, list[LibraryRow]]]
    active: int
    shipped: int


class LibraryView:
    """The filtered, sorted and grouped rows. lines: what to show; count: the sessions in them.

    active, shipped: as in `Sorted`.
    """

    def __init__(self) -> None:
        self.rows: Sequence[LibraryRow] = ()
        self.lines: list[Line] = []
        self.count = self.active = self.shipped = 0
        self.query = Query()
        self.sort = "created"
        self.falling = True
        self.group = ""
        self._ordered: list[LibraryRow] = []
        self._passed: list[tuple[str, list[LibraryRow]]] = []

    def sorted(self, rows: Sequence[LibraryRow]) -> Sorted:
        """`rows` sorted for `take`. Nothing is changed, so that any thread can do this work."""
        by, falling, query = self.sort, self.falling, self.query
        in_order = ordered(rows, column(by), falling)
        passed: list[tuple[str, list[LibraryRow]]] = []
        _narrow(in_order, query, passed)
        active, shipped = sum(row.active for row in rows), sum(row.is_reference for row in rows)
        return Sorted(rows, by, falling, in_order, passed, active, shipped)

    def take(self, result: Sorted) -> None:
        """Show the rows of `result`."""
        self.rows, self.active, self.shipped = result.rows, result.active, result.shipped
        if (result.by, result.falling) == (self.sort, self.falling):
            self._ordered = result.ordered
            self._passed = result.passed
            self._pick()
        else:
            self._order()

    def filter(self, query: Query) -> None:
        """Show only the rows that match `query`."""
        self.query = query
        self._pick()

    def sort_by(self, name: str) -> None:
        """Sort by the column `name`; if it is sorted by that already, reverse the order."""
        self.falling = not self.falling if name == self.sort else column(name).falling
        self.sort = name
        self._order()

    def group_by(self, name: str) -> None:
        """Group sessions by `name`: one of GROUPABLE, or `config.KEY`; "" for no groups."""
        self.group = name
        self._pick()

    def hidden(self, names: Iterable[str]) -> int:
        """The number of the sessions `names` that the filter hides."""
        visible = {line.name for line in self.lines if isinstance(line, LibraryRow)}
        return sum(name not in visible for name in names)

    def _order(self) -> None:
        self._ordered = ordered(self.rows, column(self.sort), self.falling)
        self._passed = []
        self._pick()

    def _pick(self) -> None:
        rows = _narrow(self._ordered, self.query, self._passed)
        self.count = len(rows)
        self.lines = _grouped(rows, self.group) if self.group else list(rows)


def _narrow(
    rows: list[LibraryRow], query: Query, passed: list[tuple[str, list[LibraryRow]]]
) -> list[LibraryRow]:
    """The rows that match `query`.

    passed: each term of the previous query with the rows left after it; updated in place. Only the
    terms from the first changed one on are tested.
    """
    unchanged = [old == new for (old, _), new in zip(passed, query.terms, strict=False)]
    del passed[unchanged.index(False) if False in unchanged else len(unchanged) :]
    for term, test in list(zip(query.terms, query.tests, strict=True))[len(passed) :]:
        remaining = passed[-1][1] if passed else rows
        passed.append((term, [row for row in remaining if test(row)]))
    return passed[-1][1] if passed else rows


def _grouped(rows: Sequence[LibraryRow], name: str) -> list[Line]:
    """`rows` in groups of one value each, by rising value, in their order within a group."""
    groups: dict[Any, list[LibraryRow]] = {}
    unread: list[LibraryRow] = []
    for row in rows:
        if row.facts is None:
            unread.append(row)
        else:
            groups.setdefault(row.facts.value_of(name), []).append(row)
    lines: list[Line] = []
    for value in sorted(groups, key=lambda value: (value is None, value_order(value) or ())):
        words = "not given" if value is None else clean(setting(value)) or "default"
        title = f"{label_of(name)} {words}"
        lines += [Heading(_heading(title, groups[value])), *groups[value]]
    if unread:
        lines += [Heading(_heading(f"{label_of(name)} not read", unread)), *unread]
    return lines


def _heading(title: str, rows: Sequence[LibraryRow]) -> str:
    """`lr 0.02 · 14 sessions · best test loss 0.332`."""
    count = f"{len(rows):,} session{'' if len(rows) == 1 else 's'}"
    losses = [
        row.facts.best_loss
        for row in rows
        if row.facts is not None and row.facts.best_loss is not None
    ]
    best = f" · best test loss {number(min(losses))}" if losses else ""
    return f"{title} · {count}{best}"

"""Append-only columns of numbers, and their reduction to the width of a chart.

A run may have a million epochs and a chart a hundred columns. `Series` holds the million; `reduce`
leaves at most four points a column, among them the lowest and the highest, so that a spike of a
single epoch is still seen.
"""

import array
import bisect
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FIRST_CAPACITY = 64
_LOOKED_BACK = 65536
_UNMEASURED = np.float64(math.nan)


class Series:
    """One column of measurements, one value an epoch (or any other step), append-only.

    `None` means "not measured" and is kept as nan. A measured nan or infinity is kept as it is,
    stands outside `bounds`, and is counted by `not_finite`.
    """

    def __init__(self, values: Sequence[float | None] | Floats = ()) -> None:
        self._buffer: Floats = np.empty(_FIRST_CAPACITY, dtype=np.float64)
        self._length = 0
        self._low = math.inf
        self._high = -math.inf
        self._not_finite_at: list[int] = []
        if len(values):
            self.extend(values)

    def __len__(self) -> int:
        return self._length

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The smallest and the largest finite value; None while there is no finite value."""
        return (self._low, self._high) if self._low <= self._high else None

    @property
    def not_finite(self) -> int:
        """The number of measured values that are nan or infinite."""
        return len(self._not_finite_at)

    @property
    def last(self) -> float:
        """The newest value; nan when there is none or when it was not measured."""
        return float(self._buffer[self._length - 1]) if self._length else math.nan

    def measured(self, row: int) -> float | None:
        """The value at `row` ≥ 0; None where it was not measured."""
        value = float(self._buffer[row])
        if value == value:
            return value
        place = bisect.bisect_left(self._not_finite_at, row)
        at_row = place < len(self._not_finite_at) and self._not_finite_at[place] == row
        return value if at_row else None

    @property
    def measured_rows(self) -> NDArray[np.bool_]:
        """Whether each value was measured, finite or not. Shape (len(self),)."""
        rows = np.isfinite(self.view())
        rows[self._not_finite_at] = True
        return rows

    def last_measured(self, row: int) -> float | None:
        """The last value that was measured at or before `row`; None when there is none."""
        while row >= 0:
            start = max(row + 1 - _LOOKED_BACK, 0)
            finite = np.flatnonzero(np.isfinite(self._buffer[start : row + 1]))
            measured = start + int(finite[-1]) if len(finite) else -1
            index = bisect.bisect_right(self._not_finite_at, row)
            measured = max(measured, self._not_finite_at[index - 1] if index else -1)
            if measured >= start:
                return float(self._buffer[measured])
            row = start - 1
        return None

    def append(self, value: float | None) -> None:
        """Add one value; amortised O(1)."""
        length = self._length
        if length == len(self._buffer):
            self._reserve(length + 1)
        if value is None:
            value = math.nan
        elif math.isfinite(value):
            if value < self._low:
                self._low = float(value)
            if value > self._high:
                self._high = float(value)
        else:
            self._not_finite_at.append(length)
        self._buffer[length] = value
        self._length = length + 1

    def extend(self, values: Sequence[float | None] | Floats) -> None:
        """Add many values at once; for a million, some hundred times faster than `append`.

        In an array every nan counts as measured: only a sequence can contain None.
        """
        array = np.asarray(values, dtype=np.float64)
        if not len(array):
            return
        start, end = self._length, self._length + len(array)
        self._reserve(end)
        self._buffer[start:end] = array
        self._length = end
        finite = self._widen(array)
        if not finite:
            not_finite: list[int] = np.flatnonzero(~np.isfinite(array)).tolist()
            self._not_finite_at.extend(start + i for i in not_finite if values[i] is not None)

    def extend_unmeasured(self, count: int) -> None:
        """Add `count` values that were not measured; a column of nothing else takes no memory."""
        end = self._length + count
        if self.bounds is None and not self._not_finite_at:
            # Full to its last place, so that a value measured later gets a new buffer.
            self._buffer = np.broadcast_to(_UNMEASURED, end)
            self._length = end
            return
        self._reserve(end)
        self._buffer[self._length : end] = math.nan
        self._length = end

    def view(self) -> Floats:
        """All values, shape (len(self),): a read-only view of the buffer, not a copy.

        It stays valid and unchanged when the series grows, but not after `truncate`.
        """
        window = self._buffer[: self._length]
        window.flags.writeable = False
        return window

    def prefix(self, length: int) -> "Series":
        """The first `length` values as a series of its own; nothing is copied.

        Its buffer is full to the last place, so that it is copied before anything is added to it.
        """
        short = Series()
        short._length = max(min(length, self._length), 0)
        short._buffer = self._buffer[: short._length]
        count = bisect.bisect_left(self._not_finite_at, short._length)
        short._not_finite_at = self._not_finite_at[:count]
        short._widen(short._buffer)
        return short

    def truncate(self, length: int) -> None:
        """Keep the first `length` values: the epochs after a rewind are dropped."""
        if length >= self._length:
            return
        self._length = max(length, 0)
        while self._not_finite_at and self._not_finite_at[-1] >= self._length:
            self._not_finite_at.pop()
        # Values after a rewind may differ: earlier views must not change under their holder.
        self._buffer = self._buffer.copy()
        self._low, self._high = math.inf, -math.inf
        self._widen(self.view())

    def _widen(self, new: Floats) -> bool:
        """Extend the bounds to `new`; returns whether all of it is finite."""
        finite = new[np.isfinite(new)]
        if len(finite):
            self._low = min(self._low, float(finite.min()))
            self._high = max(self._high, float(finite.max()))
        return len(finite) == len(new)

    def _reserve(self, length: int) -> None:
        if length > len(self._buffer):
            grown = np.empty(max(length, 2 * len(self._buffer)), dtype=np.float64)
            grown[: self._length] = self._buffer[: self._length]
            self._buffer = grown


class ConstantPieces:
    """A column whose values rarely change: only the rows where another one begins are kept."""

    def __init__(self) -> None:
        self._rows = array.array("q")
        self._values: list[int | float] = []

    def extend(self, row: int, values: Sequence[int | float]) -> None:
        """Add `values` from `row` on, which is above all rows that were given before."""
        if values and values.count(values[0]) == len(values):
            values = values[:1]
        last = self._values[-1] if self._values else None
        for place, value in enumerate(values, row):
            if value != last:
                self._rows.append(place)
                self._values.append(value)
                last = value

    def at(self, row: int) -> int | float:
        """The value at `row` ≥ 0. Raises IndexError where none was given up to there."""
        place = bisect.bisect_right(self._rows, row)
        if not place:
            raise IndexError(row)
        return self._values[place - 1]

    def prefix(self, length: int) -> "ConstantPieces":
        """The first `length` rows as a column of its own."""
        short, place = ConstantPieces(), bisect.bisect_left(self._rows, length)
        short._rows, short._values = self._rows[:place], self._values[:place]
        return short

    def truncate(self, length: int) -> None:
        """Keep the first `length` rows."""
        place = bisect.bisect_left(self._rows, length)
        del self._rows[place:], self._values[place:]


def reduce(
    x: Floats, y: Floats, columns: int, limits: tuple[float, float] | None = None
) -> tuple[Floats, Floats]:
    """At most four points for each of `columns` equal steps of the x axis.

    x, y: shape (n,), x finite and not decreasing. limits: where the axis starts and ends (default:
    the data's own); points outside fall into the first and the last column. With fixed limits a
    column's points change only when data arrive in that column, so a drawing that grows at its
    right end stays the same everywhere else.

    A column keeps its first, lowest, highest and last finite value (lowest and highest at the
    column's middle point), which draws the same picture as all of its points. Values that are not
    finite are left out; a column with no finite value becomes one nan: a gap.
    """
    n = len(x)
    columns = max(columns, 1)
    if n <= 4 * columns:
        return x, np.where(np.isfinite(y), y, np.nan)
    low, high = (float(x[0]), float(x[-1])) if limits is None else limits
    edges = np.linspace(low, high, columns + 1)[1:-1]
    borders = np.concatenate(([0], np.searchsorted(x, edges, side="left"), [n]))
    filled = borders[1:] > borders[:-1]
    starts, ends = borders[:-1][filled], borders[1:][filled]
    finite = np.isfinite(y)
    if not finite.all():
        keep = finite.copy()
        empty = ~np.logical_or.reduceat(finite, starts)
        keep[starts[empty]] = True
        kept_before = np.concatenate(([0], np.cumsum(keep)))
        x, y = x[keep], np.where(finite, y, np.nan)[keep]
        starts, ends = kept_before[starts], kept_before[ends]
    middle = (starts + ends - 1) // 2
    reduced_x = np.stack((x[starts], x[middle], x[middle], x[ends - 1]), axis=1)
    reduced_y = np.stack(
        (y[starts], np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts), y[ends - 1]),
        axis=1,
    )
    return reduced_x.ravel(), reduced_y.ravel()

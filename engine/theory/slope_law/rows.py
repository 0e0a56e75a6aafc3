"""The rows of a run for the slope law, one per epoch, and fits over any window of them."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.theory.slope_law.estimate import early_error
from engine.theory.slope_law.sums import START, Basis, LeastSquaresFit, Sums, advance, fit_line


@dataclass(frozen=True, slots=True)
class Fit:
    """The law fitted over the epochs first..last, by the J² of `points` of them.

    C: J² at epoch 0.  c: per unit of τ.  slope: A = c·η/((1−α)B) with the hyperparameters at the
    end of the window, J² per epoch (nan where they give no rate).  error: relative standard error
    of c and of slope, the model's included (see `law`; inf where c ≤ 0).  bend: ln of the
    rate over the later half of the window against that over the earlier (nan where either is not
    positive, None where a half has too few points).  residual: rms of J² about the fit.
    progress: cτ/(J²_edge − J²(0)), the fraction of the way to the edge in the window.
    """

    first: int
    last: int
    points: int
    C: float
    c: float
    slope: float
    error: float
    bend: float | None
    residual: float
    progress: float


@dataclass(frozen=True, slots=True)
class LawRow:
    """One epoch with the sums up to and including it.

    rate: η/((1−α)B), None without one.  kappa: 4λS.  sums: over the ordered phase so far.
    """

    epoch: int
    j2: float
    rate: float | None
    kappa: float
    tau: float
    basis: Basis
    sums: Sums
    crossed_at: int | None


class _Accumulated(NamedTuple):
    """τ and the basis up to and including `epoch`."""

    epoch: int
    tau: float
    basis: Basis


_BEFORE = LawRow(0, math.nan, None, 0.0, 0.0, START, Sums(), None)


class Rows:
    """The rows of one run, in order of epoch."""

    def __init__(self, j2_edge: float) -> None:
        self.j2_edge = j2_edge
        self._rows: list[LawRow] = []
        self._epochs: list[int] = []
        self._passed: _Accumulated | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, epoch: int, j2: float, rate: float | None, kappa: float, weight: int = 1) -> None:
        """Append an epoch above the last. Missing epochs count as trained with these values.

        weight: the number of epochs that it represents in a fit.
        """
        before = self._rows[-1] if self._rows else _BEFORE
        _, tau, basis = self._place(epoch, rate, kappa)
        self._passed = None
        crossed_at = before.crossed_at
        if crossed_at is None and j2 >= self.j2_edge:
            crossed_at = epoch
        usable = crossed_at is None and math.isfinite(j2) and math.isfinite(basis.g)
        sums = before.sums.plus(basis, j2, weight) if usable else before.sums
        self._rows.append(LawRow(epoch, j2, rate, kappa, tau, basis, sums, crossed_at))
        self._epochs.append(epoch)

    def pass_over(self, epoch: int, rate: float | None, kappa: float) -> None:
        """Add the time up to `epoch`, trained with these values, without a row."""
        self._passed = self._place(epoch, rate, kappa)

    def _place(self, epoch: int, rate: float | None, kappa: float) -> "_Accumulated":
        """τ and the basis after `epoch`, trained with these values since the last known epoch."""
        row = self._rows[-1] if self._rows else _BEFORE
        before = self._passed or _Accumulated(row.epoch, row.tau, row.basis)
        stretch = epoch - before.epoch
        time = 0.0 if stretch == 0 else math.nan if rate is None else rate * stretch
        return _Accumulated(epoch, before.tau + time, advance(before.basis, time, kappa))

    def drop_after(self, epoch: int) -> int:
        """Forget every row above `epoch`. Returns the number of remaining rows."""
        if self._passed and self._passed.epoch > epoch:
            self._passed = None
        count = self.index(epoch) + 1
        del self._rows[count:], self._epochs[count:]
        return count

    def as_of(self, epoch: int) -> "Rows":
        """The rows up to `epoch`; they are shared, since a row never changes."""
        rows, count = Rows(self.j2_edge), self.index(epoch) + 1
        rows._rows, rows._epochs = self._rows[:count], self._epochs[:count]
        return rows

    def index(self, epoch: float) -> int:
        """The row of the last epoch up to `epoch`; −1 if there is none."""
        return bisect.bisect_right(self._epochs, epoch) - 1

    def row(self, index: int) -> LawRow:
        return self._rows[index]

    def last_known(self, at: int = -1) -> LawRow | None:
        """The last row with a finite J², up to the row `at`."""
        if not self._rows:
            return None
        rows = (self._rows[index] for index in range(at % len(self._rows), -1, -1))
        return next((row for row in rows if math.isfinite(row.j2)), None)

    def fit(self, first: int, last: int | None, at: int = -1) -> Fit | None:
        """The law over the epochs first..last of the ordered phase; None for fewer than three.

        at: the index of the last row that counts as known.
        """
        if not self._rows:
            return None
        at %= len(self._rows)
        crossed_at = self._rows[at].crossed_at
        end = min(self.index(math.inf if last is None else last), at) + 1
        if crossed_at is not None:
            end = min(end, self.index(crossed_at - 1) + 1)
        begin = bisect.bisect_left(self._epochs, first)
        line = self._line(begin, end)
        if line is None:
            return None
        middle = (begin + end) // 2
        earlier, later = self._line(begin, middle + 1), self._line(middle, end)
        sums = self._sums(begin, end)
        rate = self._rows[end - 1].rate
        progress = line.c * self._rows[end - 1].tau / max(self.j2_edge - line.C, 1e-300)
        return Fit(
            first=self._epochs[begin],
            last=self._epochs[end - 1],
            points=sums.rows,
            C=line.C,
            c=line.c,
            slope=math.nan if rate is None else line.c * rate,
            error=_error(line, later, progress),
            bend=None if later is None or earlier is None else _log_ratio(later, earlier),
            residual=line.residual,
            progress=progress,
        )

    def values(self, fit: Fit, epochs: Sequence[float]) -> NDArray[np.float64]:
        """J² by `fit` at each of `epochs`; beyond the last row with its hyperparameters."""
        at = [self._basis_at(epoch) for epoch in epochs]
        return np.array([basis.f * fit.C + basis.g * fit.c for basis in at])

    def ordered_j2(self) -> list[float]:
        """The finite J² of the epochs before the edge, in order."""
        return [row.j2 for row in self._rows if row.crossed_at is None and math.isfinite(row.j2)]

    def first_at(self, j2: float) -> LawRow | None:
        """The first row whose J² is at least `j2`."""
        return next((row for row in self._rows if row.j2 >= j2), None)

    def rate_between(self, earlier: LawRow, later: LawRow) -> float:
        """The c that takes J² from one row to the other exactly; nan without a rate between."""
        stretch = later.basis.since(earlier.basis)
        return (later.j2 - earlier.j2 * stretch.f) / stretch.g if stretch.g > 0 else math.nan

    def _basis_at(self, epoch: float) -> Basis:
        index = self.index(epoch)
        row = self._rows[index] if index >= 0 else _BEFORE
        next_row = self._rows[min(index + 1, len(self._rows) - 1)]
        rate = math.nan if next_row.rate is None else next_row.rate
        ahead = epoch - row.epoch
        return advance(row.basis, rate * ahead, next_row.kappa) if ahead > 0 else row.basis

    def _sums(self, begin: int, end: int) -> Sums:
        if end <= begin:
            return Sums()
        total = self._rows[end - 1].sums
        return total.minus(self._rows[begin - 1].sums) if begin else total

    def _line(self, begin: int, end: int) -> LeastSquaresFit | None:
        return fit_line(self._sums(begin, end))


def _error(line: LeastSquaresFit, later: LeastSquaresFit | None, progress: float) -> float:
    if line.c <= 0.0:
        return math.inf
    spread = 0.0 if later is None else _log_ratio(later, line)
    if math.isnan(spread):
        spread = 1.0
    return math.hypot(line.c_error / line.c, spread, early_error(progress))


def _log_ratio(numerator: LeastSquaresFit, denominator: LeastSquaresFit) -> float:
    return (
        math.log(numerator.c / denominator.c)
        if numerator.c > 0.0 and denominator.c > 0.0
        else math.nan
    )

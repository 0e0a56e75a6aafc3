"""The slope law of the ordered phase, fitted to a run under way, and the forecast it gives.

The law (arXiv 2107.09437, Eqs. 4, 5 and 8): per epoch, dJ²/de = A − κ′J² with A = c·η/((1−α)B) and
κ′ = 4λSη/((1−α)B). λ and S, the number of training samples, are known; A and C = J²(0) are fitted.
It is fitted over τ = Σ η/((1−α)B), where it reads dJ²/dτ = c − 4λS·J² and a change of η, α, B or λ
in mid-run needs no special treatment.

**The window** is every epoch from 0 to the last before J² reaches the edge.

**c** joins two estimates of ln c, each with a standard error, weighted by 1/error²:
- the fit. Its error is, in quadrature, the regression's own; the spread between windows (the whole
  against its later half); and 0.02/p, where p = cτ/(J²_edge − J²(0)) is the fraction of the way
  covered. J² starts about three times too fast: on real data a fit at p = 0.02 gave 2.3 times
  the later slope, one at p = 0.007 4.9 times.
- a prior where there is one: the paper's c for its own network and data, with an error of 6 %.
The law's own error, 10 %, comes on top: J² is not a straight line, and its rate over the rest of
the ordered phase differs by about that from its rate so far.

**The forecast** goes from the last J² to J²_edge at that c with the hyperparameters now in force.
Intervals are ±1.645 errors of ln c (about 90 %). It is provisional before epoch 8 and while
p < 0.15. From then on the law must hold: the rates over the two halves of the window within a
factor of 1.65 of one another, the residuals below a tenth of the range of J².

**Leaving the law.** The J² of each epoch e (from 16 on) is compared with its forecast at epoch
e//2. After three consecutive epochs outside that interval the run has left the law, since the first
of them, and no number is forecast any more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.theory.slope_law.collapse import Collapse, collapse
from engine.theory.slope_law.estimate import FASHION_MNIST_TANH, Z_90, Prior, time_to_reach
from engine.theory.slope_law.forecast import PROVISIONAL_EPOCHS, Forecast, forecast_at_row
from engine.theory.slope_law.rescaled_time import rescaled_times, time_per_epoch
from engine.theory.slope_law.rows import Fit, Rows

__all__ = [
    "FASHION_MNIST_TANH",
    "Collapse",
    "Fit",
    "Forecast",
    "LawFit",
    "Prior",
    "collapse",
    "rescaled_times",
    "time_per_epoch",
    "time_to_reach",
]

_STREAK = 3
_RECENT = 5


@dataclass(frozen=True, slots=True)
class _ForecastVerdict:
    """The number of consecutive epochs outside their forecast up to an epoch, and the first one."""

    outside: int = 0
    left_since: int | None = None


class LawFit:
    """The slope law of one run. Epochs are added one at a time, each at the same small cost.

    samples: S.  j2_edge: J² at the edge (1 for tanh, 2 for ReLU at J₀ = 0).  prior: the prior of c,
    or None.  optimizer: "sgd"; for any other there is no law.
    """

    def __init__(
        self,
        samples: int,
        *,
        j2_edge: float = 1.0,
        prior: Prior | None = None,
        optimizer: str = "sgd",
    ) -> None:
        self.samples = samples
        self.j2_edge = j2_edge
        self.prior = prior
        self.optimizer = optimizer
        self._rows = Rows(j2_edge)
        self._verdicts: list[_ForecastVerdict] = []
        # By row; None until it is first needed.
        self._forecasts: list[Forecast | None] = []

    def add(
        self,
        epoch: int,
        j2: float,
        *,
        lr: float,
        momentum: float,
        batch_size: float,
        l2: float,
        weight: int = 1,
    ) -> None:
        """Add an epoch: its J² (nan: not known) and the hyperparameters in force during it.

        Epoch 0 is the state before training. A batch larger than S counts as S. An epoch not above
        the last replaces it and all that follow it, as after a rewind. Missing epochs count as
        trained with the next one's values.
        weight: the number of epochs that it represents in the fit, where others are passed over.
        """
        self.drop_after(epoch - 1)
        rate = time_per_epoch(lr, momentum, batch_size, self.samples, self.optimizer)
        self._rows.add(epoch, j2, rate, 4.0 * l2 * self.samples, weight)
        self._verdicts.append(self._judge())
        self._forecasts.append(None)

    def pass_over(
        self, epoch: int, *, lr: float, momentum: float, batch_size: float, l2: float
    ) -> None:
        """Add the time up to `epoch`, trained with these values, without using its J²."""
        rate = time_per_epoch(lr, momentum, batch_size, self.samples, self.optimizer)
        self._rows.pass_over(epoch, rate, 4.0 * l2 * self.samples)

    def drop_after(self, epoch: int) -> None:
        """Forget every epoch above `epoch`, with its forecast."""
        count = self._rows.drop_after(epoch)
        del self._verdicts[count:], self._forecasts[count:]

    def as_of(self, epoch: int) -> "LawFit":
        """The law of this run as it was after `epoch`; nothing is computed again."""
        law = LawFit(self.samples, j2_edge=self.j2_edge, prior=self.prior, optimizer=self.optimizer)
        law._rows = self._rows.as_of(epoch)
        count = len(law._rows)
        law._verdicts, law._forecasts = self._verdicts[:count], self._forecasts[:count]
        return law

    def forecast(self) -> Forecast:
        """The forecast at the last epoch."""
        index = len(self._forecasts) - 1
        return self._forecast(index) if index >= 0 else Forecast(0, "none", "no epoch yet")

    def forecast_at(self, epoch: int) -> Forecast | None:
        """The forecast as it was at `epoch` (or the last before it); None before the first."""
        index = self._rows.index(epoch)
        return self._forecast(index) if index >= 0 else None

    def fit(self, first: int = 0, last: int | None = None) -> Fit | None:
        """The law over the epochs first..last, as far as they lie in the ordered phase.

        None for fewer than three epochs with a J², or for Adam.
        """
        return self._rows.fit(first, last) if self.optimizer == "sgd" else None

    def line(self, fit: Fit, epochs: Sequence[float]) -> NDArray[np.float64]:
        """J² by `fit` at each of `epochs`, for the chart: also ahead of the run. Shape (n,)."""
        return self._rows.values(fit, epochs)

    def recent_c(self) -> float | None:
        """c from the J² of the last few epochs alone (a tenth of the run, at least five).

        A difference from the fitted c shows a change of pace. None where it cannot be computed.
        """
        last_row = self._rows.last_known()
        if last_row is None:
            return None
        index = self._rows.index(last_row.epoch - max(_RECENT, last_row.epoch // 10))
        if index < 0:
            return None
        c = self._rows.rate_between(self._rows.row(index), last_row)
        return c if math.isfinite(c) else None

    def c_over(self, low: float, high: float) -> float | None:
        """c from the epochs at which J² first reached `low` and `high`, comparable between runs.

        None where J² did not reach them, or for Adam.
        """
        begin, end = self._rows.first_at(low), self._rows.first_at(high)
        if begin is None or end is None or self.optimizer != "sgd":
            return None
        c = self._rows.rate_between(begin, end)
        return c if math.isfinite(c) else None

    @property
    def ordered_range(self) -> tuple[float, float]:
        """The J² of the first epoch, and the largest before the edge; nan before any."""
        values = self._rows.ordered_j2()
        return (values[0], max(values)) if values else (math.nan, math.nan)

    @property
    def j2(self) -> float:
        """The last finite J²; nan if there is none."""
        last_row = self._rows.last_known()
        return math.nan if last_row is None else last_row.j2

    @property
    def rate(self) -> float | None:
        """η/((1−α)B) at the last epoch; None for Adam."""
        return self._rows.row(-1).rate if len(self._rows) else None

    @property
    def l2(self) -> float:
        """λ at the last epoch; 0 before the first."""
        return self._rows.row(-1).kappa / (4.0 * self.samples) if len(self._rows) else 0.0

    @property
    def tau(self) -> float | None:
        """Rescaled time at the last epoch; None for Adam."""
        if self.optimizer != "sgd":
            return None
        return self._rows.row(-1).tau if len(self._rows) else 0.0

    def _forecast(self, index: int) -> Forecast:
        """The forecast as it was at the row `index`, computed at the first use."""
        forecast = self._forecasts[index]
        if forecast is None:
            forecast = self._forecasts[index] = self._make_forecast(index)
        return forecast

    def _make_forecast(self, index: int) -> Forecast:
        row, left_since = self._rows.row(index), self._verdicts[index].left_since
        if self.optimizer != "sgd":
            return Forecast(row.epoch, "none", f"no law for {self.optimizer.capitalize()}")
        if row.crossed_at is None and left_since is None:
            return forecast_at_row(self._rows, index, self.prior)
        return Forecast(
            row.epoch,
            "left" if row.crossed_at is None else "crossed",
            crossed_at=row.crossed_at,
            left_since=left_since,
            fit=self._rows.fit(0, None, index),
        )

    def _judge(self) -> _ForecastVerdict:
        """Compare the newest J² with the forecast made half-way to it."""
        row = self._rows.row(-1)
        previous = self._verdicts[-1] if self._verdicts else _ForecastVerdict()
        if (
            row.crossed_at is not None
            or previous.left_since is not None
            or not math.isfinite(row.j2)
        ):
            return previous
        if row.epoch < 2 * PROVISIONAL_EPOCHS or not self._outside():
            return _ForecastVerdict()
        outside = previous.outside + 1
        return _ForecastVerdict(outside, row.epoch - _STREAK + 1 if outside >= _STREAK else None)

    def _outside(self) -> bool:
        row = self._rows.row(-1)
        index = self._rows.index(row.epoch // 2)
        if index < 0:
            return False
        midway, forecast = self._rows.row(index), self._forecast(index)
        if forecast.c is None or forecast.c_error is None:
            return False
        c = self._rows.rate_between(midway, row)
        return c <= 0.0 or abs(math.log(c / forecast.c)) > Z_90 * forecast.c_error

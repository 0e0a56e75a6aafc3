"""The points of an imported run: each scalar by its name, over the steps or epochs of one axis."""

import bisect
import heapq
import math
from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

MAX_PLACE: Final = 2**31
"""The largest step or epoch that a session can hold."""
_ALL: Final = -math.inf


class Row(NamedTuple):
    """The values that a run logged at one place. wall: seconds since 1970, nan if unknown;
    elapsed: seconds of training; epoch: None if only steps are known."""

    place: float
    wall: float
    elapsed: float
    epoch: float | None
    metrics: dict[str, float | None]


class _Series:
    """One scalar; its places strictly rise."""

    def __init__(self) -> None:
        self.places = array("d")
        self.values = array("d")
        self.walls = array("d")

    @property
    def last(self) -> float:
        return self.places[-1] if self.places else _ALL

    def drop_from(self, place: float) -> None:
        first = bisect.bisect_left(self.places, place)
        del self.places[first:], self.values[first:], self.walls[first:]


class _TrainingTime:
    """Seconds of training at a wall time. The time between two files of a run does not count."""

    def __init__(self) -> None:
        self._begins: list[float] = []
        self._shifts: list[float] = []
        self._latest = -math.inf
        self._new_part = True

    def begin_part(self) -> None:
        self._new_part = True

    def take(self, wall: float) -> None:
        if self._new_part and wall == wall:
            self._new_part = False
            if not self._begins:
                self._begins, self._shifts = [wall], [wall]
            elif wall > self._latest:
                self._begins.append(wall)
                self._shifts.append(self._shifts[-1] + wall - self._latest)
        if wall > self._latest:
            self._latest = wall

    def at(self, wall: float) -> float:
        if wall != wall or not self._begins:
            return 0.0
        part = max(bisect.bisect_right(self._begins, wall) - 1, 0)
        return max(wall - self._shifts[part], 0.0)


class Points:
    """The values read of a run, which `rows` yields in the order of their places.

    A scalar that goes back was trained again from an older checkpoint: the values that it
    supersedes are dropped. changed_from: the first place that differs since `settle`, else inf;
    went_back: whether it differs because the run went back; left_out: values outside the range of
    places.
    """

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}
        self._epochs = _Series()
        self._time = _TrainingTime()
        self._front = _ALL
        self.changed_from = math.inf
        self.went_back = False
        self.left_out = 0

    @property
    def names(self) -> list[str]:
        """The scalars that have points, in the order of their first."""
        return [name for name, series in self._series.items() if series.places]

    @property
    def last(self) -> float:
        """The last place; -inf before the first."""
        return max((series.last for series in self._series.values()), default=_ALL)

    @property
    def last_epoch(self) -> float:
        """The last epoch that was given beside a place; -inf before the first."""
        return self._epochs.values[-1] if self._epochs.places else _ALL

    def begin_part(self) -> None:
        """Begin another file of the run: the time since the last one was not spent training."""
        self._time.begin_part()

    def add(self, name: str, place: float, value: float, wall: float) -> None:
        """Add one value; the last one of a place counts. Places beyond MAX_PLACE are left out."""
        if not 0 <= place <= MAX_PLACE:
            self.left_out += 1
            return
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = _Series()
        if series.places and place <= series.places[-1]:
            self._go_back(series, place)
        series.places.append(place)
        series.values.append(value)
        series.walls.append(wall)
        self._time.take(wall)
        if place > self._front:
            self._front = place
        if place < self.changed_from:
            self.changed_from = place

    def add_epoch(self, place: float, epoch: float) -> None:
        """Add the epoch, perhaps a fraction, of the run at `place`."""
        if not (0 <= place <= MAX_PLACE and 0 <= epoch <= MAX_PLACE):
            return
        if place <= self._epochs.last:
            self._epochs.drop_from(place)
        self._epochs.places.append(place)
        self._epochs.values.append(epoch)
        self._epochs.walls.append(math.nan)

    def drop_from(self, place: float) -> None:
        """Drop all values from `place` on, because the run continues from before it."""
        for series in (*self._series.values(), self._epochs):
            series.drop_from(place)
        if place <= self._front:
            self.changed_from = min(self.changed_from, place)
            self.went_back = True
            self._front = max(self.last, self._epochs.last)

    def settle(self) -> None:
        """Mark all changes so far as known."""
        self.changed_from = math.inf
        self.went_back = False

    def rows(self, since: float = 0.0) -> Iterator[Row]:
        """Yield the rows from `since` on; places rise and `elapsed` never falls."""
        waiting = []
        for order, (name, series) in enumerate(self._series.items()):
            start = bisect.bisect_left(series.places, since)
            if start < len(series.places):
                waiting.append((series.places[start], order, start, name, series))
        heapq.heapify(waiting)
        elapsed, wall, clock = 0.0, math.nan, self._clock(since)
        while waiting:
            place = waiting[0][0]
            metrics: dict[str, float | None] = {}
            while waiting and waiting[0][0] == place:
                _, order, at, name, series = waiting[0]
                metrics[name] = series.values[at]
                at += 1
                if at < len(series.places):
                    heapq.heapreplace(waiting, (series.places[at], order, at, name, series))
                else:
                    heapq.heappop(waiting)
            passed = next(clock)
            if passed < math.inf:
                wall = passed
                elapsed = max(elapsed, self._time.at(passed))
            yield Row(place, wall, elapsed, self._epoch_at(place), metrics)

    def _clock(self, since: float) -> Iterator[float]:
        """Yield the wall time at which the run passed each place from `since` on, inf if unknown.

        It is never later than that of a following place, even if a value was logged late."""
        parts = [
            (series.places[start:], series.walls[start:])
            for series in self._series.values()
            for start in (bisect.bisect_left(series.places, since),)
        ]
        if not any(len(part) for part, _ in parts):
            return iter(())
        places = np.concatenate([np.array(part, dtype=np.float64) for part, _ in parts])
        walls = np.concatenate([np.array(part, dtype=np.float64) for _, part in parts])
        order = np.argsort(places, kind="stable")
        places, walls = places[order], walls[order]
        firsts = np.flatnonzero(np.diff(places, prepend=-1.0))
        earliest = np.minimum.reduceat(np.where(np.isnan(walls), np.inf, walls), firsts)
        return map(float, np.minimum.accumulate(earliest[::-1])[::-1])

    def _epoch_at(self, place: float) -> float | None:
        at = bisect.bisect_left(self._epochs.places, place)
        has_epoch = at < len(self._epochs.places) and self._epochs.places[at] == place
        return self._epochs.values[at] if has_epoch else None

    def _go_back(self, series: _Series, place: float) -> None:
        """Drop what `series` supersedes by going back to `place`.

        Other series are dropped too, unless this one counts something else, such as epochs where
        they count steps."""
        if place < series.last and 2 * series.last >= self._front:
            self.drop_from(place)
            return
        series.drop_from(place)

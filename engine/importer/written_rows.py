"""The rows that the log of an imported run already has, with keys that tell whether one changed."""

from array import array

from engine.importer.points import Row


class WrittenRows:
    """The rows of the log as its readers see them, with rising places.

    places: steps or epochs; elapsed: seconds of training at each.
    """

    def __init__(self) -> None:
        self.places = array("d")
        self.elapsed = array("d")
        self._keys = array("q")

    def __len__(self) -> int:
        return len(self.places)

    def put(self, place: float, elapsed: float, key: int) -> None:
        """Append a row, or replace the last one at the same place."""
        if self.places and self.places[-1] == place:
            self.cut(len(self.places) - 1)
        self.places.append(place)
        self.elapsed.append(elapsed)
        self._keys.append(key)

    def cut(self, at: int) -> None:
        """Drop the rows from index `at` on."""
        del self.places[at:], self.elapsed[at:], self._keys[at:]

    def has(self, at: int, place: float, key: int) -> bool:
        """Whether the row at index `at` has this place and key."""
        return at < len(self.places) and self.places[at] == place and self._keys[at] == key


def row_key(row: Row) -> int:
    """A hash of the values of `row`: equal rows at one place have equal keys in this process."""
    metrics = row.metrics
    if any(value != value for value in metrics.values()):
        return hash((row.epoch, repr(sorted(metrics.items()))))
    return hash((row.epoch, frozenset(metrics.items())))

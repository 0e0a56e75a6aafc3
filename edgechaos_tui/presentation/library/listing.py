"""The listing behind the library's screen: sessions read step by step, and the view of them."""

import gc
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from edgechaos_tui.presentation.library.cache import cache_path
from edgechaos_tui.presentation.library.library import Library
from edgechaos_tui.presentation.library.view import LibraryView, Sorted
from engine.storage.session.session import reference_sessions

_READ_SECONDS: Final = (0.03, 1.5)
"""Seconds of reading between updates of the view: the first interval, and the longest."""
_MANY: Final = 500


class Listing:
    """The sessions under `root` and those that ship with the product; view: what is shown.

    halted: tells whether nobody looks at the list now. `look` runs in a thread of its own.
    """

    def __init__(self, root: Path, halted: Callable[[], bool]) -> None:
        self.view = LibraryView()
        self._library = Library(root, cache_path(root), reference_sessions(), halted)
        self._frozen = 0

    @property
    def progress(self) -> tuple[int, int]:
        """The number of sessions read, and of all."""
        return self._library.progress

    def look(self, visible: Collection[str], halted: Callable[[], bool]) -> Iterator[Sorted | None]:
        """Read the sessions, those named in `visible` first, until all are read or `halted`.

        Yields, at each update, the sorted rows for `view.take`; None when no row has changed.
        Raises SessionError when the folder cannot be listed.
        """
        rows: object = self.view.rows
        self._library.refresh(visible)
        seconds, longest = _READ_SECONDS
        while self._library.read_more(visible, seconds) and not halted():
            yield self._sorted_unless(rows)
            rows, seconds = self._library.rows, min(seconds * 2, longest)
            self._freeze()
        self._freeze()
        self._library.save()
        if not halted():
            yield self._sorted_unless(rows)

    def _sorted_unless(self, rows: object) -> Sorted | None:
        """The library's rows sorted, unless they are still `rows`.

        They are sorted in this thread: sorting ten thousand would block the screen.
        """
        return None if self._library.rows is rows else self.view.sorted(self._library.rows)

    def _freeze(self) -> None:
        """Exclude the entries from garbage collection.

        A scan of thousands of entries would block the screen for a tenth of a second each time.
        """
        done, total = self._library.progress
        if done + total >= self._frozen + _MANY:
            gc.freeze()
            self._frozen = done + total

"""All that the library lists: the sessions of a folder, read bit by bit, and the view of them."""

import gc
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from edgechaos_tui.presentation.library.cache import cache_path
from edgechaos_tui.presentation.library.library import Library
from edgechaos_tui.presentation.library.view import LibraryView, Sorted
from engine.storage.session.session import reference_sessions

_READ_SECONDS: Final = (0.03, 1.5)
"""Seconds of reading before its results are shown: at first, and once there is something to see."""
_MANY: Final = 500


class Listing:
    """The sessions under `root` and those that ship with the product; `view` is what is shown.

    halted: whether nobody looks at the list now. `look` runs in a thread; the rest in another one.
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
        """Look at the disk, the sessions called `visible` first, until all is read or `halted`.

        Each time that there may be something to see: the rows for `view.take`, None where they are
        as they were. Raises SessionError where the folder cannot be listed.
        """
        rows: object = self.view.rows
        self._library.refresh(visible)
        seconds, longest = _READ_SECONDS
        while self._library.read_more(visible, seconds) and not halted():
            yield self._news(rows)
            rows, seconds = self._library.rows, min(seconds * 2, longest)
            self._freeze()
        self._freeze()
        self._library.save()
        if not halted():
            yield self._news(rows)

    def _news(self, rows: object) -> Sorted | None:
        """Sort in this thread: sorting ten thousand rows would block the screen."""
        return None if self._library.rows is rows else self.view.sorted(self._library.rows)

    def _freeze(self) -> None:
        """Exclude the entries from garbage collection: scanning those of thousands of sessions
        would block the screen for a tenth of a second each time."""
        done, total = self._library.progress
        if done + total >= self._frozen + _MANY:
            gc.freeze()
            self._frozen = done + total

"""The two forms of live output: events as JSON lines, or text lines above a progress bar."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

from edgechaos_tui.presentation.json_text import json_text


def stderr_bar(*columns: ProgressColumn) -> Progress:
    """A progress bar on stderr that disappears at its end; disabled when stderr is no terminal.

    FORCE_COLOR does not make a terminal of a file.
    """
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())


class EventLines:
    """Events as they stand in the log, one JSON object a line."""

    def __enter__(self) -> "EventLines":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to do: every line has been flushed."""

    def event(self, event: object) -> None:
        """Print an event."""
        print(json_text(event), flush=True)


class BarLines:
    """Lines of text and, on a terminal, a progress bar below them."""

    def __init__(self, name: str, *columns: ProgressColumn, **fields: Any) -> None:
        self._console = Console(highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            *columns,
            console=self._console,
            transient=True,
            disable=not sys.stdout.isatty(),
        )
        self._task = self._bar.add_task(name, total=None, **fields)
        self.line(name)

    def __enter__(self) -> "BarLines":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def line(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False, soft_wrap=True)

    def progress(self, description: str, done: float, total: float | None, **fields: Any) -> None:
        """Update the bar. total: None when it is unknown."""
        self._bar.update(self._task, description=description, completed=done, total=total, **fields)

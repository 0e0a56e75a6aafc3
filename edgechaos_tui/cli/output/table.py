"""Aligned tables without a frame, as wide as the terminal."""

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgechaos_tui.presentation.text import clean

_FILE_WIDTH: Final = 200


def print_table(
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Collection[str],
    cut: Collection[str],
) -> None:
    """Print the rows under their titles.

    left: the titles of left-aligned columns; cut: those of columns that a narrow terminal cuts.
    """
    console = Console(highlight=False)
    # Not console.is_terminal: FORCE_COLOR does not make a terminal of a file.
    if not sys.stdout.isatty():
        console.width = _FILE_WIDTH
    table = Table(box=None, pad_edge=False, header_style="bold")
    cells = [[clean(cell) for cell in row] for row in rows]
    for index, title in enumerate(titles):
        widest = max([len(title), *[len(row[index]) for row in cells if len(row) > index]])
        table.add_column(
            title,
            justify="left" if title in left else "right",
            no_wrap=True,
            min_width=None if title in cut else widest,
        )
    for row in cells:
        # Text, not str: square brackets in a message are no markup.
        table.add_row(*[Text(cell) for cell in row])
    console.print(table)

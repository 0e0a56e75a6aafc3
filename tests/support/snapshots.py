"""Pictures of screens as text: what stands in each cell, and in which style, to be kept in files.

`make snapshots` writes them anew: whoever does so looks at the difference before it is committed.
"""

import os
import re
from itertools import groupby
from pathlib import Path

from rich.style import Style
from textual.pilot import Pilot

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_OF_THIS_MACHINE = re.compile(r"/\S*pytest\S*")


def picture(pilot: Pilot[None]) -> str:
    """The screen: its rows, then for each row its styles as runs `letter×count`, then what each
    letter means."""
    strips = pilot.app.screen._compositor.render_strips()
    rows = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    letters: dict[str, str] = {}
    styles = []
    for strip in strips:
        cells = [
            letters.setdefault(_words(segment.style), _LETTERS[len(letters) % len(_LETTERS)])
            for segment in strip
            for _ in segment.text
        ]
        styles.append(" ".join(f"{letter}{len(list(run))}" for letter, run in groupby(cells)))
    legend = [f"{letter}  {words}" for words, letter in letters.items()]
    text = "\n".join([*rows, "styles", *styles, "legend", *legend])
    return _OF_THIS_MACHINE.sub("PATH", text)


def check(path: Path, text: str) -> None:
    """`text` is what the file at `path` holds; with EDGECHAOS_RENEW it is written there."""
    if os.environ.get("EDGECHAOS_RENEW"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    stored = path.read_text(encoding="utf-8").rstrip("\n")
    assert text == stored, f"{path.name} looks different: see it with `make snapshots` and git diff"


def _words(style: Style | None) -> str:
    """`bold #e0e0e0 on #121212`."""
    if style is None:
        return "plain"
    marks = [name for name in ("bold", "dim", "reverse", "underline") if getattr(style, name)]
    colours = [style.color.name if style.color else "–"]
    if style.bgcolor is not None:
        colours.append(f"on {style.bgcolor.name}")
    return " ".join([*marks, *colours])

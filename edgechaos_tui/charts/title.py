"""The title of a chart, which is also its legend, and the sentence of an empty chart."""

from collections.abc import Sequence

from edgechaos_tui.charts.canvas import Canvas, paint
from edgechaos_tui.charts.models import Part
from edgechaos_tui.charts.palette import Role

_SAMPLES = {"solid": "─ ", "dashed": "╌ ", "dotted": "· "}
_ASCII_SAMPLES = {"solid": "* ", "dashed": "o ", "dotted": ". "}


def pieces(
    parts: Sequence[Part], width: int, *, units: str = "", ascii_only: bool = False
) -> list[tuple[str, Role, bool]]:
    """The title in at most `width` cells, as (text, role, bold) pieces.

    The units come after the name. When the title is too long, first the gaps shrink, then the units
    are left out, then parts from the end, which "…" replaces; last, the name is cut.
    """
    samples = _ASCII_SAMPLES if ascii_only else _SAMPLES
    bare = [((samples[p.stroke] if p.stroke else "") + p.text, p.role, False) for p in parts]
    if not bare:
        return []
    bare[0] = (bare[0][0], bare[0][1], True)
    full = [bare[0], (units, "dim", False), *bare[1:]] if units else bare
    for candidate in (_joined(full, "  "), _joined(full, " "), _joined(bare, " ")):
        if _length(candidate) <= width:
            return candidate
    for count in range(len(bare) - 1, 0, -1):
        candidate = [*_joined(bare[:count], " "), (" …", "dim", False)]
        if _length(candidate) <= width:
            return candidate
    text, role, _ = bare[0]
    return [(text if len(text) <= width else text[: max(width - 1, 0)] + "…"[:width], role, True)]


def draw_title(
    canvas: Canvas, parts: Sequence[Part], units: str = "", *, optional: str = ""
) -> int:
    """Write the title into the first row; returns its width.

    optional: text after the title, left out unless all of it fits.
    """
    column = 0
    title_pieces = pieces(parts, canvas.width, units=units, ascii_only=canvas.ascii_only)
    if optional and _length(title_pieces) + 2 + len(optional) <= canvas.width:
        title_pieces += [("  ", "text", False), (optional, "dim", False)]
    for text, role, bold in title_pieces:
        canvas.text(column, 0, text, paint(role, bold=bold))
        column += len(text)
    return column


def draw_sentence(canvas: Canvas, sentence: str) -> None:
    """Write `sentence` into the middle of the canvas, in as many rows as it needs."""
    width = max(canvas.width - 2, 1)
    rows: list[str] = [""]
    for word in sentence.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    first_row = max((canvas.height - len(rows)) // 2, 1 if canvas.height > 1 else 0)
    for i, text in enumerate(rows):
        canvas.text((canvas.width - len(text)) // 2, first_row + i, text, paint("dim"))


def _joined(parts: Sequence[tuple[str, Role, bool]], gap: str) -> list[tuple[str, Role, bool]]:
    joined: list[tuple[str, Role, bool]] = [parts[0]]
    for part in parts[1:]:
        joined += [(gap, "text", False), part]
    return joined


def _length(parts: Sequence[tuple[str, Role, bool]]) -> int:
    return sum(len(text) for text, _, _ in parts)

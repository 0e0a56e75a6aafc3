"""A chart's title: a sentence of numbers that is also the legend, cut sensibly where it must be."""

from collections.abc import Sequence

from edgechaos_tui.widgets.canvas import Canvas, paint
from edgechaos_tui.widgets.models import Part
from edgechaos_tui.widgets.palette import Role

SAMPLES = {"solid": "─ ", "dashed": "╌ ", "dotted": "· "}
_ASCII_SAMPLES = {"solid": "* ", "dashed": "o ", "dotted": ". "}
_GAP = "  "


def pieces(
    parts: Sequence[Part], width: int, *, ascii_only: bool = False
) -> list[tuple[str, Role, bool]]:
    """The title in at most `width` cells, as (text, role, bold) pieces.

    Whole parts are left out from the end; the first one stays, cut if it must be. "…" says that
    something is missing.
    """
    samples = _ASCII_SAMPLES if ascii_only else SAMPLES
    texts = [(samples[p.stroke] if p.stroke else "") + p.text for p in parts]
    kept = len(texts)
    while kept > 1 and _length(texts[:kept], cut=kept < len(texts)) > width:
        kept -= 1
    out: list[tuple[str, Role, bool]] = []
    for i in range(min(kept, len(texts))):
        out += [(_GAP, "text", False)] if i else []
        out.append((texts[i], parts[i].role, i == 0))
    if kept < len(texts):
        out.append((" …", "dim", False))
    if kept == 1 and _length(texts[:1], cut=len(texts) > 1) > width:
        return [(_cut(texts[0], width), parts[0].role, True)]
    return out


def draw_title(canvas: Canvas, parts: Sequence[Part], width: int) -> int:
    """Write the title into the first row; returns the columns it took."""
    column = 0
    for text, role, bold in pieces(parts, width, ascii_only=canvas.ascii_only):
        canvas.text(column, 0, text, paint(role, bold=bold))
        column += len(text)
    return column


def _length(texts: Sequence[str], *, cut: bool) -> int:
    return sum(map(len, texts)) + len(_GAP) * (len(texts) - 1) + 2 * cut


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"[:width]

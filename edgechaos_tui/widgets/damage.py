"""Send only the cells that changed, not all of the widget they lie in.

Textual's partial update knows the exact spans, yet writes each from the left edge of the widget it
lies in ("TODO: crop to x extents" in its source). Charts grow at their right end, so most of what
goes over the line would be cells that are there already. Widgets of text repaint all their rows,
most of them as they were. `ExactDamage` is a mixin for screens that crops both ends, and leaves
out what was sent for the same cells before. It stands on three private names of Textual
(`Screen._compositor`, `Compositor`, `ChopsUpdate`); a test fails when a new version moves them,
and without the mixin all works, with more bytes.
"""

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.screen import Screen
from textual.strip import Strip

_MOVE = "\x1b[{};{}H"


_Sent = dict[int, dict[tuple[int, int], Strip]]
"""By row, what was sent last for the cells from a column up to another."""


class ExactUpdate(ChopsUpdate):
    """A partial update that begins each span where the span begins.

    sent: what stands on the terminal, by the spans it was sent in; kept up to date.
    """

    def __init__(self, update: ChopsUpdate, sent: _Sent) -> None:
        super().__init__(update.chops, update.spans, update.chop_ends)
        self._sent = sent

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal: for each span a move, then its cells."""
        out: list[str] = []
        for row, start, stop in self.spans:
            cursor = -1
            for end, (x, strip) in zip(self.chop_ends[row], self.chops[row].items(), strict=False):
                first, last = max(start, x), min(stop, end)
                if strip is None or first >= last:
                    continue
                cells = strip.crop(first - x, last - x)
                if self._stands(row, first, last, cells):
                    continue
                if cursor != first:
                    out.append(_MOVE.format(row + 1, first + 1))
                out.append(cells.render(console))
                cursor = last
        return "".join(out)

    def _stands(self, row: int, first: int, last: int, cells: Strip) -> bool:
        """Whether these very cells are on the terminal; from now on they are."""
        sent = self._sent.setdefault(row, {})
        if sent.get((first, last)) == cells:
            return True
        for start, stop in [key for key in sent if key[0] < last and key[1] > first]:
            del sent[start, stop]
        sent[first, last] = cells
        return False


class ExactCompositor(Compositor):
    """A compositor whose partial updates are exact."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: _Sent = {}

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """As Textual's. What was sent before counts no more."""
        self.sent.clear()
        return super().render_full_update(simplify)

    def render_partial_update(self) -> ChopsUpdate | None:
        """As Textual's, with the spans cropped at both ends."""
        update = super().render_partial_update()
        return None if update is None else ExactUpdate(update, self.sent)


class ExactDamage(Screen[None]):
    """A screen of few bytes: `class RunScreen(ExactDamage): ...`"""

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor: ExactCompositor = ExactCompositor()

    def on_screen_resume(self) -> None:
        """Another screen wrote over this one."""
        self._compositor.sent.clear()

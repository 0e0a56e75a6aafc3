"""Send only the cells that changed, not all from the widget's left edge up to them.

Textual's partial update knows the exact spans, yet writes each from the left edge of the widget it
lies in ("TODO: crop to x extents" in its source). Charts grow at their right end, so most of what
goes over the line would be cells that are there already. `ExactDamage` is a mixin for screens that
crops both ends. It stands on three private names of Textual (`Screen._compositor`, `Compositor`,
`ChopsUpdate`); a test fails when a new version moves them, and without the mixin all works, with
more bytes.
"""

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.screen import Screen

_MOVE = "\x1b[{};{}H"


class ExactUpdate(ChopsUpdate):
    """A partial update that begins each span where the span begins."""

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal: for each span a move, then its cells."""
        out: list[str] = []
        for row, start, stop in self.spans:
            cursor = -1
            for end, (x, strip) in zip(self.chop_ends[row], self.chops[row].items(), strict=False):
                first, last = max(start, x), min(stop, end)
                if strip is None or first >= last:
                    continue
                if cursor != first:
                    out.append(_MOVE.format(row + 1, first + 1))
                out.append(strip.crop(first - x, last - x).render(console))
                cursor = last
        return "".join(out)


class ExactCompositor(Compositor):
    """A compositor whose partial updates are exact."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """As Textual's, with the spans cropped at both ends."""
        update = super().render_partial_update()
        if update is None:
            return None
        return ExactUpdate(update.chops, update.spans, update.chop_ends)


class ExactDamage(Screen[None]):
    """A screen of few bytes: `class RunScreen(ExactDamage): ...`"""

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor = ExactCompositor()

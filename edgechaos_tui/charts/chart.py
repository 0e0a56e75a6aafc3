"""The base of all charts: draw, compare with the last drawing, repaint only what differs.

Textual repaints the whole of a widget that is refreshed and does not compare it with what is on
the screen. `Chart` keeps its last drawing and refreshes only the spans that differ: nothing when
nothing changed. How often something new is shown is the screen's business (`screens.paced`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from rich.style import Style

    from edgechaos_tui.charts.canvas import Canvas
    from edgechaos_tui.charts.styles import Inks


class Chart(Widget):
    """A widget with a drawing. Subclasses say what it shows in `draw`.

    An app with a true attribute `plain` gets ASCII characters. numpy and all that draws are
    imported at the first drawing, so that importing a screen of charts stays cheap.
    """

    DEFAULT_CSS = "Chart { width: 1fr; height: 1fr; }"

    drawings = 0
    """How many drawings were made: for tests and for measuring."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._canvas: Canvas | None = None
        self._strips: dict[int, Strip] = {}
        self._inks: Inks | None = None

    def draw(self, canvas: Canvas) -> None:
        """Draw the present model. `canvas` is blank and as large as the widget."""
        raise NotImplementedError

    def changed(self) -> None:
        """Something to show has changed: draw it."""
        if not self.is_attached or not self.size.area:
            return
        new, old = self._drawing(), self._canvas
        if old is None or not self._is_current():
            self._accept(new)
            self.refresh()
            return
        spans = new.differences(old)
        self._canvas = new
        for span in spans:
            self._strips.pop(span.row, None)
        if spans:
            self.refresh(*(Region(s.start, s.row, s.end - s.start, 1) for s in spans))

    @property
    def few_colours(self) -> bool:
        """Whether a field of colours cannot be shown: 16 colours, none (NO_COLOR), or plain."""
        app = self.app
        fewest = app.console.color_system in (None, "standard", "windows")
        return fewest or app.no_color or bool(getattr(app, "plain", False))

    def render_line(self, y: int) -> Strip:
        """One row of the drawing; it is made first where there is none of this size."""
        if not self._is_current():
            self._accept(self._drawing())
        assert self._canvas is not None
        if y >= self._canvas.height:
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._strip(self._canvas, y)
        return strip

    def notify_style_update(self) -> None:
        """Colours may be others now: every row is made again."""
        super().notify_style_update()
        self._inks = None
        self._strips = {}

    def _drawing(self) -> Canvas:
        from edgechaos_tui.charts.canvas import Canvas

        width, height = self.size
        canvas = Canvas(width, height, ascii_only=bool(getattr(self.app, "plain", False)))
        if canvas.width and canvas.height:
            self.draw(canvas)
        self.drawings += 1
        return canvas

    def _accept(self, canvas: Canvas) -> None:
        self._canvas, self._strips = canvas, {}

    def _is_current(self) -> bool:
        canvas = self._canvas
        return canvas is not None and (canvas.width, canvas.height) == tuple(self.size)

    def _strip(self, canvas: Canvas, row: int) -> Strip:
        segments = [Segment(text, self._style(paint)) for text, paint in canvas.runs(row)]
        return Strip(segments, canvas.width)

    def _style(self, paint: int) -> Style:
        from edgechaos_tui.charts.styles import Inks

        if self._inks is None:
            self._inks = Inks(self.rich_style, dark=self.app.current_theme.dark)
        return self._inks.style(paint)

"""The base of all charts, which repaints only the cells that differ from the last drawing.

Textual repaints the whole of a refreshed widget, without comparing it with the screen. `Chart`
stores its last drawing and refreshes only the spans that differ. How often it draws is decided by
the screen.
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
    from edgechaos_tui.charts.styles import PaintStyles


class Chart(Widget):
    """A widget with a drawing, which subclasses make in `draw`.

    In an app whose attribute `plain` is true it uses ASCII characters. numpy and the drawing
    modules are imported at the first drawing, so that importing a screen of charts stays cheap.
    """

    DEFAULT_CSS = "Chart { width: 1fr; height: 1fr; }"

    drawings = 0
    """The number of drawings made, for tests and benchmarks."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._canvas: Canvas | None = None
        self._strips: dict[int, Strip] = {}
        self._paint_styles: PaintStyles | None = None

    def draw(self, canvas: Canvas) -> None:
        """Draw the present model on `canvas`, which is blank and as large as the widget."""
        raise NotImplementedError

    def changed(self) -> None:
        """Draw again, since the model has changed."""
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
        """Whether colour ramps cannot be shown: 16 colours, NO_COLOR, or ASCII only."""
        app = self.app
        fewest = app.console.color_system in (None, "standard", "windows")
        return fewest or app.no_color or bool(getattr(app, "plain", False))

    def render_line(self, y: int) -> Strip:
        """One row of the drawing, which is made first if there is none of this size."""
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
        """Make every row again, since colours may have changed."""
        super().notify_style_update()
        self._paint_styles = None
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
        from edgechaos_tui.charts.styles import PaintStyles

        if self._paint_styles is None:
            self._paint_styles = PaintStyles(self.rich_style, dark=self.app.current_theme.dark)
        return self._paint_styles.style(paint)

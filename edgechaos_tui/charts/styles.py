"""The Rich styles of a canvas's paints, in the colours of a dark or a light theme."""

from rich.color import Color
from rich.style import Style

from edgechaos_tui.charts.canvas import FIRST_LEVEL, FIRST_SHADE, PaintParts
from edgechaos_tui.charts.palette import ROLES, SHADES, colours, heat, ramp


class PaintStyles:
    """The styles of one widget. base: its own colour and background."""

    def __init__(self, base: Style, *, dark: bool = True) -> None:
        self._base = base
        named = colours(dark)
        self._roles = [Color.parse(named[role]) for role in ROLES]
        self._levels = [Color.parse(colour) for colour in ramp(dark) + heat(dark)]
        self._shades = [Color.parse(colour) for colour in SHADES]
        self._styles: dict[int, Style] = {}

    def style(self, paint: int) -> Style:
        """The style of a paint; cached."""
        style = self._styles.get(paint)
        if style is None:
            style = self._styles[paint] = self._make(PaintParts.of(paint))
        return style

    def _make(self, ink: PaintParts) -> Style:
        return self._base + Style(
            color=self._colour(ink.foreground),
            bgcolor=self._colour(ink.background),
            bold=ink.bold or None,
        )

    def _colour(self, index: int) -> Color | None:
        if index == 0:
            return None
        if index >= FIRST_SHADE:
            return self._shades[index - FIRST_SHADE]
        if index >= FIRST_LEVEL:
            return self._levels[index - FIRST_LEVEL]
        return self._roles[index]

"""From a paint on a canvas to a Rich style: roles and the field's ramp in a theme's colours."""

from rich.color import Color
from rich.style import Style

from edgechaos_tui.charts.canvas import FIRST_LEVEL, FIRST_SHADE, Ink
from edgechaos_tui.charts.palette import ROLES, SHADES, colours, heat, ramp


class Inks:
    """The styles of one widget: `base` is its own colour and background."""

    def __init__(self, base: Style, *, dark: bool = True) -> None:
        self._base = base
        named = colours(dark)
        self._roles = [Color.parse(named[role]) for role in ROLES]
        self._levels = [Color.parse(colour) for colour in ramp(dark) + heat(dark)]
        self._shades = [Color.parse(colour) for colour in SHADES]
        self._styles: dict[int, Style] = {}

    def style(self, paint: int) -> Style:
        """The style of a paint; made once."""
        style = self._styles.get(paint)
        if style is None:
            style = self._styles[paint] = self._make(Ink.of(paint))
        return style

    def _make(self, ink: Ink) -> Style:
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

"""The colours of charts by their roles; no other module defines a colour of a chart.

`order`, `edge` and `chaos` are used for nothing else. Every value is chosen so that Rich's
reduction to 16 colours keeps the roles apart (a test checks it), and these three also differ in
lightness, for colour-blind eyes. Without colours, strokes, markers and labels say the same.

The eight colours of runs maximise the distance of the nearest pair, away from the hues of these
three. Smallest CIEDE2000 of any pair, for normal, protan and deutan eyes (Machado 2009): 23.3,
16.8, 15.6 on dark; 18.1, 12.5, 13.5 on light (a test computes it).
"""

from typing import Literal

Role = Literal[
    "text",
    "dim",
    "faint",
    "order",
    "edge",
    "chaos",
    "train",
    "test",
    "mark",
    "run1",
    "run2",
    "run3",
    "run4",
    "run5",
    "run6",
    "run7",
    "run8",
]

# On a dark background. `text` follows the theme; its value here is for code that needs one.
DARK: dict[Role, str] = {
    "text": "#e0e0e0",
    "dim": "#8a8f98",
    "faint": "#50555c",
    "order": "#5b9cff",
    "edge": "#f0b429",
    "chaos": "#e05fc8",
    "train": "#3dd6c0",
    "test": "#f2f2f2",
    "mark": "#b8bec8",
    "run1": "#fafafa",
    "run2": "#00d2fa",
    "run3": "#e66e00",
    "run4": "#aafa00",
    "run5": "#826eaa",
    "run6": "#96d2aa",
    "run7": "#be5a5a",
    "run8": "#969696",
}

# On a light background.
LIGHT: dict[Role, str] = {
    "text": "#1e1e1e",
    "dim": "#6b7078",
    "faint": "#c4c8ce",
    "order": "#1f5fd6",
    "edge": "#a86f00",
    "chaos": "#b0189a",
    "train": "#00806f",
    "test": "#101010",
    "mark": "#50555c",
    "run1": "#000000",
    "run2": "#00826e",
    "run3": "#e61e6e",
    "run4": "#3c8200",
    "run5": "#5a1e00",
    "run6": "#3c8296",
    "run7": "#5a5a3c",
    "run8": "#003c3c",
}

ROLES: tuple[Role, ...] = tuple(DARK)


def colours(dark: bool = True) -> dict[Role, str]:
    """The colour of each role, as `#rrggbb`, for a dark or a light background."""
    return DARK if dark else LIGHT


def phase_role(phase: str | None) -> Role:
    """The role of a phase: "ordered", "edge" or "chaotic"; "text" for any other."""
    names: dict[str, Role] = {"ordered": "order", "edge": "edge", "chaotic": "chaos"}
    return names.get(phase or "", "text")


LEVELS = 16
"""The number of levels of a colour ramp."""

_RAMP_DARK = ("#14294a", "#5c4510", "#551f4e")
_RAMP_LIGHT = ("#c9dcfb", "#f6e2b0", "#f3c6ea")


def ramp(dark: bool = True) -> list[str]:
    """The `LEVELS` colours of a field, from order over the edge to chaos.

    They are subdued, so that a path drawn over the field stands out.
    """
    return _mixed(_RAMP_DARK if dark else _RAMP_LIGHT)


_HEAT_DARK = ("#0b1f14", "#277040")
_HEAT_LIGHT = ("#eef8f1", "#8fd0a4")


def heat(dark: bool = True) -> list[str]:
    """The `LEVELS` colours of a heat map, from low to high, of one hue without a meaning.

    Text in the colour of the role "text" is readable on all of them.
    """
    return _mixed(_HEAT_DARK if dark else _HEAT_LIGHT)


def _mixed(named: tuple[str, ...]) -> list[str]:
    stops = [_channels(c) for c in named]
    colours = []
    for level in range(LEVELS):
        place = level / (LEVELS - 1) * (len(stops) - 1)
        i = min(int(place), len(stops) - 2)
        mixed = (
            round(a + (place - i) * (b - a)) for a, b in zip(stops[i], stops[i + 1], strict=True)
        )
        colours.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return colours


# The colours of order, edge and chaos for a field of shaded characters, darker than the text and
# lines over it: the dark blue, brown and magenta of 16 colours, where the ramp would be black.
SHADES = ("#0000aa", "#aa5500", "#aa00aa")


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))

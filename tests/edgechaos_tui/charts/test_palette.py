import pytest
from rich.color import Color, ColorSystem
from textual.color import Color as Shade

from edgechaos_tui.charts.palette import (
    LEVELS,
    PHASE_COLOURS,
    SHADES,
    Role,
    colours,
    phase_role,
    ramp,
)

SCIENCE: tuple[Role, ...] = ("order", "edge", "chaos")
APART: tuple[Role, ...] = (*SCIENCE, "train", "test", "dim")


def _reduced(dark: bool, system: ColorSystem) -> dict[Role, int | None]:
    return {
        role: Color.parse(colour).downgrade(system).number for role, colour in colours(dark).items()
    }


@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT])
def test_roles_stay_apart_with_few_colours(system: ColorSystem) -> None:
    reduced = _reduced(True, system)
    assert len({reduced[role] for role in APART}) == len(APART)
    others = {number for role, number in reduced.items() if role not in SCIENCE}
    assert not others & {reduced[role] for role in SCIENCE}, "the science's colours are its own"


def test_the_science_keeps_its_hues_in_16_colours() -> None:
    reduced = _reduced(True, ColorSystem.STANDARD)
    blue, yellow, magenta = ({4, 12}, {3, 11}, {5, 13})
    assert reduced["order"] in blue
    assert reduced["edge"] in yellow
    assert reduced["chaos"] in magenta


@pytest.mark.parametrize("dark", [True, False])
def test_words_can_be_read_on_their_background(dark: bool) -> None:
    ground = Shade.parse("#121212" if dark else "#ffffff")
    for role, colour in colours(dark).items():
        if role != "faint":
            contrast = ground.get_contrast_text(1)
            assert contrast is not None
            assert _contrast(ground, Shade.parse(colour)) >= 4.0, role


@pytest.mark.parametrize("dark", [True, False])
def test_a_path_and_the_edge_stand_out_from_the_field(dark: bool) -> None:
    line = Shade.parse(colours(dark)["text"])
    for level in ramp(dark):
        assert _contrast(Shade.parse(level), line) >= 6.5
    assert len(set(ramp(dark))) == LEVELS


def test_the_shades_of_a_field_are_the_dark_colours_of_16() -> None:
    numbers = [Color.parse(shade).downgrade(ColorSystem.STANDARD).number for shade in SHADES]
    assert numbers == [4, 3, 5]


def test_phases_have_roles() -> None:
    assert [phase_role(p) for p in ("ordered", "edge", "chaotic", None)] == [*SCIENCE, "text"]
    assert PHASE_COLOURS["chaotic"] == colours()["chaos"]


def _contrast(one: Shade, other: Shade) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    lights = sorted(_luminance(c) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: Shade) -> float:
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

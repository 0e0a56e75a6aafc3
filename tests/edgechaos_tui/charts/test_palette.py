import numpy as np
import pytest
from rich.color import Color, ColorSystem
from textual.color import Color as Shade

from edgechaos_tui.charts.palette import (
    LEVELS,
    SHADES,
    Role,
    colours,
    phase_role,
    ramp,
)
from tests.support.colour_vision import Vision, ciede2000, lab, smallest_difference

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


def _runs(dark: bool) -> list[str]:
    return [colour for role, colour in colours(dark).items() if role.startswith("run")]


@pytest.mark.parametrize(
    ("dark", "vision", "least"),
    [
        (True, "normal", 23), (True, "protan", 16), (True, "deutan", 15),
        (False, "normal", 18), (False, "protan", 12), (False, "deutan", 13),
    ],
)  # fmt: skip
def test_any_two_of_eight_runs_are_told_apart(dark: bool, vision: Vision, least: float) -> None:
    assert len(_runs(dark)) == 8
    assert smallest_difference(_runs(dark), vision) >= least


@pytest.mark.parametrize("dark", [True, False])
def test_no_run_looks_like_order_edge_or_chaos(dark: bool) -> None:
    science = lab([colours(dark)[role] for role in SCIENCE])
    assert ciede2000(lab(_runs(dark))[:, None], science[None, :]).min() >= 15


def test_the_difference_of_colours_is_that_of_the_published_pairs() -> None:
    """Pairs 1, 7 and 25 of Sharma, Wu and Dalal's table."""
    pairs = np.array([
        [[50, 2.6772, -79.7751], [50, 0, -82.7485]],
        [[50, 0, 0], [50, -1, 2]],
        [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387]],
    ])  # fmt: skip
    expected = [2.0425, 2.3669, 1.2644]
    assert ciede2000(pairs[:, 0], pairs[:, 1]) == pytest.approx(expected, abs=1e-4)


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


def _contrast(one: Shade, other: Shade) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    lights = sorted(_luminance(c) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: Shade) -> float:
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

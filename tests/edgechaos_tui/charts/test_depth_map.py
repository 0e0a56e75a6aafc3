"""The map of blocks over epochs: where each value stands, with colours and without."""

from dataclasses import replace

import numpy as np
import pytest

from edgechaos_tui.charts.canvas import FIRST_LEVEL, Canvas, PaintParts
from edgechaos_tui.charts.depth_drawing import draw_depth
from edgechaos_tui.charts.models import DepthMapModel, Part
from edgechaos_tui.charts.palette import LEVELS

EPOCHS = np.arange(21.0)
ORDERED, CRITICAL, CHAOTIC = np.full(21, -0.5), np.zeros(21), np.full(21, 0.5)
MODEL = DepthMapModel(
    title=(Part("Depth"),),
    names=("first", "second", "third"),
    epochs=EPOCHS,
    values=np.stack([ORDERED, CRITICAL, CHAOTIC]),
    scale=0.5,
    units="nats per block",
    x_end=20.0,
)


def drawn(model: DepthMapModel, *, few_colours: bool = False) -> tuple[list[str], Canvas]:
    canvas = Canvas(60, 13)
    draw_depth(canvas, model, few_colours=few_colours)
    return ["".join(text for text, _ in canvas.runs(row)) for row in range(13)], canvas


def levels(canvas: Canvas, row: int) -> set[int]:
    """The levels of the colour ramp that are grounds in a row."""
    grounds = {PaintParts.of(paint).background for _, paint in canvas.runs(row)}
    return {ground - FIRST_LEVEL for ground in grounds if ground >= FIRST_LEVEL}


def test_order_edge_and_chaos_have_the_ends_and_the_middle_of_the_scale() -> None:
    rows, canvas = drawn(MODEL)
    middle = {LEVELS // 2 - 1, LEVELS // 2}
    assert levels(canvas, 2) == {0}
    assert levels(canvas, 6) <= middle
    assert levels(canvas, 10 if "third" in rows[10] else 9) == {LEVELS - 1}
    assert "−0.5 order" in rows[1]
    assert "chaos +0.5" in rows[1]
    assert "nats per block" in rows[1]


def test_without_colours_signs_say_the_same() -> None:
    rows, canvas = drawn(MODEL, few_colours=True)
    text = "\n".join(rows)
    assert not any(levels(canvas, row) for row in range(13))
    named = {name: next(row for row in rows if row.startswith(name)) for name in MODEL.names}
    assert "▽▽▽" in named["first"]
    assert "◆◆◆" in named["second"]
    assert "▲▲▲" in named["third"]
    assert "−0.50" in named["first"]
    assert "+0.50" in named["third"]
    assert text.count("\n") == 12


def test_what_has_not_come_yet_is_empty_and_the_cursor_chooses_the_values() -> None:
    values = np.stack([np.linspace(-0.5, 0.5, 21)] * 3)
    rows, _ = drawn(replace(MODEL, values=values, x_end=40.0, cursor=0.0), few_colours=True)
    row = next(row for row in rows if row.startswith("first"))
    cells = row[7:52]
    assert "▽" in cells[:8]
    assert "▲" in cells[:24]
    assert not cells[26:44].strip()
    assert row.rstrip().endswith("−0.50")


@pytest.mark.parametrize(("width", "height"), [(8, 3), (20, 5), (60, 4), (200, 60)])
def test_no_size_breaks_it(width: int, height: int) -> None:
    names = tuple(f"block number {n}" for n in range(40))
    values = np.tile(CHAOTIC, (40, 1))
    for few in (True, False):
        canvas = Canvas(width, height)
        draw_depth(canvas, replace(MODEL, names=names, values=values), few_colours=few)


def test_nothing_measured_is_said_in_a_sentence() -> None:
    rows, _ = drawn(replace(MODEL, values=np.full((3, 21), np.nan), empty="not measured yet"))
    assert any("not measured yet" in row for row in rows)

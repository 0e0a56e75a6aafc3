"""Heat maps on a canvas: numbers in cells, colours and shades behind them, the cursor in sight."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.charts.canvas import FIRST_HEAT, FIRST_LEVEL, Canvas, PaintParts
from edgechaos_tui.charts.heat_drawing import HeatModel, draw_heat, layout
from edgechaos_tui.charts.palette import LEVELS, ROLES
from edgechaos_tui.presentation.sweep.grid import RESULTS, GridAxis, GridCell, ResultGrid
from engine.theory.phase import Phase

LOSS, PHASE = RESULTS[0], RESULTS[3]


def _grid(
    columns: int, rows: int, cells: Mapping[tuple[int, int], GridCell] | None = None
) -> ResultGrid:
    x = GridAxis("lr", tuple((i + 1) / 1000 for i in range(columns)))
    y = GridAxis("batch_size", tuple(range(1, rows + 1)))
    if cells is None:
        cells = {
            (i, j): GridCell((f"{i}-{j}",), 1, 0.3, share=i / max(columns - 1, 1), words="0.300",
                         over=True)
            for i in range(columns)
            for j in range(rows)
        }  # fmt: skip
    return ResultGrid(LOSS, x, y, cells, 0.3, 0.5, ("seed",))


def _drawn(model: HeatModel, width: int = 60, height: int = 24, *, plain: bool = False) -> Canvas:
    canvas = Canvas(width, height, ascii_only=plain)
    draw_heat(canvas, model)
    return canvas


def _ground_at(canvas: Canvas, column: int, row: int) -> int:
    return PaintParts.of(int(canvas.paints[row, column])).background


@pytest.mark.parametrize("few_colours", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_every_cell_has_its_number_with_space_around(few_colours: bool, plain: bool) -> None:
    canvas = _drawn(HeatModel(_grid(4, 3), few_colours=few_colours), plain=plain)
    text = "\n".join(canvas.row_text(row) for row in range(canvas.height))
    assert text.count("0.300") == 12 + 2  # The legend and the words on the chosen cell.
    assert not plain or text.isascii()
    touching = ("░0", "▒0", "▓0", "0░", "0▒", "0▓", ".0.3", ":0", "#0")
    assert not few_colours or not any(pair in text for pair in touching)


def test_colours_follow_the_share_in_a_ramp_of_their_own() -> None:
    model = HeatModel(_grid(3, 1))
    canvas, plan = _drawn(model), layout(60, 24, model)
    grounds = [_ground_at(canvas, plan.gutter + i * plan.cell[0], 3) for i in range(3)]
    assert grounds == [FIRST_HEAT, FIRST_HEAT + round(0.5 * (LEVELS - 1)), FIRST_HEAT + LEVELS - 1]


def test_phases_have_the_colours_of_the_science_and_their_marks() -> None:
    phases: list[tuple[float, Phase, str]] = [
        (-0.3, "ordered", "▽−0.30"),
        (0.0, "edge", "◆+0.00"),
        (0.4, "chaotic", "▲+0.40"),
    ]
    cells: dict[tuple[int, int], GridCell] = {
        (i, 0): GridCell(("r",), 1, d, share=0.5, phase=phase, words=words, over=True)
        for i, (d, phase, words) in enumerate(phases)
    }
    grid = replace(_grid(3, 1, cells), result=PHASE)
    model = HeatModel(grid)
    canvas, plan = _drawn(model), layout(60, 24, model)
    grounds = [_ground_at(canvas, plan.gutter + i * plan.cell[0], 3) for i in range(3)]
    assert grounds == [FIRST_LEVEL, FIRST_LEVEL + LEVELS // 2, FIRST_LEVEL + LEVELS - 1]
    few = _drawn(replace(model, few_colours=True))
    row = few.row_text(4)
    for mark, role in (("▽", "order"), ("◆", "edge"), ("▲", "chaos")):
        ink = PaintParts.of(int(few.paints[4, row.index(mark)]))
        assert (ROLES[ink.foreground], ink.background) == (role, 0)


def test_what_is_missing_diverged_or_marked_reads_as_such() -> None:
    cells = {
        (0, 0): GridCell(("a",)),
        (1, 0): GridCell(("b",), over=True, diverged=1),
        (2, 0): GridCell(("c",), 1, 0.3, share=0.0, words="0.300", best=True),
    }
    model = HeatModel(_grid(3, 1, cells), marked=frozenset("c"))
    rows = [_drawn(model).row_text(row) for row in range(24)]
    middle = next(row for row in rows if "0.300…" in row)
    assert "…" in middle[:25]
    assert "✗" in middle
    assert "✓*0.300…" in middle


@given(st.integers(1, 40), st.integers(1, 40), st.integers(20, 120), st.integers(10, 50), st.data())
def test_the_cursor_is_in_sight_and_a_click_finds_what_is_drawn(
    columns: int, rows: int, width: int, height: int, data: st.DataObject
) -> None:
    cursor = data.draw(st.tuples(st.integers(0, columns - 1), st.integers(0, rows - 1)))
    few = data.draw(st.booleans())
    model = HeatModel(_grid(columns, rows, {}), cursor, few_colours=few)
    plan = layout(width, height, model)
    across, down = cursor[0] - plan.first[0], cursor[1] - plan.first[1]
    assert 0 <= across < plan.shown[0]
    assert 0 <= down < plan.shown[1]
    column = plan.gutter + across * plan.cell[0]
    assert plan.place_at(column, 3 + down * plan.cell[1]) == cursor
    assert plan.place_at(0, 0) is None
    _drawn(model, width, height)

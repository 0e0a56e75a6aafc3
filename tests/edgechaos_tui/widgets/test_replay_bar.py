import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.charts.canvas import Canvas
from edgechaos_tui.presentation.run.replay_clock import Landmark
from edgechaos_tui.widgets.replay_bar import ReplayBarModel, draw_transport, epoch_words, places

_MARKS = (Landmark(20, "edit"), Landmark(38, "best"), Landmark(56, "edge"))


def _row(model: ReplayBarModel, width: int, *, ascii_only: bool = False) -> str:
    canvas = Canvas(width, 1, ascii_only=ascii_only)
    draw_transport(canvas, model)
    return canvas.row_text(0)


def test_the_bar_names_its_marks_and_dots_what_is_not_there_yet() -> None:
    model = ReplayBarModel(True, "8×", 10, 70, 100, epoch_words(10, 100), _MARKS)
    assert _row(model, 90).rstrip() == (
        "▶ 8×        ├──────●─────┊edit──────▲best──────◆edge────┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┤  epoch 10/100"
    )


def test_of_several_runs_each_landmark_has_its_letter() -> None:
    marks = (Landmark(0.02, "best", "A"), Landmark(0.05, "edge", "A"), Landmark(0.05, "best", "B"))
    model = ReplayBarModel(True, "8×", 0.01, 0.09, 0.1, " τ .0100/.1000", marks, whole=False)
    assert _row(model, 60).rstrip() == (
        "▶ 8×        ├───●──▲A───────◆A, B────────┄┄┄┤ τ .0100/.1000"
    )


def test_without_room_the_words_stand_alone() -> None:
    model = ReplayBarModel(False, "0.25×", 120, 500, 500, epoch_words(120, 500), _MARKS)
    assert _row(model, 30).strip() == "‖ 0.25× epoch 120/500"


def test_in_ascii_everything_has_a_sign() -> None:
    model = ReplayBarModel(True, "8×", 10, 70, 100, epoch_words(10, 100), _MARKS)
    row = _row(model, 90, ascii_only=True)
    assert row.isascii()
    assert "?" not in row


@pytest.mark.parametrize("width", [0, 1, 5, 20, 28, 31, 80, 200])
@given(
    epoch=st.integers(0, 10**6), recorded=st.integers(0, 10**6), end=st.integers(1, 10**6),
    marks=st.lists(
        st.builds(Landmark, st.integers(0, 10**6), st.sampled_from(["edit", "best", "edge"])),
        max_size=5,
    ),
)  # fmt: skip
def test_any_record_is_drawn_at_any_width(
    width: int, epoch: int, recorded: int, end: int, marks: list[Landmark]
) -> None:
    model = ReplayBarModel(
        False, "64 ep/s", epoch, recorded, end, epoch_words(epoch, end), tuple(marks)
    )
    row = _row(model, width)
    assert len(row) == width
    where = places(model, width)
    if where is not None:
        assert row[where.first - 1] == "├"
        assert row[where.first + where.cells] == "┤"
        assert row[where.cell(epoch)] == "●"
        assert where.cell(where.place(where.cell(epoch))) == where.cell(epoch)

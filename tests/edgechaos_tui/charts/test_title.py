import pytest

from edgechaos_tui.charts.models import Part
from edgechaos_tui.charts.title import pieces

PARTS = (
    Part("Loss"),
    Part("train .231", "train", "dashed"),
    Part("test .336", "test", "solid"),
    Part("best .334 @38"),
)


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (60, "Loss  nats, log  ╌ train .231  ─ test .336  best .334 @38"),
        (54, "Loss nats, log ╌ train .231 ─ test .336 best .334 @38"),
        (45, "Loss ╌ train .231 ─ test .336 best .334 @38"),
        (40, "Loss ╌ train .231 ─ test .336 …"),
        (20, "Loss ╌ train .231 …"),
        (10, "Loss …"),
        (5, "Loss"),
        (3, "Lo…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_the_title_is_cut_where_it_hurts_least(width: int, text: str) -> None:
    title = "".join(piece for piece, _, _ in pieces(PARTS, width, units="nats, log"))
    assert title == text
    assert len(title) <= width


def test_roles_stay_with_their_words_and_the_name_is_bold() -> None:
    title = {text: (role, bold) for text, role, bold in pieces(PARTS, 80)}
    assert title["Loss"] == ("text", True)
    assert title["╌ train .231"] == ("train", False)


def test_ascii_and_nothing() -> None:
    assert pieces(PARTS, 80, ascii_only=True)[2][0] == "o train .231"
    assert pieces((), 80) == []

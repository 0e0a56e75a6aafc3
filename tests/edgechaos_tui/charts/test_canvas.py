import numpy as np

from edgechaos_tui.charts.canvas import Canvas, Span, paint, plain


def test_text_is_cut_at_the_rim() -> None:
    canvas = Canvas(6, 2)
    canvas.text(-2, 0, "abcd", paint("dim"))
    canvas.text(4, 1, "xyz", paint("edge"))
    canvas.text(0, 7, "nowhere", 0)
    assert [canvas.row_text(0), canvas.row_text(1)] == ["cd    ", "    xy"]
    assert canvas.runs(1) == [("    ", 0), ("xy", paint("edge"))]


def test_differences_join_what_is_near_and_ignore_the_colour_of_blanks() -> None:
    old, new = Canvas(60, 3), Canvas(60, 3)
    new.text(2, 0, "a", paint("dim"))
    new.text(8, 0, "b", paint("dim"))
    new.text(40, 0, "c", paint("dim"))
    new.text(5, 2, "   ", paint("edge"))
    assert new.differences(old) == [Span(0, 2, 9), Span(0, 40, 41)]
    assert new.differences(new) == []


def test_dots_of_two_lines_share_a_cell() -> None:
    canvas = Canvas(2, 1)
    bits = np.zeros((4, 4), dtype=bool)
    bits[0, 0] = True
    canvas.dots(0, 0, bits, paint("train"))
    bits[0, 0], bits[3, 1] = False, True
    canvas.dots(0, 0, bits, paint("test"))
    assert canvas.row_text(0) == "⢁ "
    assert canvas.runs(0)[0] == ("⢁", paint("test"))
    assert not canvas.is_free(0, 0, 1)
    assert canvas.is_free(1, 0, 1)


def test_without_utf8_dots_are_markers_and_words_are_ascii() -> None:
    canvas = Canvas(8, 1, ascii_only=True)
    canvas.dots(0, 0, np.ones((4, 2), dtype=bool), paint("test"), "o")
    canvas.text(1, 0, "J₀ − 1…", 0)
    assert canvas.row_text(0) == "oJ0 - 1~"
    assert plain("η/((1−α)B) λ") == "n/((1-a)B) l"


def test_a_label_takes_the_first_free_place() -> None:
    canvas = Canvas(10, 2)
    canvas.text(0, 0, "─" * 10, 0)
    assert canvas.label("edge", [(3, 0), (3, 1)], 0)
    assert canvas.row_text(1) == "   edge   "
    assert not canvas.label("edge", [(3, 1), (9, 1), (0, -1)], 0)


def test_a_drawing_without_columns_has_empty_rows() -> None:
    assert Canvas(0, 3).runs(1) == []

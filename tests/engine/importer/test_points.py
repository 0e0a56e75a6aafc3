"""Points of a run, put in the order of their places."""

import math

from hypothesis import given
from hypothesis import strategies as st

from engine.importer.points import Points

_names = st.sampled_from(("loss", "acc"))
_additions = st.lists(st.tuples(_names, st.integers(0, 30), st.floats(0, 1)), max_size=60)


def _all(points: Points, since: float = 0.0) -> list[tuple[float, dict[str, float | None]]]:
    return [(row.place, row.metrics) for row in points.rows(since)]


@given(_additions)
def test_rows_rise_and_the_last_value_of_a_place_counts(
    additions: list[tuple[str, int, float]],
) -> None:
    points = Points()
    for name, place, value in additions:
        points.add(name, place, value, math.nan)
    rows = _all(points)
    assert [place for place, _ in rows] == sorted({place for place, _ in rows})
    if additions:
        name, place, value = additions[-1]
        assert dict(rows)[place][name] == value


@given(_additions, _additions)
def test_what_changed_is_told_so_that_a_log_can_follow(
    first: list[tuple[str, int, float]], later: list[tuple[str, int, float]]
) -> None:
    points = Points()
    for name, place, value in first:
        points.add(name, place, value, math.nan)
    before = _all(points)
    points.settle()
    for name, place, value in later:
        points.add(name, place, value, math.nan)
    unchanged = [row for row in before if row[0] < points.changed_from]
    following = _all(points, points.changed_from) if points.changed_from < math.inf else []
    assert unchanged + following == _all(points)


def test_a_run_that_goes_back_drops_what_it_trains_again() -> None:
    points = Points()
    for step in range(10):
        points.add("loss", step, 1.0, math.nan)
    points.add("val", 9, 0.5, math.nan)
    points.settle()
    points.add("loss", 4, 2.0, math.nan)
    assert _all(points) == [*((float(k), {"loss": 1.0}) for k in range(4)), (4.0, {"loss": 2.0})]
    assert (points.changed_from, points.went_back) == (4.0, True)


def test_a_scalar_that_counts_epochs_takes_nothing_from_one_that_counts_steps() -> None:
    points = Points()
    for epoch in range(4):
        for step in range(100 * epoch, 100 * epoch + 100):
            points.add("loss", step, 1.0, math.nan)
        points.add("val", epoch, 0.5, math.nan)
    points.add("val", 2, 0.7, math.nan)
    assert sum("loss" in metrics for _, metrics in _all(points)) == 400
    assert [metrics["val"] for _, metrics in _all(points) if "val" in metrics] == [0.5, 0.5, 0.7]


def test_what_no_session_can_hold_is_left_out_and_counted() -> None:
    points = Points()
    for place in (-1.0, 2.0**40, math.nan, 3.0):
        points.add("loss", place, 1.0, math.nan)
    assert ([place for place, _ in _all(points)], points.left_out) == ([3.0], 3)


def test_the_time_between_two_files_is_not_spent_training() -> None:
    points = Points()
    for start, steps in ((1000.0, range(5)), (90_000.0, range(5, 8))):
        points.begin_part()
        for step in steps:
            points.add("loss", step, 1.0, start + 2 * step)
    assert [row.elapsed for row in points.rows()] == [0.0, 2.0, 4.0, 6.0, 8.0, 8.0, 10.0, 12.0]
    assert [row.wall for row in points.rows(5)] == [90_010.0, 90_012.0, 90_014.0]


def test_what_is_logged_late_of_an_early_place_moves_no_clock() -> None:
    points = Points()
    for step in range(0, 50, 10):
        points.add("loss", step, 1.0, 1000.0 + step)
    points.begin_part()
    for place in (0, 3, 4):
        points.add("best", place, 0.5, 99_000.0)
    times = {row.place: (row.wall, row.elapsed) for row in points.rows()}
    assert times[0] == (1000.0, 0.0)
    assert times[3] == times[4] == (1010.0, 10.0)
    assert times[40] == (1040.0, 40.0)

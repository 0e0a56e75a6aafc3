import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.charts import axis

ANY = st.floats(allow_nan=True, allow_infinity=True)
FINITE = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [
        (0.25, 1.05, (0.2, 1.1)),
        (0.3, 1.3, (0.3, 1.3)),
        (0.0, 1.0, (0.0, 1.0)),
        (0.1, 0.93, (0.1, 1.0)),
        (0.12, 2.3, (0.0, 2.5)),
        (-0.12, 0.3, (-0.15, 0.3)),
        (0.5, 0.5, (0.4, 0.6)),
        (0.0, 0.0, (0.0, 1.0)),
        (float("nan"), 1.0, (0.0, 1.0)),
        (2.0, 1.0, (0.0, 1.0)),
    ],
)
def test_linear_limits(low: float, high: float, limits: tuple[float, float]) -> None:
    assert axis.linear_limits(low, high) == pytest.approx(limits)


@pytest.mark.parametrize(
    ("low", "high", "previous", "limits"),
    [
        (0.3, 1.1, (0.2, 1.2), (0.2, 1.2)),  # inside: nothing moves
        (0.25, 1.3, (0.2, 1.2), (0.2, 1.8)),  # grown out at the top: room there
        (0.5, 0.52, (0.0, 2.0), (0.5, 0.52)),  # nearly empty, as after a rewind: chosen anew
    ],
)
def test_limits_move_rarely(
    low: float, high: float, previous: tuple[float, float], limits: tuple[float, float]
) -> None:
    assert axis.linear_limits(low, high, previous) == pytest.approx(limits)


def test_a_growing_curve_moves_its_axis_a_few_times_only() -> None:
    previous, moves = None, 0
    for epoch in range(501):
        limits = axis.linear_limits(0.25, 0.25 + 0.0137 * epoch, previous)
        moves += limits != previous
        previous = limits
    assert moves <= 18


@given(FINITE, FINITE, st.one_of(st.none(), st.tuples(FINITE, FINITE)))
def test_linear_limits_contain_the_data_and_are_stable(
    a: float, b: float, previous: tuple[float, float] | None
) -> None:
    low, high = min(a, b), max(a, b)
    if previous is not None and previous[0] >= previous[1]:
        previous = None
    limits = axis.linear_limits(low, high, previous)
    assert limits[0] <= low <= high <= limits[1]
    assert limits[0] < limits[1]
    assert axis.linear_limits(low, high, limits) == limits


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_log_limits_contain_the_data_and_are_stable(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    limits = axis.log_limits(low, high)
    assert 0 < limits[0] <= low <= high <= limits[1]
    assert limits[0] < limits[1]
    assert axis.log_limits(low, high, limits) == limits


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [
        (0.21, 2.3, (0.2, 3.0)),
        (0.33, 0.34, (0.3, 0.4)),
        (1e-4, 0.9, (1e-4, 1.0)),
        (1.0, 1.0, (0.5, 2.0)),
        (0.0, 1.0, (0.1, 1.0)),
        (-3.0, -1.0, (0.1, 1.0)),
    ],
)
def test_log_limits(low: float, high: float, limits: tuple[float, float]) -> None:
    assert axis.log_limits(low, high) == pytest.approx(limits)


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (0, 1, 5, ["0", ".2", ".4", ".6", ".8", "1"]),
        (0, 1.2, 4, ["0", ".5", "1"]),
        (0.2, 0.4, 4, [".2", ".25", ".3", ".35", ".4"]),
        (-1, 2, 3, ["-1", "0", "1", "2"]),
        (-0.15, 0, 3, ["-.15", "-.1", "-.05", "0"]),
        (0, 8001, 5, ["0", "2000", "4000", "6000", "8000"]),
        (0, 1e6, 5, ["0", "2e5", "4e5", "6e5", "8e5", "1e6"]),
        (0, 5e-5, 5, ["0", "1e-5", "2e-5", "3e-5", "4e-5", "5e-5"]),
        (1e300, 1e300, 5, ["1e300"]),
    ],
)
def test_linear_ticks(low: float, high: float, most: int, labels: list[str]) -> None:
    assert axis.tick_labels(axis.linear_ticks(low, high, most)) == labels


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (0.2, 3, 5, [".2", ".5", "1", "2"]),
        (1e-4, 1, 5, ["1e-4", ".001", ".01", ".1", "1"]),
        (1e-5, 100, 4, ["1e-4", ".01", "1", "100"]),
        (0.3, 0.4, 3, [".3", ".35", ".4"]),
    ],
)
def test_log_ticks(low: float, high: float, most: int, labels: list[str]) -> None:
    assert axis.tick_labels(axis.log_ticks(low, high, most)) == labels


@given(ANY, ANY, st.integers(-1, 20))
def test_ticks_never_raise_lie_within_and_are_few(a: float, b: float, most: int) -> None:
    for make in (axis.linear_ticks, axis.log_ticks):
        ticks = make(a, b, most)
        assert len(ticks) <= max(most, 1) + 2
        assert len(axis.tick_labels(ticks)) == len(ticks)
        margin = 1e-6 * abs(b - a) if math.isfinite(b - a) else 0
        assert all(a - margin <= t <= max(a, b) + margin for t in ticks)
        assert ticks == sorted(set(ticks))


@given(ANY, ANY, st.one_of(st.none(), st.tuples(ANY, ANY)))
def test_nothing_raises(a: float, b: float, previous: tuple[float, float] | None) -> None:
    axis.linear_limits(a, b, previous)
    axis.log_limits(a, b, previous)
    axis.reach(a)
    axis.short(a)
    axis.extent([a, b])


@pytest.mark.parametrize(
    ("value", "end"),
    [(0, 10), (10, 10), (11, 20), (38, 50), (100, 100), (101, 200), (8001, 10000), (math.nan, 10)],
)
def test_reach(value: float, end: float) -> None:
    assert axis.reach(value) == end


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.336, ".336"),
        (1.6789, "1.68"),
        (-0.1234, "-.123"),
        (0.00012, "1.2e-4"),
        (12345.6, "12346"),
        (0.0137, ".0137"),
        (0, "0"),
        (3e7, "3e7"),
        (math.inf, "inf"),
    ],
)
def test_short(value: float, text: str) -> None:
    assert axis.short(value) == text

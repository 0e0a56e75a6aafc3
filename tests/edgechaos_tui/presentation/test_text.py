"""Numbers, names and times as people read them, and text that cannot drive a terminal."""

import math
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.text import (
    brief_duration,
    clean,
    clock_time,
    duration,
    natural_order,
    number,
    setting,
    signed,
    size,
)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_names_are_sorted_as_people_count() -> None:
    names = ["run-10", "run-2", "a", "run-2b", "run-1", "run"]
    assert sorted(names, key=natural_order) == ["a", "run", "run-1", "run-2", "run-2b", "run-10"]


@pytest.mark.parametrize(
    "names",
    [
        ["lr-0.003", "lr-0.01", "lr-0.02", "lr-0.1", "lr-1"],
        ["0.02 of 2", "0.02 of 10", "0.1"],
        ["v-0.9.2", "v-0.10.1", "v0.9", "v0.10"],
    ],
)
def test_decimal_numbers_are_in_order_too_and_versions_are_none(names: list[str]) -> None:
    assert sorted(names, key=natural_order) == names


def test_a_time_of_another_day_has_its_date(utc: None) -> None:
    noon = 1_000_000_000.0
    assert clock_time(noon, noon + 60) == "01:46:40"
    assert clock_time(noon, noon + 86_400) == "2001-09-09 01:46:40"
    assert clock_time(noon) == "2001-09-09 01:46:40"
    assert clock_time(float("nan"), noon) == "--:--:--"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0.0, "0"), (0.33612, "0.336"), (1.0, "1.00"), (12.345, "12.3"),
        (1234.5, "1234"), (-0.1234, "−0.123"), (4.6e-5, "4.6e-5"), (-4.6e-5, "−4.6e-5"),
        (1e9, "1e9"), (math.nan, "not a number"), (-math.inf, "−∞"), (0.9999, "1.00"),
    ],
)  # fmt: skip
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.02, "0.02"), (5e-5, "5e-5"), (0.0, "0"), (1e-12, "1e-12"), (32, "32"), ("tanh", "tanh"),
     (1e-4, "0.0001"), (0.5, "0.5")],
)  # fmt: skip
def test_settings_read_as_one_would_type_them(value: str | float, shown: str) -> None:
    assert setting(value) == shown


@given(st.floats(1e-12, 100))
def test_a_setting_typed_again_is_nearly_the_same(value: float) -> None:
    assert float(setting(value)) == pytest.approx(value, rel=1e-5)


def test_durations_and_sizes() -> None:
    assert [duration(s) for s in (0.4, 59, 200, 7500, 90_000)] == [
        "0 s", "59 s", "3 min 20 s", "2 h 05 min", "1 d 1 h",
    ]  # fmt: skip
    assert [brief_duration(s) for s in (5, 132, 3723)] == ["0:05", "2:12", "1:02:03"]
    assert [size(n) for n in (500, 30_000_000)] == ["500 B", "30 MB"]
    assert [signed(v) for v in (0.3, -0.121, None)] == ["+0.30", "−0.12", "–"]


@given(st.text())
def test_no_control_character_survives_cleaning(text: str) -> None:
    cleaned = clean(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in cleaned)
    assert "\u202e" not in cleaned

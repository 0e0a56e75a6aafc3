"""Names as people count them, and times of other days."""

import time
from collections.abc import Iterator

import pytest

from edgechaos_tui.presentation.text import clock_time, natural_order


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


def test_a_time_of_another_day_has_its_date(utc: None) -> None:
    noon = 1_000_000_000.0
    assert clock_time(noon, noon + 60) == "01:46:40"
    assert clock_time(noon, noon + 86_400) == "2001-09-09 01:46:40"
    assert clock_time(noon) == "2001-09-09 01:46:40"
    assert clock_time(float("nan"), noon) == "--:--:--"

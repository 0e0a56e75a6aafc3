"""The calm screen: who asks for it, what makes it so by itself, and that it does not flap."""

from pathlib import Path

import pytest

from edgechaos_tui.presentation.settings import (
    Settings,
    load_settings,
    save_settings,
    settings_path,
)
from edgechaos_tui.terminal.line_gauge import LineGauge
from edgechaos_tui.terminal.low_bandwidth import LowBandwidth, asked
from edgechaos_tui.terminal.pace import Pace


class Line:
    """A line whose writes take as long as is said, and the calm that watches it."""

    def __init__(self, wish: bool | None = None) -> None:
        self.now = 0.0
        self.gauge = LineGauge(lambda: self.now)
        self.pace = Pace(clock=lambda: self.now)
        self.calm = LowBandwidth(self.pace, self.gauge, wish)

    def write(self, takes: float) -> None:
        self.gauge.begin()
        self.now += takes
        self.gauge.end()

    def quiet(self, seconds: float) -> list[str]:
        """So long a time of quick writes, a look each second; what was told."""
        notices = []
        for _ in range(round(seconds)):
            self.write(0.001)
            self.now += 0.999
            notices.append(self.calm.check_line())
        return [words for words in notices if words]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_a_fast_line_is_left_alone() -> None:
    line = Line()
    assert line.quiet(1000) == []
    line.write(0.9)
    assert line.calm.check_line() == "", "one hitch is none of its business"


def test_a_line_that_makes_writes_wait_becomes_calm_and_says_so_once() -> None:
    line = Line()
    for _ in range(4):
        line.write(0.3)
    assert "The line is slow" in line.calm.check_line()
    assert line.pace.calm
    line.write(0.3)
    assert line.calm.check_line() == ""


def test_a_write_that_does_not_end_counts_too() -> None:
    line = Line()
    line.gauge.begin()
    line.now += 0.5
    assert line.gauge.busy
    assert line.calm.check_line() == ""
    line.now += 0.6
    assert "The line is slow" in line.calm.check_line()


def test_it_goes_back_when_the_line_is_fast_and_each_time_later() -> None:
    line, times = Line(), []
    for _ in range(3):
        line.write(2.0)
        assert line.calm.check_line()
        began = line.now
        while line.pace.calm:
            line.quiet(1)
        times.append(line.now - began)
    assert times == pytest.approx([60, 120, 240], abs=2)


def test_who_chose_is_not_overruled(tmp_path: Path) -> None:
    for wish in (True, False):
        line = Line(wish)
        line.write(5.0)
        assert (line.calm.check_line(), line.pace.calm) == ("", wish)
        assert line.quiet(1000) == []
    line = Line()
    line.write(2.0)
    line.calm.check_line()
    line.calm.toggle()
    line.write(2.0)
    assert (line.calm.check_line(), line.pace.calm) == ("", False)


def test_the_option_comes_before_the_variable_and_that_before_the_setting() -> None:
    assert asked(False, {}) is None
    save_settings(settings_path(), Settings(calm=True))
    assert asked(False, {}) is True
    assert asked(False, {"EDGECHAOS_CALM": "0"}) is False
    assert asked(True, {"EDGECHAOS_CALM": "0"}) is True
    save_settings(settings_path(), Settings(calm=False))
    assert asked(False, {"EDGECHAOS_CALM": "1"}) is True


def test_the_choice_outlives_the_app_and_a_damaged_file_is_no_choice() -> None:
    line = Line()
    assert "calm" in line.calm.toggle()
    assert load_settings(settings_path()) == Settings(calm=True)
    settings_path().write_bytes(b'{"calm": 3}')
    assert load_settings(settings_path()) == Settings()
    settings_path().write_bytes(b"\xff\xfe{")
    assert load_settings(settings_path()) == Settings()

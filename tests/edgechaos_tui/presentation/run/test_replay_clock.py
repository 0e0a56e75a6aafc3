"""The clock of all replays, on a plain row of places."""

import pytest

from edgechaos_tui.presentation.run.replay_clock import FIRST_SPEED, SPEEDS, ReplayClock, Start


class Walk(ReplayClock):
    """Places 0, 1, 2 …, `gaps` seconds apart."""

    def __init__(self, *gaps: float) -> None:
        self.now = 50.0
        super().__init__(lambda: self.now)
        self.gaps = gaps
        self.at = len(gaps)

    @property
    def following(self) -> bool:
        return self.at == len(self.gaps)

    def first(self) -> None:
        self.seek(0)

    def seek(self, place: float) -> None:
        self.at = min(int(place), len(self.gaps))
        self._restart()

    def step(self, epochs: int) -> None:
        self.seek(self.at + epochs)
        self.hold()

    def end(self) -> None:
        self.at, self.playing = len(self.gaps), False

    def _gap(self) -> float:
        return 1.0 if self.by_epoch else self.gaps[self.at]

    def _next(self) -> None:
        self.at += 1
        if self.following:
            self.end()

    def after(self, seconds: float) -> int:
        self.now += seconds
        self.advance()
        return self.at


def test_the_speed_multiplies_the_recorded_time_and_nothing_of_it_is_lost() -> None:
    walk = Walk(2.0, 4.0, 8.0, 8.0)
    walk.begin(Start(speed=4.0))
    assert walk.due() == pytest.approx(0.5)
    assert walk.after(0.4) == 0
    assert walk.due() == pytest.approx(0.1)
    # 1.0 s played 4 s of the record: 2 s to the first place and half of the way to the second.
    assert walk.after(0.6) == 1
    assert walk.due() == pytest.approx(0.5)
    assert walk.after(0.5) == 2


def test_a_late_look_takes_all_the_steps_that_are_due_and_ends_at_the_end() -> None:
    walk = Walk(1.0, 0.0, 0.0, 1.0)
    walk.begin(Start(speed=1.0))
    assert walk.after(1.0) == 3
    assert walk.after(100.0) == 4
    assert not walk.playing
    assert walk.due() is None
    assert not walk.advance()


def test_playing_from_the_end_begins_again_and_an_empty_record_does_not_play() -> None:
    walk = Walk(1.0, 1.0)
    walk.play()
    assert (walk.at, walk.playing) == (0, True)
    empty = Walk()
    empty.play()
    assert not empty.playing


def test_the_unit_changes_where_one_is_and_the_number_stays() -> None:
    walk = Walk(*[100.0] * 9)
    walk.begin(Start(at=2))
    assert walk.after(1.0) == 2
    walk.change_unit()
    assert walk.speed == FIRST_SPEED
    assert walk.due() == pytest.approx(1 / FIRST_SPEED)
    assert walk.after(0.5) == 6


def test_another_speed_counts_from_now_on() -> None:
    walk = Walk(*[10.0] * 9)
    walk.begin(Start(speed=1.0))
    walk.after(5.0)
    walk.faster()
    assert walk.speed == 2.0
    assert walk.due() == pytest.approx(2.5)
    walk.slower()
    assert walk.due() == pytest.approx(5.0)


def test_a_speed_between_those_of_the_ladder_goes_to_the_next_of_them() -> None:
    walk = Walk(1.0)
    walk.speed = 3.0
    walk.faster()
    assert walk.speed == 4.0
    walk.speed = 3.0
    walk.slower()
    assert walk.speed == 2.0
    for _ in SPEEDS:
        walk.faster()
    assert walk.speed == SPEEDS[-1]
    for _ in SPEEDS:
        walk.slower()
    assert walk.speed == SPEEDS[0]


def test_a_paused_start_waits_and_time_unseen_does_not_count() -> None:
    walk = Walk(*[1.0] * 5)
    walk.begin(Start(at=3, paused=True))
    assert (walk.at, walk.playing) == (3, False)
    assert walk.after(60.0) == 3
    walk.play()
    walk.now += 60.0
    walk.skip()
    assert not walk.advance()

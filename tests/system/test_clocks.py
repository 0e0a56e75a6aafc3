"""Clocks that jump, time zones that change: nothing goes back, and nothing is negative."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgechaos_tui.cli.output import sessions as listing
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.sentences import headline
from edgechaos_tui.presentation.run.watch import Watch
from edgechaos_tui.presentation.text import brief_duration, duration
from engine.storage.errors import DamagedLine
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import decode, encode
from engine.storage.session.progress import Progress
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event
from tests.support.recorded_runs import record

ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns")


@pytest.fixture
def made(sessions_root: Path) -> Session:
    return record(sessions_root, "s", epochs=10, planned=20)


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with monkeypatch.context() as there:
        there.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def test_a_time_zone_changes_no_figure(
    made: Session, zone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listing.print_sessions(made.folder.parent, json=True)
    (found,) = [r for r in json.loads(capsys.readouterr().out) if not r["reference"]]
    assert found["created"] == made.info().created
    assert found["last_epoch"]["t"] == 1010.0
    assert found["epochs_done"] == 10
    playback = _playback(made)
    playback.seek(0)
    playback.play()
    assert playback.due() == pytest.approx(1.0 / playback.speed, abs=0.05)


def _playback(made: Session) -> Playback:
    playback = Playback(made.info().hyperparameters)
    for event in LogReader(made.log).read_all():
        playback.take([event])
    return playback


@pytest.mark.parametrize("jump", [-1e9, -3600.0, 3600.0, 1e9])
def test_a_wall_clock_that_jumped_between_two_engines(made: Session, jump: float) -> None:
    """An engine's times never go back; those of one on another machine may."""
    with made.log.open("ab") as file:
        for k in range(11, 15):
            file.write(encode(epoch_event(k, t=1000.0 + k + jump, elapsed=10.0 + k, epochs=20)))
    playback = _playback(made)
    assert playback.whole.metric("epoch").tolist() == list(range(15))
    playback.seek(9)
    seen = [playback.epoch]
    playback.play()
    while not playback.following:
        assert 0 <= (playback.due() or 0.0) < 60
        playback.step(1)
        seen.append(playback.epoch)
    assert seen == list(range(9, 15))
    working = Progress(stage="training", epoch=15, done=1, total=2)
    seconds_left = headline.seconds_left(playback.whole.summary, working)
    assert seconds_left == pytest.approx(5.5)


@pytest.mark.parametrize("now", [0.0, 1e6, 4e9])
def test_a_clock_that_was_set_changes_no_status(
    made: Session, monkeypatch: pytest.MonkeyPatch, now: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: now)
    watch = Watch(made)
    # "host" is another machine, and nobody has the lock here.
    assert watch.look().status is Status.ELSEWHERE
    assert watch.summary.epochs_done == 10


def test_no_duration_is_negative() -> None:
    assert (duration(-5.0), brief_duration(-5.0)) == ("0 s", "0:00")
    line = encode(epoch_event(1)).replace(b'"seconds":1.0', b'"seconds":-1.0')
    assert b"-1.0" in line
    with pytest.raises(DamagedLine, match="seconds"):
        decode(line)

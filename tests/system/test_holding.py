"""Runs that hold J², with the real engine as a process."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.commands import Set, Stop
from engine.storage.fork import fork
from engine.storage.fork.fork_points import origin_of
from engine.storage.session.events import AnyEvent, Changed, Epoch, Notice
from engine.storage.session.session import Session
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)

EPOCHS = 18


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A run whose J² is held at 0.6 from the start."""
    root = tmp_path_factory.mktemp("sessions")
    session = _make(root, "held")
    assert finish(start(session)) == (0, "")
    return session


def _make(root: Path, name: str, **values: str | int | float) -> Session:
    plain = {
        "hold_j2": 0.6,
        "lr": 0.1,
        "batch_size": 10,
        "epochs": EPOCHS,
        "snapshot_every": 6,
        "indicators_every": 0,
    }
    return make_session(root, name, **plain | values)


def _epochs(session: Session) -> list[Epoch]:
    return [event for event in log_of(session) if isinstance(event, Epoch)]


def _steered(events: list[AnyEvent]) -> dict[int, float]:
    """λ by the epoch it is in force from, as it was logged."""
    changes = [event for event in events if isinstance(event, Changed)]
    assert all(event.by == "hold_j2" and event.values.keys() == {"l2"} for event in changes)
    return {event.epoch: event.values["l2"] for event in changes}


def test_j2_stays_at_the_target_by_edits_in_the_log(held: Session) -> None:
    epochs = _epochs(held)
    assert all(abs(event.j2 - 0.6) < 0.05 for event in epochs[-6:] if event.j2)
    steered = _steered(log_of(held))
    now = 0.0
    for event in epochs[1:]:
        now = steered.get(event.epoch, now)
        assert event.l2 == now
        assert event.gross_growth is not None
    assert len(steered) > EPOCHS // 2
    # None for an epoch that is not planned.
    assert max(steered) == EPOCHS


def test_it_is_verified_to_the_last_bit(held: Session) -> None:
    command = [sys.executable, "-m", "engine.verify.main", str(held.folder)]
    lines = subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.splitlines()
    verdict = json.loads(lines[-1])
    assert (verdict["agrees"], verdict["exact"], verdict["through"]) == (True, True, EPOCHS)


def test_killed_and_resumed_it_goes_the_same_way(held: Session, sessions_root: Path) -> None:
    session = _make(sessions_root, "killed")
    for count in (5, 12):
        engine = start(session)
        wait_for(session, has(Epoch, count))
        engine.send_signal(signal.SIGKILL)
        engine.communicate()
    assert finish(start(session)) == (0, "")
    assert epochs_of(session) == epochs_of(held)
    assert _steered(log_of(session)) == _steered(log_of(held))


def test_a_fork_from_a_snapshot_goes_the_same_way(held: Session) -> None:
    child = fork.fork(origin_of(held, 12), {}, "from-12")
    assert finish(start(child)) == (0, "")
    expected = epochs_of(held)
    assert epochs_of(child) == {n: expected[n] for n in range(12, EPOCHS + 1)}


def test_it_is_begun_and_ended_in_a_run_and_l2_is_its_own(sessions_root: Path) -> None:
    session = _make(sessions_root, "edited", hold_j2=0.0, epochs=100_000)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    assert say(session, Set, values={"hold_j2": 0.5}).applied
    wait_for(session, lambda events: any(e.by for e in events if isinstance(e, Changed)))
    refused = say(session, Set, values={"l2": 0.0})
    assert (refused.applied, refused.text) == (
        False,
        "l2: it is set each epoch to hold J² at 0.5; set hold_j2 to 0 to set it yourself",
    )
    assert say(session, Set, values={"hold_j2": 0.0}).applied
    ended = _epochs(session)[-1].epoch
    wait_for(session, lambda events: has(Epoch, ended + 5)(events))
    say(session, Stop)
    assert finish(engine) == (0, "")
    last = _epochs(session)[-1]
    assert (last.hold_j2, last.gross_growth) == (0, None)
    # λ stays where holding left it.
    steered = [e.values["l2"] for e in log_of(session) if isinstance(e, Changed) and e.by]
    assert last.l2 == steered[-1]


def test_a_run_that_cannot_be_held_says_why_and_goes_on(sessions_root: Path) -> None:
    session = _make(sessions_root, "given-up", hold_j2=0.01, lr=0.5, epochs=12)
    assert finish(start(session)) == (0, "")
    events = log_of(session)
    *_, given_up = [event for event in events if isinstance(event, Changed)]
    assert (given_up.by, given_up.values) == ("hold_j2", {"hold_j2": 0.0})
    (said,) = [event.text for event in events if isinstance(event, Notice)]
    assert said.startswith("J² is held at 0.01 no longer: it is ")
    assert said.endswith("the largest that is set for it")
    assert _epochs(session)[-1].epoch == 12


def test_a_layer_that_shrinks_at_first_is_waited_for_and_then_held(sessions_root: Path) -> None:
    session = _make(
        sessions_root, "deep", model="mlp", depth=2, width=60, hold_j2=0.3, hold_layer=2,
        train_size=500, epochs=40,
    )  # fmt: skip
    assert finish(start(session)) == (0, "")
    j2 = [
        event.layers[1].j ** 2 for event in _epochs(session) if event.layers and event.layers[1].j
    ]
    assert min(j2) < j2[0]
    assert all(abs(value - 0.3) < 0.03 for value in j2[-5:])
    assert not any(isinstance(event, Notice) for event in log_of(session))

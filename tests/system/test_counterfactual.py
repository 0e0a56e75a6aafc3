"""A run without one of its edits, with the real engine as a process."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.storage import commands
from engine.storage.commands import Set, Stop
from engine.storage.fork import snapshots
from engine.storage.fork.counterfactual import Counterfactual, counterfactual_of
from engine.storage.fork.fork import fork
from engine.storage.fork.fork_points import origin_of
from engine.storage.fork.recorded_edits import read_edits
from engine.storage.session.events import Changed, Epoch
from engine.storage.session.session import Session
from tests.support.engine_process import (
    answer_to,
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    say,
    start,
    wait_for,
)


def _edit(session: Session, **values: float) -> int:
    """Edit a run that trains; the epoch from which it is in force, once that is trained."""
    assert say(session, Set, values=values).applied
    last = [event for event in log_of(session) if isinstance(event, Changed)][-1]
    wait_for(session, lambda events: _last(session) > last.epoch)
    return last.epoch


def _last(session: Session) -> int:
    return max(event.epoch for event in log_of(session) if isinstance(event, Epoch))


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, int, int]:
    """A run that was edited twice, and from which epochs on."""
    root = tmp_path_factory.mktemp("sessions")
    session = make_session(root, "edited", epochs=100_000, indicators_every=0)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    first = _edit(session, lr=0.1)
    second = _edit(session, batch_size=10, lr=0.05)
    say(session, Stop)
    assert finish(engine) == (0, "")
    return session, first, second


def _without(found: Counterfactual, name: str) -> Session:
    return fork(found.origin, {}, name, edits=found.edits, undoes=found.undoes)


def _changes(session: Session) -> list[tuple[int, dict[str, Any]]]:
    """The edits of what is trained: a fork also has another number of epochs planned."""
    changes = [event for event in log_of(session) if isinstance(event, Changed)]
    return [(e.epoch, e.values) for e in changes if "epochs" not in e.values]


def test_the_boundary_before_each_edit_is_kept(edited: tuple[Session, int, int]) -> None:
    session, first, second = edited
    assert snapshots.epochs_kept(session) == [first - 1, second - 1]


def test_without_an_edit_it_is_the_run_that_never_had_it(
    edited: tuple[Session, int, int], sessions_root: Path
) -> None:
    session, first, second = edited
    last = _last(session)
    counterfactual = counterfactual_of(session, second)
    assert counterfactual.edits == ()
    without = _without(counterfactual, "without-second")
    assert finish(start(without)) == (0, "")
    # As a run that is edited once: trained by its plan of one edit, from the first boundary on.
    once = fork(origin_of(session, first - 1), {"epochs": last}, "once")
    assert finish(start(once)) == (0, "")
    assert epochs_of(without) == {n: epochs_of(once)[n] for n in range(second - 1, last + 1)}
    assert epochs_of(without)[last] != epochs_of(session)[last]


def test_later_edits_are_repeated_also_after_a_crash_and_it_is_verified(
    edited: tuple[Session, int, int],
) -> None:
    session, first, second = edited
    counterfactual = counterfactual_of(session, first)
    assert counterfactual.left_out == ("lr",)
    whole, killed = _without(counterfactual, "whole"), _without(counterfactual, "killed")
    assert finish(start(whole)) == (0, "")
    assert _changes(whole) == [(second, {"batch_size": 10})]
    assert epochs_of(whole)[first] != epochs_of(session)[first]

    engine = start(killed)
    wait_for(killed, lambda _: bool(_changes(killed)))
    engine.send_signal(signal.SIGKILL)
    engine.communicate()
    assert finish(start(killed)) == (0, "")
    assert epochs_of(killed) == epochs_of(whole)
    assert _changes(killed) == _changes(whole)

    command = [sys.executable, "-m", "engine.verify.main", str(whole.folder)]
    lines = subprocess.run(command, capture_output=True, check=True, timeout=90).stdout.splitlines()
    verdict = json.loads(lines[-1])
    assert (verdict["agrees"], verdict["exact"], verdict["through"]) == (
        True, True, _last(session),
    )  # fmt: skip


def test_a_twin_repeats_the_edits_too(edited: tuple[Session, int, int]) -> None:
    session, first, second = edited
    later = read_edits(session, session.info()).planned(first)
    assert [edit.epoch for edit in later] == [second]
    twin = fork(
        origin_of(session, first - 1), {"epochs": _last(session)}, "twin", epsilon=0.0, edits=later
    )
    assert finish(start(twin)) == (0, "")
    assert epochs_of(twin) == {
        n: metrics for n, metrics in epochs_of(session).items() if n >= first - 1
    }


def test_an_edit_that_waits_at_the_start_of_an_engine_keeps_the_boundary_too(
    sessions_root: Path,
) -> None:
    session = make_session(sessions_root, "again", epochs=100_000, indicators_every=0)
    engine = start(session)
    wait_for(session, has(Epoch, 3))
    say(session, Stop)
    assert finish(engine) == (0, "")
    last = _last(session)
    edit = Set(id=commands.new_id(), incarnation="again", values={"lr": 0.1})
    commands.send(session.commands, edit)
    engine = start(session, "again")
    assert answer_to(session, edit.id).applied
    say(session, Stop)
    assert finish(engine) == (0, "")
    assert _changes(session) == [(last + 1, {"lr": 0.1})]
    assert snapshots.epochs_kept(session) == [last]

"""An MLP and a CNN as runs of the real engine: taken up, forked and verified to the last bit."""

import time
from pathlib import Path

import pytest

from engine.storage.fork import fork
from engine.storage.fork import fork_points as origins
from engine.storage.session.events import Epoch, Finished
from engine.storage.session.info import Info
from engine.storage.session.session import Session
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    log_of,
    make_session,
    start,
    wait_for,
)  # fmt: skip
from tests.support.verification import judged

SHAPES: dict[str, dict[str, str | int | float]] = {
    "mlp": {"model": "mlp", "depth": 3, "width": 48},
    "cnn": {"model": "cnn", "depth": 2, "width": 4, "optimizer": "adam"},
}


@pytest.fixture(scope="module", params=SHAPES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    root = tmp_path_factory.mktemp("whole")
    session = make_session(root, request.param, epochs=5, **SHAPES[request.param])
    assert finish(start(session)) == (0, "")
    return session


def _of(whole: Session, root: Path, name: str, epochs: int) -> Session:
    return make_session(root, name, epochs=epochs, **SHAPES[whole.info().hyperparameters.model])


def test_verify_trains_it_again_to_the_last_bit(whole: Session) -> None:
    verdict = judged(whole)
    assert (verdict.agrees, verdict.exact, verdict.through) == (True, True, 5)


def test_killed_and_resumed_it_is_the_run_that_was_not(whole: Session, sessions_root: Path) -> None:
    session = _of(whole, sessions_root, "killed", 5)
    for epochs in (1, 3):
        engine = start(session)
        wait_for(session, has(Epoch, epochs))
        time.sleep(0.01 * epochs)
        engine.kill()
        engine.communicate()
    finish(start(session))
    assert repr(epochs_of(session)) == repr(epochs_of(whole))
    assert isinstance(log_of(session)[-1], Finished)


def test_a_fork_goes_on_as_its_parent_would_have(whole: Session, sessions_root: Path) -> None:
    parent = _of(whole, sessions_root, "parent", 2)
    assert finish(start(parent)) == (0, "")
    forked = fork.fork(origins.origin_of(parent), {"epochs": 5})
    info: Info = forked.info()
    assert info.hyperparameters.model == whole.info().hyperparameters.model
    assert finish(start(forked)) == (0, "")
    expected = epochs_of(whole)
    assert repr(epochs_of(forked)) == repr({n: expected[n] for n in (2, 3, 4, 5)})

"""Runs that go on where their data or their device are others than when they began."""

import shutil
import time
from pathlib import Path

import pytest

from edgechaos_tui.control import launcher
from edgechaos_tui.control import session as control
from edgechaos_tui.control.launcher import TrainingPlace
from engine.storage import lock
from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.fork.fork import fork
from engine.storage.fork.fork_points import origin_of
from engine.storage.session.events import Failed, Finished, Notice, Paused, Started
from engine.storage.session.session import Session
from engine.storage.verification import Verdict, decode
from tests.support.engine_process import (
    epochs_of,
    finish,
    has,
    last_of,
    log_of,
    make_session,
    start,
    wait_for,
)

# Engines outlive whoever starts them.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def moved(
    sessions_root: Path, tmp_path: Path, fashion_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where the data of the finished session `run` are now; they were in another folder."""
    before, now = tmp_path / "before", tmp_path / "now"
    shutil.copytree(fashion_mnist, before)
    monkeypatch.delenv("EDGECHAOS_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session = make_session(sessions_root, data_dir=str(before), epochs=2)
    assert finish(start(session))[0] == 0
    before.rename(now)
    return now


def _await_end(session: Session) -> None:
    """What ended lets its lock go a moment after it has said so."""
    while lock.is_held(session.lock):
        time.sleep(0.02)


def test_a_run_whose_data_moved_goes_on_is_forked_and_verified(
    sessions_root: Path, moved: Path
) -> None:
    session = Session(sessions_root / "run")
    control.extend(session, 1)
    wait_for(session, has(Failed))
    _await_end(session)
    failed = next(event for event in log_of(session) if isinstance(event, Failed))
    assert "name the folder that has them with --data-dir DIR" in failed.text

    control.resume(session, place=TrainingPlace(str(moved)))
    wait_for(session, has(Finished, 2))
    _await_end(session)
    notices = [event.text for event in log_of(session) if isinstance(event, Notice)]
    assert any(f"read from {moved}" in text for text in notices)
    # The log knows the new place from now on.
    control.extend(session, 1)
    wait_for(session, has(Finished, 3))
    _await_end(session)
    assert sorted(epochs_of(session)) == [0, 1, 2, 3]

    child = fork(origin_of(session), {"epochs": 6, "data_dir": str(moved)}, "forked")
    launcher.start_engine(child)
    wait_for(child, has(Finished))

    process = launcher.start_verification(session, 1, TrainingPlace(str(moved)))
    answers = [decode(line) for line in process.communicate()[0].splitlines()]
    assert isinstance(answers[-1], Verdict)
    assert answers[-1].exact


def test_a_run_begun_on_cuda_goes_on_without(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=2)
    assert finish(start(session))[0] == 0
    for path in (session.log, session.folder / "session.json"):
        text = path.read_text().replace('"device":"cpu"', '"device":"cuda (H100)"')
        path.write_text(text.replace('"device": "auto"', '"device": "cuda"'))
    control.extend(session, 1)
    wait_for(session, has(Failed))
    _await_end(session)
    assert "train with --device cpu" in last_of(session, Failed).text

    control.resume(session, place=TrainingPlace(device="cpu"))
    events = wait_for(session, has(Finished, 2))
    _await_end(session)
    last = [event for event in events if isinstance(event, Started)][-1]
    assert (last.device, last.hyperparameters["device"]) == ("cpu", "cpu")
    assert any(isinstance(e, Notice) and "instead of cuda (H100)" in e.text for e in events)
    # Chosen once, it holds.
    control.extend(session, 1)
    wait_for(session, has(Finished, 3))
    _await_end(session)
    with pytest.raises(HyperparameterError, match="device"):
        TrainingPlace(device="tpu").arguments()


def test_a_paused_engine_stays_where_it_is(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=500)
    engine = start(session)
    wait_for(session, has(Started))
    control.pause(session)
    wait_for(session, has(Paused))
    with pytest.raises(SessionError, match="stop it first"):
        control.resume(session, place=TrainingPlace(device="cpu"))
    engine.terminate()
    finish(engine)

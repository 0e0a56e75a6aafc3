"""The start of an engine, and the report where it could not start."""

import sys
import time
from pathlib import Path

import pytest

from edgechaos_tui.control import launcher
from engine.storage.errors import SessionError
from engine.storage.hyperparameters import Value, build


def _defunct_children() -> list[str]:
    names = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if state == "Z" and parent == str(Path("/proc/self").resolve().name):
            names.append(name)
    return names


def test_an_engine_that_ended_is_reaped(sessions_root: Path) -> None:
    tiny: dict[str, Value] = {
        "dataset": "synthetic",
        "train_size": 64,
        "test_size": 32,
        "epochs": 1,
        "width": 8,
    }
    session = launcher.new_session(sessions_root, build(tiny), "short")
    launcher.start_engine(session)
    end = time.monotonic() + 60
    while not (session.log.exists() and "finished" in session.log.read_text()):
        assert time.monotonic() < end
        time.sleep(0.1)
    while _defunct_children() and time.monotonic() < end:
        time.sleep(0.1)
    assert not _defunct_children()


def test_what_never_began_leaves_nothing_half_made(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    existing = launcher.new_session(sessions_root, build({}), "existing")
    fresh = launcher.new_session(sessions_root, build({}), "fresh")
    for session, is_fresh in ((existing, False), (fresh, True)):
        with pytest.raises(SessionError, match="ended at once and printed nothing"):
            launcher.start_engine(session, fresh=is_fresh)
    assert existing.folder.exists()
    assert not fresh.folder.exists()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    again = launcher.new_session(sessions_root, build({}), "fresh")
    with pytest.raises(SessionError, match="cannot start the engine"):
        launcher.start_engine(again, fresh=True)
    assert not again.folder.exists()

"""Sessions that ship with the product: they are there for everyone, and nobody changes them."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.storage.errors import SessionError
from engine.storage.fork import fork_points as origins
from engine.storage.hyperparameters import build
from engine.storage.session import edit
from engine.storage.session import importing as incoming
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch, Finished, Started, Stopped
from engine.storage.session.folder import REFERENCE_PREFIX, REFERENCES
from engine.storage.session.session import (
    Session,
    create,
    open_session,
    reference_sessions,
    with_references,
)
from tests.support.engine_process import finish, start

SHIPPED = reference_sessions()
_ROOT = Path(edit.__file__).parents[3]


def test_there_are_some_and_each_is_whole() -> None:
    assert len(SHIPPED) >= 12
    for session in SHIPPED:
        info = session.info()
        assert info.name == session.name
        assert info.hyperparameters.data_dir == ""
        assert info.hyperparameters.dataset == "fashion-mnist"
        assert "real Fashion-MNIST" in info.note
        assert "reference" in info.tags
        reader = LogReader(session.log)
        log = list(reader.read_all())
        assert (reader.damaged, reader.skipped) == (0, 0)
        assert isinstance(log[-1], Finished | Stopped)
        epochs = [event.epoch for event in log if isinstance(event, Epoch)]
        assert epochs == list(range(log[-1].epoch + 1))
        started = [event for event in log if isinstance(event, Started)]
        assert all(event.train_size == 60_000 and event.test_size == 10_000 for event in started)


def test_they_are_small_and_hold_nothing_of_the_machine_but_its_versions() -> None:
    files = [file for session in SHIPPED for file in session.folder.iterdir()]
    assert {file.name for file in files} == {"session.json", "events.jsonl"}
    assert sum(file.stat().st_size for file in files) < 8e6
    assert not any(b'"/' in file.read_bytes() for file in files)
    assert not any(b'"machine' in file.read_bytes() for file in files)


def test_a_session_of_ones_own_wins_over_a_reference_of_its_name(sessions_root: Path) -> None:
    name = SHIPPED[0].name
    assert open_session(sessions_root, name) == SHIPPED[0]
    own = create(sessions_root, build({}), name)
    assert open_session(sessions_root, name) == own
    assert not own.is_reference
    listed = [session for session in with_references(sessions_root) if session.name == name]
    assert listed == [own]


def test_in_the_folder_where_they_lie_each_is_listed_once() -> None:
    names = [session.name for session in with_references(REFERENCES)]
    assert len(names) == len(set(names))
    assert {session.name for session in SHIPPED} <= set(names)
    assert all(
        session.is_reference
        for session in with_references(REFERENCES)
        if session.name.startswith(REFERENCE_PREFIX)
    )


@pytest.mark.parametrize(
    "act",
    [
        lambda session: edit.set_note(session, "mine"),
        lambda session: edit.set_tags(session, ["mine"]),
        edit.toggle_pin,
        lambda session: edit.rename(session, "mine"),
        edit.trash,
        origins.origin_of,
    ],
)
def test_nothing_about_one_can_be_changed(act: Callable[[Session], object]) -> None:
    session = SHIPPED[0]
    before = _state(session)
    with pytest.raises(SessionError, match=r"reference session, shipped|and cannot be changed"):
        act(session)
    assert _state(session) == before


@pytest.mark.process
def test_the_engine_refuses_one() -> None:
    before = _state(SHIPPED[0])
    status, errors = finish(start(SHIPPED[0]))
    assert (status, errors.count("\n")) == (1, 1)
    assert "cannot be changed" in errors
    assert _state(SHIPPED[0]) == before


@pytest.mark.process
@pytest.mark.parametrize("command", [["resume"], ["extend", "5"], ["set", "lr=0.1"], ["stop"]])
def test_no_command_touches_one(command: list[str], sessions_root: Path) -> None:
    before = _state(SHIPPED[0])
    words = [command[0], SHIPPED[0].name, *command[1:]]
    done = subprocess.run(
        [sys.executable, "-m", "edgechaos_tui", *words], capture_output=True, text=True,
        env=os.environ | {"EDGECHAOS_SESSIONS": str(sessions_root)},
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert _state(SHIPPED[0]) == before
    assert not sessions_root.exists()


def test_no_session_can_be_made_to_pass_for_one() -> None:
    with pytest.raises(SessionError, match="choose another"):
        create(REFERENCES, build({}), "reference-mine")
    assert not (REFERENCES / "reference-mine").exists()


def test_a_copy_of_one_is_ones_own(sessions_root: Path) -> None:
    copy = incoming.add(sessions_root, SHIPPED[0].folder)
    assert copy.name == SHIPPED[0].name.removeprefix("reference-")
    assert edit.set_note(copy, "mine").note == "mine"


@pytest.mark.slow
def test_they_are_in_the_wheel_and_nobodys_own_sessions_are(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    # What git has, and a session of someone's own beside it.
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=_ROOT, check=True,
        capture_output=True, text=True,
    ).stdout.split("\n")  # fmt: skip
    for name in filter(None, listed):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (_ROOT / name).is_symlink():
            target.symlink_to((_ROOT / name).readlink())
        elif (_ROOT / name).exists():
            target.write_bytes((_ROOT / name).read_bytes())
    create(tree / "sessions", build({}), "fashion-own-run")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet",
         "--wheel-dir", str(tmp_path), str(tree)], check=True, timeout=300,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if "sessions/" in name}
    assert inside == {
        f"engine/reference_sessions/{session.name}/{file}"
        for session in SHIPPED
        for file in ("session.json", "events.jsonl")
    }


def _state(session: Session) -> dict[str, bytes]:
    """All files of its folder, and the names beside it."""
    beside = {path.name: b"" for path in session.folder.parent.iterdir()}
    return beside | {str(file): file.read_bytes() for file in session.folder.iterdir()}

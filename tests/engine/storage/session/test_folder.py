"""The listing of the sessions folder: one bad entry hides no other."""

import os
from pathlib import Path

import msgspec
import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.cli.output.sessions import print_sessions
from edgechaos_tui.presentation.library.library import Library
from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.hyperparameters import build
from engine.storage.session.folder import list_paths
from engine.storage.session.session import (
    create,
    list_sessions,
    open_session,
    with_absolute_paths,
)
from tests.support.screens import until

NOT_UTF8 = os.fsdecode(b"latin-\xe9")


@pytest.fixture
def odd(sessions_root: Path) -> Path:
    """A good session beside a link in a circle, one that leads nowhere, and odd names."""
    for name in ("good", "copy", "bytes"):
        create(sessions_root, build({"dataset": "synthetic"}), name)
    (sessions_root / "copy").rename(sessions_root / "good (copy)")
    (sessions_root / "bytes").rename(sessions_root / NOT_UTF8)
    (sessions_root / "loop").symlink_to("loop")
    (sessions_root / "nowhere").symlink_to("no-such-folder")
    return sessions_root


def test_one_bad_entry_is_one_unreadable_row(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {session.name for session in list_sessions(odd)}
    assert names == {"good", "good (copy)", NOT_UTF8, "loop"}
    print_sessions(odd, json=False)
    out = capsys.readouterr().out
    assert "cannot read" in out
    assert "good (copy)" in out
    print_sessions(odd, json=True)
    records = {r["session"]: r for r in msgspec.json.decode(capsys.readouterr().out)}
    assert {"good", "good (copy)", "loop"} <= records.keys()
    assert "error" in records["loop"]
    assert records["good"]["status"] == records["good (copy)"]["status"]


def test_the_library_lists_and_keeps_all_the_others(odd: Path, tmp_path: Path) -> None:
    library = Library(odd, tmp_path / "cache")
    library.refresh()
    library.read_more((), 5.0)
    rows = {row.name: row for row in library.rows}
    assert rows["loop"].problem
    assert not rows["good"].problem
    library.save()
    assert (tmp_path / "cache").exists()


def test_what_is_listed_can_be_opened(odd: Path) -> None:
    for session in list_sessions(odd):
        assert open_session(odd, session.name) == session
    assert open_session(odd, "good (copy)").info().name == "copy"
    for name in ("", ".", "..", "../good", "a/b", ".trash", "a\0b", "good (other)"):
        with pytest.raises(SessionError):
            open_session(odd, name)


async def test_a_folder_that_cannot_be_read_is_told_in_the_app(tmp_path: Path) -> None:
    root = tmp_path / "loop"
    root.symlink_to("loop")
    with pytest.raises(SessionError, match="cannot read the sessions folder"):
        list(list_paths(root))
    app = EdgeChaosApp(root, quiet=True, diagram=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "cannot read the sessions folder")
        assert not app.screen.query("Welcome")


def test_data_in_a_folder_whose_name_is_not_utf8_are_refused_before_there_is_a_session(
    sessions_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HyperparameterError, match="not UTF-8"):
        build({"data_dir": NOT_UTF8})
    (tmp_path / NOT_UTF8).mkdir()
    monkeypatch.chdir(tmp_path / NOT_UTF8)
    with pytest.raises(HyperparameterError, match="not UTF-8"):
        with_absolute_paths(build({"data_dir": "here"}))
    assert not sessions_root.exists()

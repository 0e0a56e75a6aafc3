import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.storage.errors import SessionError
from engine.storage.hyperparameters import build
from engine.storage.session import importing as incoming
from engine.storage.session.events import encode
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event


@pytest.fixture
def theirs(tmp_path: Path) -> Session:
    """A session as someone else has it."""
    imported = create(tmp_path / "theirs", build({"data_dir": "/home/them/data"}), "brave-tern")
    imported.log.write_bytes(encode(started_event()) + encode(epoch_event(0)))
    imported.checkpoint.write_bytes(b"weights")
    imported.commands.write_bytes(b'{"command":"stop"}\n')
    return imported


def _zip(path: Path, files: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = options.get("mode", 0o100600) << 16
            archive.writestr(entry, data)
    return path


def _files(session: Session, prefix: str = "") -> dict[str, bytes]:
    return {prefix + path.name: path.read_bytes() for path in session.folder.iterdir()}


def _check(imported: Session, theirs: Session) -> None:
    assert imported.log.read_bytes() == theirs.log.read_bytes()
    assert imported.checkpoint.read_bytes() == b"weights"
    assert not imported.commands.exists()
    info = imported.info()
    assert (info.name, info.hyperparameters.data_dir) == (imported.name, "")
    assert info.id == theirs.info().id
    assert imported.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in imported.folder.iterdir()} == {0o600}
    assert not list(imported.folder.parent.glob(".import-*"))


@pytest.mark.parametrize("prefix", ["", "brave-tern/"])
def test_a_folder_and_its_zip_are_added(
    theirs: Session, sessions_root: Path, tmp_path: Path, prefix: str
) -> None:
    first = incoming.add(sessions_root, theirs.folder)
    assert first.name == "brave-tern"
    _check(first, theirs)
    archive = _zip(tmp_path / "it.zip", _files(theirs, prefix))
    second = incoming.add(sessions_root, archive)
    assert second.name == "brave-tern-2"
    _check(second, theirs)
    assert incoming.add(sessions_root, archive, "mine").name == "mine"
    with pytest.raises(SessionError, match="there is a session"):
        incoming.add(sessions_root, archive, "mine")


@pytest.mark.parametrize("prefix", ["", "brave-tern/", "snapshots/"])
def test_snapshots_are_passed_over_however_many(
    theirs: Session, sessions_root: Path, tmp_path: Path, prefix: str
) -> None:
    files = _files(theirs, prefix)
    files |= {f"{prefix}snapshots/e{k:06d}.safetensors": b"weights" for k in range(100)}
    theirs.snapshots.mkdir()
    (theirs.snapshots / "e000005.safetensors").write_bytes(b"weights")
    for path in (theirs.folder, _zip(tmp_path / "it.zip", files)):
        imported = incoming.add(sessions_root, path)
        _check(imported, theirs)
        assert not imported.snapshots.exists()


def _refused(root: Path, path: Path, says: str) -> None:
    with pytest.raises(SessionError, match=says) as caught:
        incoming.add(root, path)
    assert "\n" not in str(caught.value)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: {"../" + name: data for name, data in files.items()}, "leads out"),
        (lambda files: {"/tmp/" + name: data for name, data in files.items()}, "leads out"),
        (lambda files: {"a\\..\\" + name: data for name, data in files.items()}, "leads out"),
        (lambda files: files | {"weights.pkl": b""}, "'weights.pkl' is not a file of a session"),
        (lambda files: files | {"other/session.json": b"{}"}, "more than one folder"),
        (lambda files: {f"f{k}": b"" for k in range(65)}, "holds 65 files"),
        (lambda files: {"events.jsonl": files["events.jsonl"]}, "no session.json"),
        (lambda files: files | {"session.json": b"{}"}, "session.json is damaged"),
        (lambda files: files | {"session.json": b'{"format": 9}'}, "install a newer"),
        (lambda files: files | {"session.json": b" " * 2**21}, "larger than any"),
        (lambda files: files | {"events.jsonl": b"\0" * 2**25}, "larger than any"),
        (lambda files: files | {"events.jsonl": b"what?\n"}, "no readable event"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_archive_is_said_and_nothing_stays(
    theirs: Session,
    sessions_root: Path,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], dict[str, bytes]],
    says: str,
) -> None:
    _refused(sessions_root, _zip(tmp_path / "it.zip", change(_files(theirs))), says)


def test_links_pipes_and_broken_archives_are_refused(
    theirs: Session, sessions_root: Path, tmp_path: Path
) -> None:
    linked = _zip(tmp_path / "l.zip", _files(theirs), mode=stat.S_IFLNK | 0o777)
    _refused(sessions_root, linked, "holds a link")
    broken = tmp_path / "b.zip"
    broken.write_bytes(linked.read_bytes()[:-30])
    _refused(sessions_root, broken, "not a readable .zip of a session")
    damaged = bytearray(_zip(tmp_path / "d.zip", _files(theirs)).read_bytes())
    damaged[60:80] = b"\xff" * 20
    (tmp_path / "d.zip").write_bytes(damaged)
    _refused(sessions_root, tmp_path / "d.zip", "cannot import d.zip")
    _refused(sessions_root, tmp_path / "none.zip", "No such file")
    theirs.log.unlink()
    theirs.log.symlink_to("/etc/passwd")
    _refused(sessions_root, theirs.folder, "events.jsonl is a link")
    theirs.log.unlink()
    os.mkfifo(theirs.log)
    _refused(sessions_root, theirs.folder, "not a plain file")


def test_a_name_with_a_way_out_is_not_taken_over(theirs: Session, sessions_root: Path) -> None:
    content = msgspec.json.decode((theirs.folder / "session.json").read_bytes())
    content["name"] = "../../up"
    (theirs.folder / "session.json").write_bytes(msgspec.json.encode(content))
    assert incoming.add(sessions_root, theirs.folder).name == "imported"


def _as_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            # Not through ZipInfo.from_file, which makes every separator a slash.
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            archive.writestr(entry, data)
    return path


def test_what_systems_and_editors_leave_behind_is_passed_over(
    sessions_root: Path, tmp_path: Path
) -> None:
    imported = create(tmp_path / "from", build({"dataset": "synthetic"}), "mine")
    info = (imported.folder / "session.json").read_bytes()
    names = (
        "mine/.DS_Store", "mine/desktop.ini", "mine/.nfs000123", "mine/checkpoint.unusable",
        "mine/.checkpoint.safetensors.12.tmp", "__MACOSX/._mine", "__MACOSX/mine/._session.json",
        ".DS_Store",
    )  # fmt: skip
    leftovers = dict.fromkeys(names, b"x")
    finder = _as_zip(tmp_path / "finder.zip", {"mine/session.json": info} | leftovers)
    assert incoming.add(sessions_root, finder).info().name == "mine"
    bom = b"\xef\xbb\xbf" + info
    windows = _as_zip(tmp_path / "windows.zip", {"mine\\session.json": bom})
    assert incoming.add(sessions_root, windows).info().name == "mine-2"
    for name in ("..\\session.json", "C:\\session.json", "\\session.json"):
        with pytest.raises(SessionError, match="leads out of it"):
            incoming.add(sessions_root, _as_zip(tmp_path / "out.zip", {name: info}))
    for name in leftovers:
        if name.startswith("mine/"):
            (imported.folder / name.removeprefix("mine/")).write_bytes(b"x")
    assert incoming.add(sessions_root, imported.folder).name == "mine-3"

"""Output at paths that people name: files, links, devices, pipes, mounts and stdout."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edgechaos_tui.export.atomic_files import whole_file, whole_folder
from engine.storage.errors import SessionError


def write(output: Path, text: str = "new") -> None:
    with whole_file(output) as temporary:
        temporary.write_text(text)


def test_a_regular_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("old")
    output.chmod(0o600)
    before = output.stat().st_ino
    with pytest.raises(SessionError), whole_file(output):
        raise OSError(28, "no space left")
    assert output.read_text() == "old"
    write(output)
    assert (output.read_text(), stat.S_IMODE(output.stat().st_mode)) == ("new", 0o600)
    assert output.stat().st_ino != before
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_link_is_followed_also_to_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    for name in ("there", "missing"):
        link = tmp_path / name
        link.symlink_to(tmp_path / "far" / f"{name}.csv")
    (tmp_path / "far" / "there.csv").write_text("old")
    for name in ("there", "missing"):
        write(tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "far" / f"{name}.csv").read_text() == "new"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SessionError, match="cannot write"):
        write(tmp_path / "loop")


def test_a_pipes_reader_gets_what_is_written(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe, "through the pipe")
    reader.join(5)
    assert read == ["through the pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        # In a scratch folder; the machine's own /dev is never touched.
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.write_text("")
    except OSError as error:
        pytest.skip(f"devices cannot be used in {tmp_path}: {error}")
    write(device)
    assert stat.S_ISCHR(device.stat().st_mode)
    assert os.listdir(tmp_path) == ["null"]


def test_a_file_that_cannot_be_renamed_over_is_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mounted.csv"
    output.write_text("old, and longer")
    before = output.stat().st_ino

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    write(output)
    assert (output.read_text(), output.stat().st_ino) == ("new", before)


@pytest.mark.parametrize("output", ["-", "/dev/stdout", "same.txt"])
def test_stdout_gets_it_after_what_was_printed_before(tmp_path: Path, output: str) -> None:
    script = (
        "from edgechaos_tui.export.atomic_files import whole_file\n"
        "from pathlib import Path\n"
        "print('before')\n"
        f"with whole_file(Path({output!r})) as temporary: temporary.write_text('new')\n"
    )
    with (tmp_path / "same.txt").open("wb") as stdout:
        subprocess.run([sys.executable, "-c", script], stdout=stdout, cwd=tmp_path, check=True)
    assert (tmp_path / "same.txt").read_text() == "before\nnew"
    assert os.listdir(tmp_path) == ["same.txt"]


def test_an_empty_folder_that_is_there_is_filled_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to("empty")
    with whole_folder(tmp_path / "link") as folder:
        (folder / "a").write_text("new")
    assert (tmp_path / "empty" / "a").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "empty").stat().st_mode) == 0o750
    assert sorted(os.listdir(tmp_path)) == ["empty", "link"]
    with pytest.raises(SessionError, match="it is a folder"):
        write(tmp_path / "empty")

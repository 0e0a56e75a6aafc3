"""A log that another program replaces or cuts loses no line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.storage.line_reader import LineReader
from engine.storage.line_writer import LineWriter, missing_lines


def _line(number: int) -> bytes:
    return b'{"epoch": %d}\n' % number


def _as_sed_does(path: Path, edit: Callable[[bytes], bytes]) -> None:
    """A copy, edited, in the place of the file; what is appended in between goes to the old one."""
    copy = path.with_name("sedXXXX")
    copy.write_bytes(edit(path.read_bytes()))
    os.replace(copy, path)


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "as it was": lambda data: data,
    "another word": lambda data: data.replace(b'"epoch": 1}', b'"EPOCH": 1}'),
    "another last word": lambda data: data.replace(b'"epoch": 4}', b'"EPOCH": 4}'),
    "a line less": lambda data: data.replace(_line(2), b""),
    "half of it": lambda data: data[: len(data) // 2],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_log_that_was_replaced_is_followed(tmp_path: Path, edit: str) -> None:
    path = tmp_path / "log"
    writer, reader = LineWriter(path), LineReader(path)
    for number in range(4):
        writer.append_line(_line(number))
    lines_read = reader.read_lines()
    before = path.read_bytes()
    # One line more is written to the file that is about to be replaced.
    writer.append_line(_line(4))
    _as_sed_does(path, lambda data: EDITS[edit](data if b"last" in edit.encode() else before))
    writer.append_line(_line(5))
    assert "replaced" in writer.intrusion
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[-1] == _line(5)
    assert _line(4) in lines or "last" in edit
    while reader.behind:
        lines_read += reader.read_lines()
    numbers = {line.strip() for line in map(_line, range(6))}
    assert numbers - set(lines_read) <= ({_line(4).strip()} if "last" in edit else set())
    writer.intrusion = ""
    writer.append_line(_line(6))
    assert writer.intrusion == ""
    assert reader.read_lines() == [_line(6).strip()]
    writer.close()


@pytest.mark.parametrize("size", [0, 20, 30])
def test_a_log_that_was_cut_gets_its_lines_again(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log"
    writer, reader = LineWriter(path), LineReader(path)
    for number in range(4):
        writer.append_line(_line(number))
    lines_read = reader.read_lines()
    os.truncate(path, size)
    writer.append_line(_line(4))
    assert "cut by something else" in writer.intrusion
    complete = [
        line for line in path.read_bytes().splitlines(keepends=True) if line.startswith(b"{")
    ]
    assert set(map(_line, range(5))) <= set(complete)
    while reader.behind:
        lines_read += reader.read_lines()
    assert _line(4).strip() in lines_read
    writer.close()


def test_a_folder_that_was_renamed_keeps_its_log(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    writer = LineWriter(folder / "log")
    writer.append_line(_line(0))
    folder.rename(tmp_path / "b")
    writer.append_line(_line(1))
    assert (tmp_path / "b" / "log").read_bytes() == _line(0) + _line(1)
    assert writer.intrusion == ""
    writer.close()


def test_missing_lines_are_those_behind_what_both_have() -> None:
    written = [_line(number) for number in range(5)]
    assert missing_lines(written, written) == []
    assert missing_lines(written, written[:3]) == written[3:]
    assert missing_lines(written, [b"x\n", *written[1:3]]) == written[3:]
    assert missing_lines(written, [*written[:2], b"x\n"]) == written[3:]
    assert missing_lines(written, [b"x\n", b"y\n"]) == written[2:]
    assert missing_lines(written, []) == written

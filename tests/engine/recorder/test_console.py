"""The output of a recorded program: kept line by line, and still printed."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.recorder import record
from engine.recorder.console import BoundedLines, LineAssembler, Tap
from engine.storage.session.console import ConsoleLine, ConsoleReader
from engine.storage.session.session import Session


def lines_of(root: Path, name: str = "own") -> list[ConsoleLine]:
    session = Session(root / name)
    return ConsoleReader(session.console, session.worker_log).read()


def texts_of(root: Path, name: str = "own") -> list[str]:
    return [line.text for line in lines_of(root, name)]


def test_lines_of_both_streams_are_kept_and_still_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = sys.stdout, sys.stderr
    print("before")
    begin = time.time()
    with record("own", sessions=tmp_path, capture=True, raise_errors=True):
        assert (sys.stdout, sys.stderr) == (out, err)
        print("epoch 1:", "loss 0.5")
        print("beware", file=sys.stderr)
        print("no end", end="")
    print("after")
    assert "write" not in vars(out)
    lines = lines_of(tmp_path)
    assert [(line.stream, line.text) for line in lines] == [
        ("stdout", "epoch 1: loss 0.5"), ("stderr", "beware"), ("stdout", "no end")
    ]  # fmt: skip
    assert all(line.t is not None and abs(line.t - begin) < 60 for line in lines)
    printed = capsys.readouterr()
    assert printed.out == "before\nepoch 1: loss 0.5\nno endafter\n"
    assert printed.err == "beware\n"


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path, raise_errors=True):
        print("a line")
    assert not Session(tmp_path / "own").console.exists()


def test_loggers_that_were_made_before_are_heard(tmp_path: Path) -> None:
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("of a user")
    logger.addHandler(handler)
    try:
        with record("own", sessions=tmp_path, capture=True, raise_errors=True):
            logger.warning("lr is large")
        logger.warning("too late")
    finally:
        logger.removeHandler(handler)
    assert texts_of(tmp_path) == ["lr is large"]


def test_two_recordings_at_once_each_keep_what_is_printed(tmp_path: Path) -> None:
    first = record("first", sessions=tmp_path, capture=True, raise_errors=True)
    second = record("second", sessions=tmp_path, capture=True, raise_errors=True)
    print("both")
    first.close()
    print("the second alone")
    second.close()
    assert texts_of(tmp_path, "first") == ["both"]
    assert texts_of(tmp_path, "second") == ["both", "the second alone"]
    assert "write" not in vars(sys.stdout)


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (("one\ntwo\n",), ["one", "two"]),
        (("on", "e\n", "\n"), ["one", ""]),
        (("\r 10%", "\r 50%", "\r100%", "\n"), ["100%"]),
        ((" 10%\r", " 50%\r", "100%\r", "done\n"), ["done"]),
        ((" 10%\r", "100%\r\n"), ["100%"]),
        (("windows\r\n",), ["windows"]),
        (("x" * 5000, "y" * 5000 + "\n"), ["x" * 4000 + "…"]),
    ],
)
def test_a_progress_bar_becomes_one_line(pieces: tuple[str, ...], lines: list[str]) -> None:
    assembler = LineAssembler()
    assert [line for piece in pieces for line in assembler.feed(piece)] == lines
    assert assembler.flush() == ""


def test_the_file_is_bounded_and_keeps_the_newest_lines(tmp_path: Path) -> None:
    path = tmp_path / "console.jsonl"
    file = BoundedLines(path, max_bytes=1000)
    reader = ConsoleReader(path)
    lines = []
    for number in range(200):
        file.append(b'{"text":"%d"}\n' % number)
        assert path.stat().st_size <= 1000
        if number % 7 == 0:
            lines += reader.read()
    file.close()
    lines += reader.read()
    # A reader that follows the file gets each line once, whenever the older half is dropped.
    assert [line.text for line in lines] == [str(number) for number in range(200)]
    texts = [line.text for line in ConsoleReader(path).read()]
    assert texts == [str(number) for number in range(200 - len(texts), 200)]
    assert len(texts) > 30


def test_forked_children_and_other_ranks_keep_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with record("own", sessions=tmp_path, capture=True, raise_errors=True) as run:
        child = os.fork()
        if child == 0:
            print("from the child")
            run.close()
            os._exit(0)
        os.waitpid(child, 0)
        print("from the parent")
    assert texts_of(tmp_path) == ["from the parent"]
    monkeypatch.setenv("RANK", "1")
    with record("second", sessions=tmp_path, capture=True, raise_errors=True):
        assert "write" not in vars(sys.stdout)


PROGRAM = """
import sys, edgechaos_tui
run = edgechaos_tui.record("own", sessions=sys.argv[1], capture=True)
for k in range(10**6):
    print("line", k)
    if k == 500:
        sys.stdout.flush()
    if k == 500 and sys.argv[2] == "fail":
        raise ValueError("a label out of range")
"""


def test_sigkill_loses_at_most_the_last_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "go on"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        printed = [program.stdout.readline() for _ in range(500)]
        program.send_signal(signal.SIGKILL)
        printed += program.stdout.read().splitlines(keepends=True)
    texts = texts_of(tmp_path)
    complete = [line.rstrip("\n") for line in printed if line.endswith("\n")]
    # A line reaches the terminal before the file.
    assert texts[: len(complete) - 1] == complete[:-1]
    assert len(complete) >= 500


def test_the_traceback_of_a_program_that_fails_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "fail"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "a label out of range" in ended.stderr
    assert texts_of(tmp_path)[-1] == "ValueError: a label out of range"


def test_a_disk_that_is_full_ends_the_keeping_and_not_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write = os.write

    def failing(fd: int, data: bytes) -> int:
        if b'"text"' in data:
            raise OSError(28, "No space left on device")
        return write(fd, data)

    with record("own", sessions=tmp_path, capture=True, raise_errors=True) as run:
        print("kept")
        monkeypatch.setattr(os, "write", failing)
        print("lost")
        run.log(epoch=1, loss=1.0)
        monkeypatch.setattr(os, "write", write)
        print("also lost")
    assert texts_of(tmp_path) == ["kept"]
    assert capsys.readouterr().out == "kept\nlost\nalso lost\n"


def test_a_stream_that_takes_no_tap_is_left_alone() -> None:
    assert Tap.on(None) is None
    assert Tap.on(object()) is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[32mgreen\x1b[0m", "green"),
        (b"\x1b]0;owned\x07title", "title"),
        (b"a\tb", "a       b"),
        (b"\xff broken", "� broken"),
        (b'{"t":1.5,"stream":"stdout","text":"\\u001b[1A\\u001b[2Kup"}', "up"),
        (b'{"json":"of the program"}', '{"json":"of the program"}'),
    ],
)
def test_what_drives_a_terminal_is_no_part_of_a_line(raw: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    path.write_bytes(raw + b"\n")
    assert [line.text for line in ConsoleReader(tmp_path / "none", path).read()] == [text]


def test_of_a_long_file_the_newest_lines_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.storage.session.console._NEWEST", 100)
    path = tmp_path / "engine.log"
    path.write_text("".join(f"line {k}\n" for k in range(1000)))
    reader = ConsoleReader(path)
    texts = [line.text for line in reader.read()]
    assert texts == [f"line {k}" for k in range(1000 - len(texts), 1000)]
    with path.open("a") as file:
        file.write("one more\n")
    assert [line.text for line in reader.read()] == ["one more"]

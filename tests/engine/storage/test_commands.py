import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.storage import commands
from engine.storage.commands import MAX_LINE, CommandReader, Pause, Set
from engine.storage.errors import ForeignFile


def _pause(name: str) -> Pause:
    return Pause(id=name, incarnation="i")


def test_a_command_arrives_whole_with_the_offset_of_its_end(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    reader = CommandReader(path)
    assert reader.read() == []
    wish = Set(id="1", incarnation="i", values={"lr": 0.01})
    commands.send(path, wish)
    (line,) = reader.read()
    assert line.command == wish
    assert line.offset == path.stat().st_size
    assert reader.read() == []
    assert CommandReader(path, line.offset).read() == []


def test_a_torn_line_is_sealed_by_the_next_sender_and_told_of(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    path.write_bytes(b'{"command":"pau')
    commands.send(path, _pause("2"))
    torn, complete = CommandReader(path).read()
    assert torn.command is None
    assert torn.problem
    assert complete.command == _pause("2")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=50), max_size=6))
def test_every_line_is_answered_and_none_breaks_the_reader(
    tmp_path: Path, noise: list[bytes]
) -> None:
    path = tmp_path / "commands.jsonl"
    data = b"\n".join(noise) + b"\n"
    path.write_bytes(data)
    lines = CommandReader(path).read()
    assert len(lines) == sum(bool(line.strip()) for line in data.split(b"\n"))
    assert all(0 < line.offset <= len(data) for line in lines)


def test_an_overlong_line_is_one_unreadable_command(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    path.write_bytes(b"x" * (5 * MAX_LINE))
    reader = CommandReader(path)
    assert reader.read() == []
    commands.send(path, _pause("3"))
    received = []
    while lines := reader.read():
        received += lines
    assert [line.command for line in received] == [None, _pause("3")]
    assert received[-1].offset == path.stat().st_size


def test_only_a_plain_file_of_this_account_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, own = tmp_path / "commands.jsonl", tmp_path / "own"
    commands.send(own, _pause("1"))
    reader = CommandReader(path)
    path.symlink_to(own)
    with pytest.raises(ForeignFile, match="is a link"):
        reader.read()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ForeignFile, match="not a plain file"):
        reader.read()
    path.unlink()
    os.rename(own, path)
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(ForeignFile, match=f"another account.*user {os.getuid()}"):
            reader.read()
    # Once it is this account's, it is heard.
    assert [line.command for line in reader.read()] == [_pause("1")]


def _send_many(path: Path, sender: int) -> None:
    for k in range(50):
        commands.send(path, _pause(f"{sender}-{k}"))


def test_two_senders_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "commands.jsonl"
    context = multiprocessing.get_context("spawn")
    senders = [context.Process(target=_send_many, args=(path, n)) for n in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    names = {line.command.id for line in CommandReader(path).read() if line.command}
    assert names == {f"{n}-{k}" for n in range(2) for k in range(50)}

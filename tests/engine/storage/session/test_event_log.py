import errno
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.storage.errors import DiskFull
from engine.storage.line_reader import MAX_LINE
from engine.storage.session import events
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.events import Epoch, LoggedEvent, Notice
from tests.support.event_samples import any_event, epoch_event, same, started_event


def _write(path: Path, happened: list[LoggedEvent]) -> None:
    writer = LogWriter(path)
    for event in happened:
        writer.append(event)
    writer.close()


def epochs_of(read: Iterable[LoggedEvent]) -> list[int]:
    return [event.epoch for event in read if isinstance(event, Epoch)]


def _all_same(first: list[LoggedEvent], second: list[LoggedEvent]) -> bool:
    return len(first) == len(second) and all(map(same, first, second))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(happened=st.lists(any_event, max_size=8), limits=st.lists(st.integers(1, 400), min_size=1))
def test_any_batch_size_reads_the_same(
    tmp_path: Path, happened: list[LoggedEvent], limits: list[int]
) -> None:
    path = tmp_path / "events.jsonl"
    path.unlink(missing_ok=True)
    _write(path, happened)
    reader, read = LogReader(path), []
    turn = 0
    while reader.behind:
        read += reader.read(limits[turn % len(limits)])
        turn += 1
    assert _all_same(read, happened)
    assert _all_same(list(LogReader(path).read_all()), happened)


def test_a_log_torn_at_any_byte_reads_whole_lines_and_is_sealed(tmp_path: Path) -> None:
    happened: list[LoggedEvent] = [started_event(), epoch_event(0), epoch_event(1)]
    log_bytes = b"".join(events.encode(event) for event in happened)
    path = tmp_path / "events.jsonl"
    start = len(events.encode(happened[0]))
    for cut in range(start, len(log_bytes) + 1):
        path.write_bytes(log_bytes[:cut])
        complete = log_bytes[:cut].count(b"\n")
        assert _all_same(list(LogReader(path).read_all()), happened[:complete])
        writer = LogWriter(path)
        writer.append(Notice(t=2000.0, elapsed=0.0, text="after the tear"))
        writer.close()
        data = path.read_bytes()
        assert data.startswith(log_bytes[:cut]), "a torn tail is sealed, never cut off"
        last = list(LogReader(path).read_all())[-1]
        assert isinstance(last, Notice)


def test_damage_in_the_middle_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = [events.encode(epoch_event(k)) for k in range(3)]
    path.write_bytes(good[0] + b"\x00\x00garbage\n" + good[1] + b'{"type":"x"}\n\n' + good[2])
    reader = LogReader(path)
    assert epochs_of(reader.read_all()) == [0, 1, 2]
    assert (reader.damaged, reader.skipped) == (1, 1)


def test_an_endless_line_is_passed_over_with_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        file.write(events.encode(epoch_event(0)))
        for _ in range(3):
            file.write(b"x" * MAX_LINE)
        file.write(b"\n" + events.encode(epoch_event(1)))
    reader, largest_tail, read = LogReader(path), 0, []
    while reader.behind:
        read += reader.read()
        largest_tail = max(largest_tail, len(reader._tail))
    assert epochs_of(read) == [0, 1]
    assert reader.damaged == 1
    assert largest_tail <= 2 * MAX_LINE


def test_a_missing_log_is_an_empty_one_until_it_appears(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = LogReader(path)
    assert reader.read() == []
    _write(path, [epoch_event(0)])
    assert len(reader.read()) == 1


def test_a_full_disk_loses_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    writer = LogWriter(path)
    room, real_write = [30], os.write

    def write(fd: int, data: bytes) -> int:
        if room[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real_write(fd, data[: room[0]])
        room[0] -= count
        return count

    monkeypatch.setattr(os, "write", write)
    for k in range(2):
        with pytest.raises(DiskFull):
            writer.append(epoch_event(k))
    assert list(LogReader(path).read_all()) == []
    room[0] = 10**6
    writer.drain()
    read = list(LogReader(path).read_all())
    assert epochs_of(read) == [0, 1]

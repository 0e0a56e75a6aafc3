"""The framing of event files: whole records, and none whose checksum is wrong."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importer.tfrecord import RecordReader, crc32c, is_record
from tests.support.other_programs import event_record

_records = st.lists(st.binary(max_size=40), min_size=1, max_size=6)


def test_checksums_are_those_of_rfc_3720() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes([0xFF] * 32)) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


@given(_records, st.data())
def test_a_file_cut_anywhere_gives_its_whole_records(
    records: list[bytes], data: st.DataObject
) -> None:
    file_bytes = b"".join(map(event_record, records))
    cut = data.draw(st.integers(0, len(file_bytes)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        path.write_bytes(file_bytes[:cut])
        reader = RecordReader(path)
        read = list(reader.read())
        assert read == records[: len(read)]
        ends = [len(b"".join(map(event_record, records[:k]))) for k in range(len(records) + 1)]
        assert len(read) == max(k for k, end in enumerate(ends) if end <= cut)
        assert reader.torn == (cut not in ends)
        # What was cut off may come later.
        with path.open("ab") as file:
            file.write(file_bytes[cut:])
        assert read + list(reader.read()) == records
        assert (reader.torn, reader.damaged, reader.broken) == (False, 0, False)


@given(_records, st.data())
def test_no_bit_can_flip_unnoticed(records: list[bytes], data: st.DataObject) -> None:
    file_bytes = bytearray(b"".join(map(event_record, records)))
    bit = data.draw(st.integers(0, 8 * len(file_bytes) - 1))
    file_bytes[bit // 8] ^= 1 << bit % 8
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        path.write_bytes(file_bytes)
        reader = RecordReader(path)
        read = list(reader.read())
        assert len(read) < len(records)
        assert all(record in records for record in read)
        assert reader.damaged == 1 or reader.broken


@pytest.mark.parametrize("size", [0, 5, 12])
def test_the_head_of_a_record_is_known(size: int) -> None:
    head = event_record(b"x" * size)[:12]
    assert is_record(head)
    assert not is_record(head[:11])
    assert not is_record(bytes(12))


def test_a_file_that_is_replaced_or_cut_is_read_again_and_said(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(event_record(b"one") + event_record(b"two")[:7])
    reader = RecordReader(path)
    assert list(reader.read()) == [b"one"]
    other_file = tmp_path / "other"
    other_file.write_bytes(event_record(b"three"))
    other_file.replace(path)
    assert list(reader.read()) == [b"three"]
    assert "replaced" in reader.file.remark
    path.write_bytes(event_record(b"4"))
    assert list(reader.read()) == [b"4"]
    assert "cut" in reader.file.remark
    path.unlink()
    assert list(reader.read()) == []
    assert "gone" in reader.file.remark


def test_records_over_many_reads_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "events"
    chance = random.Random(1)
    records = [chance.randbytes(chance.randrange(400_000)) for _ in range(20)]
    path.write_bytes(b"".join(map(event_record, records)))
    assert list(RecordReader(path).read()) == records

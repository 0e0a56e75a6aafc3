"""progress.json: what is written is read, by earlier versions too."""

from pathlib import Path

import msgspec

from engine.storage.session import progress
from engine.storage.session.machine import MachineUse
from engine.storage.session.progress import Progress, ProgressWriter


class EarlierProgress(msgspec.Struct):
    """As versions without the machine read it."""

    stage: str
    done: int


def test_what_is_in_use_stands_behind_what_earlier_versions_read(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    writer = ProgressWriter(path)
    use = MachineUse(**dict.fromkeys(MachineUse.__struct_fields__, 1234567.891))
    for machine in (None, use, None):
        now = Progress(stage="training", epoch=3, done=10, total=20, machine=machine)
        writer.write(now)
        assert progress.read(path) == now
        earlier = msgspec.json.decode(path.read_bytes()[:256], type=EarlierProgress)
        assert (earlier.stage, earlier.done) == ("training", 10)
    writer.close()


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    path.write_bytes(b'{"stage":"training","epoch":3,"done":10,"total":20}'.ljust(255) + b"\n")
    assert progress.read(path) == Progress(stage="training", epoch=3, done=10, total=20)

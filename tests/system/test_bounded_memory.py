"""Files of strangers, of any size: each is refused or passed over in bounded memory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.storage.hyperparameters import build
from engine.storage.session.events import encode
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event

GIGABYTE = 2**30
MOST = 48 * 1024
"""Kilobytes more than for a small session."""

MEASURED = """
import json, resource, sys
from edgechaos_tui.cli import main as cli
said = [cli._run(words.split(" ")) for words in sys.argv[1:]]
print(json.dumps(said))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _make(root: Path, name: str, line: int) -> Session:
    """A session with a line of `line` zero bytes between its first and its second epoch."""
    session = create(root, build({"dataset": "synthetic"}), name)
    with session.log.open("wb") as file:
        file.write(encode(started_event()) + encode(epoch_event(0)))
        file.seek(line, os.SEEK_CUR)
        file.write(b"\n" + encode(epoch_event(1)))
    return session


def _measure(root: Path, *commands: str) -> tuple[str, int]:
    """The statuses of commands run one after the other in one process, and its peak in kB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *commands],
        env=os.environ | {"EDGECHAOS_SESSIONS": str(root)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *_, statuses, peak = done.stdout.split("\n")[:-1]
    return statuses + done.stderr, int(peak)


@pytest.mark.slow
def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    peaks = {}
    for name, size in (("small", 10), ("huge", GIGABYTE)):
        root = tmp_path / name
        _make(root, "it", size)
        said, peaks[name] = _measure(
            root, "show it", "sessions", f"export it --format jsonl -o {root}/it.jsonl"
        )
        assert said == "[0, 0, 0]"
        assert (root / "it.jsonl").read_bytes().count(b"\n") == 3
    assert peaks["huge"] - peaks["small"] < MOST
    said, peak = _measure(tmp_path / "small", f"import {tmp_path}/huge/it")
    assert "cannot import it: events.jsonl is larger than any of a session" in said
    assert peak - peaks["small"] < MOST


@pytest.mark.slow
def test_a_decompression_bomb(tmp_path: Path) -> None:
    session = _make(tmp_path / "small", "it", 10)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(session.folder / "session.json", "it/session.json")
        with archive.open("it/events.jsonl", "w") as file:
            for _ in range(400):
                file.write(bytes(2**20))
    assert bomb.stat().st_size < 2**20
    _, small = _measure(tmp_path / "small", "show it")
    said, peak = _measure(tmp_path / "small", f"import {bomb}")
    assert "cannot import bomb.zip: events.jsonl is larger than any of a session" in said
    assert peak - small < MOST
    assert [path.name for path in (tmp_path / "small").iterdir()] == ["it"]

"""An engine on a node of a Ray cluster, which trains a copy of a session.

The node needs this package, PyTorch, and the data in the session's data folder.
"""

import select
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.storage.files import read_start
from engine.storage.fork import snapshots
from engine.storage.session.session import Session

COPIED = ("session.json", "events.jsonl", "commands.jsonl", "checkpoint.safetensors")
"""The files that an engine needs to resume a session."""
_MAX_OUTPUT = 64 * 1024


@dataclass(frozen=True)
class NodeUpdate:
    """Everything new since the last update.

    ended: whether the engine's process is gone; words: the last line it printed then; log: whole
    lines to append; checkpoint: its bytes, None when it did not change; snapshots: the bytes of new
    ones, by epoch; progress: the bytes of progress.json, b"" for none.
    """

    ended: bool
    words: str
    log: bytes
    checkpoint: bytes | None
    snapshots: dict[int, bytes]
    progress: bytes


class RemoteEngine:
    """An engine on a copy of the session `name`, made from the bytes of its `files`."""

    def __init__(self, name: str, files: dict[str, bytes], incarnation: str) -> None:
        self._session = Session(Path(tempfile.mkdtemp(prefix=f"edgechaos-{name}-")))
        for file, data in files.items():
            (self._session.folder / file).write_bytes(data)
        self._sent = len(files.get("events.jsonl", b""))
        self._stamp = _stamp(self._session.checkpoint)
        self._snapshots: dict[int, tuple[int, int] | None] = {}
        command = [
            sys.executable,
            "-P",
            "-m",
            "engine.sweep.ray.supervisor",
            str(self._session.folder),
        ]
        self._supervisor = subprocess.Popen(
            [*command, "--incarnation", incarnation], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._supervisor.wait()
        assert self._supervisor.stdout is not None
        self._end = self._supervisor.stdout

    def look(self, commands: bytes) -> NodeUpdate:
        """Append `commands` to those of the copy, and return what is new. Raises OSError."""
        if commands:
            with self._session.commands.open("ab") as channel:
                channel.write(commands)
        # Asked before reading, so that all that an engine wrote before its end is read.
        # Nothing is written to the supervisor's stdout: it can be read when it has ended.
        ended = bool(select.select([self._end], [], [], 0)[0])
        # Read before the log, which is then behind the checkpoint by one line at most: the one
        # that the checkpoint carries itself.
        checkpoint = self._new_checkpoint()
        return NodeUpdate(
            ended=ended,
            words=self._last_output() if ended else "",
            log=self._new_lines(),
            checkpoint=checkpoint,
            snapshots=self._new_snapshots(),
            progress=self._progress(),
        )

    def leave(self) -> None:
        """Remove the copy; its engine has ended."""
        shutil.rmtree(self._session.folder, ignore_errors=True)

    def _new_lines(self) -> bytes:
        try:
            with self._session.log.open("rb") as log:
                log.seek(self._sent)
                data = log.read()
        except FileNotFoundError:
            return b""
        lines = data[: data.rfind(b"\n") + 1]
        self._sent += len(lines)
        return lines

    def _new_checkpoint(self) -> bytes | None:
        stamp = _stamp(self._session.checkpoint)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return self._session.checkpoint.read_bytes()

    def _new_snapshots(self) -> dict[int, bytes]:
        contents = {}
        for epoch in snapshots.epochs_kept(self._session):
            path = snapshots.path_of(self._session, epoch)
            stamp = _stamp(path)
            if stamp != self._snapshots.get(epoch):
                self._snapshots[epoch] = stamp
                contents[epoch] = path.read_bytes()
        return contents

    def _progress(self) -> bytes:
        try:
            return read_start(self._session.progress, 4096)
        except OSError:
            return b""

    def _last_output(self) -> str:
        lines = self._session.worker_log.read_bytes()[-_MAX_OUTPUT:].decode(errors="replace")
        return next((line.strip() for line in reversed(lines.split("\n")) if line.strip()), "")


def _stamp(path: Path) -> tuple[int, int] | None:
    """The file's time (ns) and inode, which a replacement changes; None when it is missing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino

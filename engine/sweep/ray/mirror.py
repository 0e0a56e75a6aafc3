"""A run on a Ray cluster, mirrored into its session here so that it looks like any other.

This process holds the session's lock, appends to its log, and forwards commands to the node. When
the node is lost, another one resumes the run from the last checkpoint that was copied back.
"""

import os
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import ray
from ray.exceptions import RayActorError, RayError

from engine.storage.errors import DiskFull, SessionLocked
from engine.storage.files import file_mode, open_to_read, open_to_write, replace_atomically
from engine.storage.fork import snapshots
from engine.storage.line_writer import LineWriter, is_no_room
from engine.storage.lock import EngineLock, Holder
from engine.storage.session.progress import Progress, ProgressWriter
from engine.storage.session.session import Session
from engine.sweep.ray.node import COPIED, NodeUpdate, RemoteEngine

_POLL: Final = 0.3
_APPEND: Final = os.O_WRONLY | os.O_APPEND
MAX_LOST: Final = 5
"""Nodes lost in a row without anything new in the log, before the run is abandoned."""


class Mirror:
    """Mirrors the run of `session`; `holder` goes into its lock file."""

    def __init__(self, session: Session, holder: Holder) -> None:
        self._session = session
        self._holder = holder
        self._commands_sent = 0
        self._progressed = False

    def run(self) -> None:
        """Train the run to its end on the cluster, on another node after each that is lost."""
        try:
            lock = EngineLock(self._session.lock, self._holder)
        except SessionLocked as error:
            self._print(str(error))
            return
        try:
            self._train()
        except (RayError, OSError) as error:
            self._print(f"{self._session.name}: Ray: {' '.join(str(error).split())}")
        finally:
            lock.release()

    def _train(self) -> None:
        log = LineWriter(self._session.log)
        progress = ProgressWriter(self._session.progress)
        lost = 0
        try:
            while lost < MAX_LOST:
                self._progressed = False
                try:
                    self._follow(log, progress)
                except RayActorError:
                    lost = 0 if self._progressed else lost + 1
                else:
                    return
            self._print(
                f"{self._session.name}: {lost} nodes were lost before they trained an epoch"
            )
        finally:
            log.close()
            progress.close()

    def _follow(self, log: LineWriter, progress: ProgressWriter) -> None:
        """Follow an engine on one node until it ends. Raises RayError, RayActorError if lost."""
        files = {name: data for name in COPIED if (data := self._read(name)) is not None}
        self._commands_sent = len(files.get("commands.jsonl", b""))
        remote: Any = ray.remote(RemoteEngine)
        engine: Any = remote.options(**self._resources()).remote(
            self._session.name, files, self._holder.incarnation
        )
        while True:
            update: NodeUpdate = ray.get(engine.look.remote(self._new_commands()))
            self._apply(update, log, progress)
            if update.ended:
                ray.get(engine.leave.remote())
                ray.kill(engine)
                return
            time.sleep(_POLL)

    def _resources(self) -> dict[str, Any]:
        hyperparameters = self._session.info().hyperparameters
        return {
            "num_cpus": max(hyperparameters.threads, 1),
            "num_gpus": 1 if hyperparameters.device == "cuda" else 0,
            "max_restarts": 0,
        }

    def _apply(self, update: NodeUpdate, log: LineWriter, progress: ProgressWriter) -> None:
        """Write `update`: the log before the checkpoint, which must never be far ahead of it."""
        self._progressed = self._progressed or bool(update.log)
        written = self._append(log, update.log)
        while update.ended and not written:
            time.sleep(_POLL)
            written = self._append(log, b"")
        if update.checkpoint is not None and written:
            self._replace(self._session.checkpoint, update.checkpoint)
        for epoch, data in update.snapshots.items():
            self._replace(snapshots.path_of(self._session, epoch), data)
        if update.progress:
            try:
                progress.write(msgspec.json.decode(update.progress, type=Progress))
            except msgspec.DecodeError:
                return  # It was being written; the next update has a whole one.
        if update.ended and update.words:
            self._print(update.words)

    def _append(self, log: LineWriter, lines: bytes) -> bool:
        """Append `lines`; False on a full disk, where they are kept for the next call."""
        try:
            log.append_line(lines, sync=True)
        except DiskFull:
            return False
        return True

    def _replace(self, path: Path, data: bytes) -> None:
        try:
            if path.parent == self._session.snapshots:
                snapshots.make_folder(self._session)
            replace_atomically(path, data, file_mode(path.parent))
        except OSError as error:
            if not is_no_room(error):
                raise

    def _new_commands(self) -> bytes:
        data = self._read("commands.jsonl") or b""
        new = data[self._commands_sent :]
        self._commands_sent = len(data)
        return new

    def _read(self, name: str) -> bytes | None:
        try:
            with open(open_to_read(self._session.folder / name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def _print(self, words: str) -> None:
        """Append `words` to engine.log, where the coordinator reads an engine's last output."""
        with open(open_to_write(self._session.worker_log, _APPEND), "ab") as file:
            file.write(words.encode() + b"\n")

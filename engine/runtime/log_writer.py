"""The engine's writer of events, which waits while the disk is full."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from engine.runtime.clock import Clock
from engine.runtime.run_progress import RunProgress
from engine.storage.commands import CommandLine, answer_fields
from engine.storage.errors import DiskFull
from engine.storage.files import open_to_write
from engine.storage.line_writer import is_no_room, why_no_room
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Answer, LoggedEvent, Notice, Paused, Resumed, Times

_RESERVE: Final = 64 * 1024
"""Bytes kept aside, to be freed when the disk is full so that the log can say so."""
_RETRY: Final = 1.0
_CHECK: Final = 0.05


class EventRecorder:
    """Appends to the log at `log`; `progress` gives the epoch and the reason of a pause.

    check: called while waiting for disk space; may raise to end the wait.
    """

    def __init__(
        self, log: Path, clock: Clock, progress: RunProgress, check: Callable[[], None]
    ) -> None:
        self._log = LogWriter(log)
        self._reserve = log.with_name(".reserve")
        self._clock = clock
        self._progress = progress
        self._check = check
        self.patient = True
        try:
            self._keep_reserve()
        except OSError as error:
            if not is_no_room(error):
                raise

    def now(self) -> Times:
        """The current times, for a new event."""
        return Times(t=self._clock.t(), elapsed=self._clock.elapsed())

    def append(self, event: LoggedEvent, *, sync: bool = False) -> None:
        """Append `event`, with `sync` synced to the disk. Waits while the disk is full.

        The times are raised where a pause was logged after the event happened.
        """
        event = self._in_order(event)
        try:
            self._log.append(event, sync=sync)
        except DiskFull as error:
            if not self.patient:
                raise
            self._wait(lambda: self._log.drain(sync=sync), why_no_room(error))
        if intrusion := self._log.intrusion:
            self._log.intrusion = ""
            self.append(Notice(**self.now(), text=intrusion), sync=sync)

    def answer(self, line: CommandLine, applied: bool, text: str) -> None:
        """Append the answer to `line` of the commands."""
        self.append(Answer(**self.now(), **answer_fields(line, applied, text)))

    def with_room(self, write: Callable[[], None]) -> None:
        """Call `write` until the disk has room for it, logging the pause in between.

        Raises any other OSError; with `patient` unset, also those of a full disk.
        """
        try:
            write()
        except OSError as error:
            if not (self.patient and is_no_room(error)):
                raise
            self._wait(write, why_no_room(error))

    def close(self) -> None:
        """Delete the reserve and close the log."""
        self._reserve.unlink(missing_ok=True)
        self._log.close()

    def _wait(self, write: Callable[[], None], why: str) -> None:
        with self._clock.halted():
            self._free_reserve()
            self._try_to_log(
                Paused(
                    **self.now(),
                    epoch=self._progress.done,
                    reason=f"{why}; the run resumes when there is room",
                )
            )
            while True:
                self._sleep()
                try:
                    write()
                    self._log.drain(sync=True)
                    self._keep_reserve()
                    break
                except OSError as error:
                    if not is_no_room(error):
                        raise
        progress = self._progress
        if progress.pause_reason:
            self._try_to_log(
                Paused(**self.now(), epoch=progress.done, reason=progress.pause_reason)
            )
        else:
            self._try_to_log(Resumed(**self.now(), epoch=progress.done))

    def _try_to_log(self, event: LoggedEvent) -> None:
        try:
            self._log.append(self._in_order(event), sync=True)
        except DiskFull:
            return  # The writer keeps the line, and writes it before anything that follows.

    def _in_order(self, event: LoggedEvent) -> LoggedEvent:
        t, elapsed = self._clock.in_order(event.t, event.elapsed)
        return msgspec.structs.replace(event, t=t, elapsed=elapsed)

    def _sleep(self) -> None:
        until = time.monotonic() + _RETRY
        while time.monotonic() < until:
            self._check()
            time.sleep(_CHECK)

    def _keep_reserve(self) -> None:
        try:
            with open(open_to_write(self._reserve, os.O_WRONLY | os.O_TRUNC), "wb") as file:
                # Not sparse, and not compressible: it must really take room.
                file.write(os.urandom(_RESERVE))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self._free_reserve()
            raise

    def _free_reserve(self) -> None:
        try:
            self._reserve.unlink(missing_ok=True)
        except OSError:
            return  # A file system turned read-only frees nothing.

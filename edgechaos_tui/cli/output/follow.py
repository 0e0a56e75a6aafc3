"""Following a run without the app: a progress bar on a terminal, lines elsewhere, or JSON."""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

import typer
from rich.markup import escape
from rich.progress import TextColumn, TimeRemainingColumn

from edgechaos_tui.cli.output.answer import report_detached
from edgechaos_tui.cli.output.live import BarLines, EventLines
from edgechaos_tui.control import session as session_control
from edgechaos_tui.control.launcher import last_words
from edgechaos_tui.presentation.describe import describe, epoch_words
from edgechaos_tui.presentation.run.reading import current_status
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.text import clean
from engine.storage import lock
from engine.storage.errors import SessionError
from engine.storage.host import host_name
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import (
    AnyEvent,
    Diverged,
    Epoch,
    Failed,
    Finished,
    Stopped,
)
from engine.storage.session.session import Session
from engine.storage.session.status import Status

_POLL_SECONDS = 0.1
_COLUMNS = (TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(compact=True))


def start_new(start: Callable[[], tuple[Session, str]], *, detach: bool, json: bool) -> None:
    """Start a new session, and leave it running or follow it to its end.

    start: makes the session, and says what would end it at logout. Raises typer.Exit.
    """
    if detach:
        report_detached(*start(), json=json)
        return
    raise typer.Exit(follow(lambda: start()[0], json=json, fresh=True))


def follow(
    start: Callable[[], Session], *, json: bool, from_now: bool = False, fresh: bool = False
) -> int:
    """Show the run that `start` starts until it ends; the exit status (0 finished or stopped, 1
    failed, 130 Ctrl-C, 143 SIGTERM).

    Ctrl-C stops the run at the batch under way; it can be resumed. A signal that comes while the
    engine is starting counts too. With `from_now` what the log holds already is not shown again.
    A `fresh` session that fails before its first epoch (data that are not there) is removed:
    nothing half-made is left behind.
    """
    with _InterruptStops() as interrupted:
        session = start()
        interrupted.concerns(session)
        return _follow(session, interrupted, json=json, from_now=from_now, fresh=fresh)


def _follow(
    session: Session, interrupted: "_InterruptStops", *, json: bool, from_now: bool, fresh: bool
) -> int:
    printed_before = 0 if fresh else _printed(session)
    show = _RunJsonLines() if json else _RunLines(session.name, *_COLUMNS)
    last: AnyEvent | None = None
    trained = not fresh
    with show:
        for event in _events(session, show, from_now):
            show.event(event)
            trained = trained or isinstance(event, Epoch)
            last = event
    if isinstance(last, Failed) and not trained:
        shutil.rmtree(session.folder, ignore_errors=True)
    return _exit_status(session, last, interrupted.status, printed_before)


def _printed(session: Session) -> int:
    """How many bytes the engines of `session` have printed by now."""
    try:
        return session.worker_log.stat().st_size
    except OSError:
        return 0


class _InterruptStops:
    """While entered, the first Ctrl-C asks the engine to stop; a second ends the follower.

    SIGTERM (of `timeout`, of a container's end) is passed on: the run ends with its follower.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self._early = 0
        self.status = 0

    def concerns(self, session: Session) -> None:
        """From now on signals are for the engine of `session`, and one that came before too."""
        self._session = session
        if self._early:
            self._pass_on(self._early, None)

    def __enter__(self) -> "_InterruptStops":
        self._before = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._interrupt),
            signal.SIGTERM: signal.signal(signal.SIGTERM, self._pass_on),
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self.status = 128 + number
        if self._session is None:
            self._early = number
            return
        holder = lock.holder(self._session.lock)
        if holder is not None and holder.host == host_name():
            with contextlib.suppress(OSError):
                os.kill(holder.pid, number)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if self.status:
            raise KeyboardInterrupt
        self.status = 128 + number
        if self._session is None:
            self._early = number
            return
        try:
            session_control.stop(self._session)
        except SessionError:
            return


class _RunJsonLines(EventLines):
    def tick(self, _summary: Summary, _now: progress.Progress | None) -> None:
        """Progress within an epoch is not history: it is not printed."""


class _RunLines(BarLines):
    def event(self, event: AnyEvent) -> None:
        if isinstance(event, Failed | Diverged):
            return  # said once, on stderr
        words = epoch_words(event) if isinstance(event, Epoch) else describe(event)
        if words:
            self.line(words)

    def tick(self, summary: Summary, now: progress.Progress | None) -> None:
        if now is None:
            return
        total = summary.hyperparameters.epochs
        within = now.done / now.total if now.total else 0.0
        if now.stage == "training":
            done = min(float(total), max(0, now.epoch - 1) + within)
            self.progress(f"epoch {now.epoch}/{total}", done, total)
        else:
            self.progress(escape(clean(now.stage)), float(now.done), now.total or None)


def _events(
    session: Session, show: "_RunJsonLines | _RunLines", from_now: bool
) -> Iterator[AnyEvent]:
    """The events as they come, until no engine is at work any more."""
    info = session.info()
    summary = Summary(info.hyperparameters)
    reader = LogReader(session.log)
    if from_now:
        for event in reader.read_all():
            summary.apply(event)
    while True:
        # Asked before reading: what an engine wrote before it ended is then read for certain.
        status = current_status(session, summary, info.created)
        for event in reader.read_all():
            summary.apply(event)
            yield event
        if not status.active:
            return
        show.tick(summary, progress.read(session.progress))
        time.sleep(_POLL_SECONDS)


def _exit_status(
    session: Session, last: AnyEvent | None, interrupted: int, printed_before: int
) -> int:
    if isinstance(last, Finished):
        return 0
    if isinstance(last, Stopped):
        words = f"{session.name} is {Status.STOPPED}; `edgechaos-tui resume {session.name}` goes on"
        print(words, file=sys.stderr)
        return interrupted
    if isinstance(last, Failed | Diverged):
        raise SessionError(f"{session.name}: {last.text}")
    # What the log could not take, the engine printed.
    words = last_words(session, printed_before)
    why = f" ({words.removeprefix(f'{session.name}: ')})" if words else ""
    raise SessionError(
        f"{session.name} was interrupted{why}; `edgechaos-tui resume {session.name}` takes it up"
    )

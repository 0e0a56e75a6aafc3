"""The following of a run without the app: a progress bar on a terminal, else lines, or JSON."""

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
from edgechaos_tui.control.launcher import last_line_printed
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

    start: makes and starts the session; returns it, and a warning about logout or "". Raises
    typer.Exit with the status of `follow`.
    """
    if detach:
        report_detached(*start(), json=json)
        return
    raise typer.Exit(follow(lambda: start()[0], json=json, fresh=True))


def follow(
    start: Callable[[], Session], *, json: bool, from_now: bool = False, fresh: bool = False
) -> int:
    """Show the run that `start` starts until it ends; returns the exit status.

    That is 0 when it finished or stopped, 130 after Ctrl-C and 143 after SIGTERM; for a run that
    failed, SessionError is raised. Ctrl-C stops the run after the current batch, so that it can be
    resumed; a signal while the engine starts counts too. from_now: do not show what the log has
    already. fresh: remove the session if it fails before its first epoch, as without its data.
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
    """The number of bytes that the engines of `session` have printed so far."""
    try:
        return session.worker_log.stat().st_size
    except OSError:
        return 0


class _InterruptStops:
    """A context in which the first Ctrl-C stops the engine, and a second one ends the follower.

    SIGTERM (from `timeout`, or at a container's end) is passed on: the run ends with its follower.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self._early = 0
        self.status = 0

    def concerns(self, session: Session) -> None:
        """Pass signals on to the engine of `session`, also one that came before."""
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
        """Print nothing: progress within an epoch is no event."""


class _RunLines(BarLines):
    def event(self, event: AnyEvent) -> None:
        if isinstance(event, Failed | Diverged):
            return  # Printed once, on stderr.
        words = epoch_words(event) if isinstance(event, Epoch) else describe(event)
        if words:
            self.line(words)

    def tick(self, summary: Summary, current: progress.Progress | None) -> None:
        if current is None:
            return
        total = summary.hyperparameters.epochs
        if current.stage == "training":
            epochs_done = min(float(total), max(0, current.epoch - 1) + current.fraction)
            self.progress(f"epoch {current.epoch}/{total}", epochs_done, total)
        else:
            self.progress(escape(clean(current.stage)), float(current.done), current.total or None)


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
        # Status first: if it says that the engine ended, all that it wrote is read below.
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
        resume = f"`edgechaos-tui resume {session.name}` continues it"
        text = f"{session.name} is {Status.STOPPED}; {resume}"
        print(text, file=sys.stderr)
        return interrupted
    if isinstance(last, Failed | Diverged):
        raise SessionError(f"{session.name}: {last.text}")
    # An error that could not be logged was printed by the engine.
    text = last_line_printed(session, printed_before)
    why = f" ({text.removeprefix(f'{session.name}: ')})" if text else ""
    raise SessionError(
        f"{session.name} was interrupted{why}; `edgechaos-tui resume {session.name}` continues it"
    )

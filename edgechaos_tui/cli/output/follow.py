"""Following a run without the app: a progress bar on a terminal, lines elsewhere, or JSON."""

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.describe import describe, epoch_words
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.run.reading import current_status
from edgechaos_tui.presentation.run.summary import Summary
from edgechaos_tui.presentation.text import clean
from engine.storage import commands
from engine.storage.errors import SessionError
from engine.storage.session import progress
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import (
    Answer,
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
_ANSWER_SECONDS = 3.0


def follow(session: Session, *, json: bool, from_now: bool = False, fresh: bool = False) -> int:
    """Show the run until it ends; the exit status (0 finished or stopped, 1 failed, 130 Ctrl-C).

    Ctrl-C stops the run at the batch under way; it can be resumed. With `from_now` what the log
    holds already is not shown again. A `fresh` session that fails before its first epoch (data
    that are not there) is removed: nothing half-made is left behind.
    """
    interrupted = _InterruptStops(session)
    show = _JsonLines() if json else _Lines(session)
    last: AnyEvent | None = None
    trained = not fresh
    with interrupted, show:
        for event in _events(session, show, from_now):
            show.event(event)
            trained = trained or isinstance(event, Epoch)
            last = event
    if isinstance(last, Failed) and not trained:
        shutil.rmtree(session.folder, ignore_errors=True)
    return _exit_status(session, last, interrupted.happened)


def report_detached(session: Session, warning: str, *, json: bool) -> None:
    """Say which session is running on its own now."""
    if json:
        record = {"session": session.name, "folder": str(session.folder)}
        print(json_text(record))
        return
    print(f"{session.name} is training; `edgechaos-tui open {session.name}` watches it")
    if warning:
        print(warning, file=sys.stderr)


def report_answer(session: Session, command: commands.AnyCommand, *, json: bool) -> int:
    """Wait a little for the engine's answer and print it; the exit status."""
    answer = control.wait_for_answer(session, command, _ANSWER_SECONDS)
    if json:
        print(json_text(_answer_record(session, command, answer)))
    elif answer is None:
        print(
            f"{session.name}: asked to {commands.name_of(command)}; the answer will be in its log"
        )
    elif answer.applied:
        print(clean(f"{session.name}: {answer.text}"))
    if answer is not None and not answer.applied:
        raise SessionError(f"{session.name}: {answer.text}")
    return 0


def _answer_record(
    session: Session, command: commands.AnyCommand, answer: Answer | None
) -> dict[str, object]:
    return {
        "session": session.name,
        "command": commands.name_of(command),
        "id": command.id,
        "answered": answer is not None,
        "applied": answer.applied if answer else None,
        "text": answer.text if answer else None,
    }


class _InterruptStops:
    """While entered, the first Ctrl-C asks the engine to stop; a second ends the follower."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.happened = False

    def __enter__(self) -> "_InterruptStops":
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        try:
            control.stop(self._session)
        except SessionError:
            return


class _JsonLines:
    """Events as they stand in the log."""

    def __enter__(self) -> "_JsonLines":
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()

    def event(self, event: AnyEvent) -> None:
        print(json_text(event), flush=True)

    def tick(self, _summary: Summary, _now: progress.Progress | None) -> None:
        """Progress within an epoch is not history: it is not printed."""


class _Lines:
    """A line for each event, and beneath them a progress bar where there is a terminal."""

    def __init__(self, session: Session) -> None:
        self._console = Console(stderr=False, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID = self._bar.add_task(session.name, total=None)
        self._console.print(session.name, markup=False)

    def __enter__(self) -> "_Lines":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def event(self, event: AnyEvent) -> None:
        if isinstance(event, Failed | Diverged):
            return  # said once, on stderr
        words = epoch_words(event) if isinstance(event, Epoch) else describe(event)
        if words:
            self._console.print(words, markup=False, soft_wrap=True)

    def tick(self, summary: Summary, now: progress.Progress | None) -> None:
        if now is None:
            return
        total = summary.hyperparameters.epochs
        within = now.done / now.total if now.total else 0.0
        if now.stage == "training":
            done = min(float(total), max(0, now.epoch - 1) + within)
            self._bar.update(
                self._task, description=f"epoch {now.epoch}/{total}", total=total, completed=done
            )
        else:
            known = now.total or None
            self._bar.update(
                self._task,
                description=escape(clean(now.stage)),
                total=known,
                completed=float(now.done),
            )


def _events(session: Session, show: "_JsonLines | _Lines", from_now: bool) -> Iterator[AnyEvent]:
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


def _exit_status(session: Session, last: AnyEvent | None, interrupted: bool) -> int:
    if isinstance(last, Finished):
        return 0
    if isinstance(last, Stopped):
        words = f"{session.name} is {Status.STOPPED}; `edgechaos-tui resume {session.name}` goes on"
        print(words, file=sys.stderr)
        return 130 if interrupted else 0
    if isinstance(last, Failed | Diverged):
        raise SessionError(f"{session.name}: {last.text}")
    raise SessionError(
        f"{session.name} was interrupted; `edgechaos-tui resume {session.name}` takes it up"
    )

"""One run of a sweep that is not done yet: its session, its engine, and what its log says."""

from typing import Final

from engine.storage import commands, lock
from engine.storage.commands import Address, AnyCommand, Resume
from engine.storage.jsonl import is_no_room
from engine.storage.session.events import AnyEvent
from engine.storage.session.session import Session
from engine.storage.sweep.plan import PlannedRun
from engine.sweep.launchers.local import Launcher, RunningEngine
from engine.sweep.run_monitor import RunMonitor

MAX_FRUITLESS: Final = 3
"""Engines that end without a word and without an epoch before the run counts as failed."""
_MAX_WORDS: Final = 500


class SweepRun:
    """A planned run; session and watch are None until its session was made."""

    def __init__(self, planned: PlannedRun, session: Session | None = None) -> None:
        self.planned = planned
        self._session = session
        self._watch = RunMonitor(session) if session else None
        self._engine: RunningEngine | None = None
        self._incarnation = ""
        self._begun_at = 0
        self._fruitless = 0
        self._called_off: AnyEvent | None = None
        self.stop_sent = False

    @property
    def name(self) -> str:
        """The name that the plan gives it."""
        return self.planned.name

    @property
    def session(self) -> Session:
        """Its session, which was made or found."""
        assert self._session is not None
        return self._session

    @property
    def watch(self) -> RunMonitor:
        """What its log says."""
        assert self._watch is not None
        return self._watch

    @property
    def made(self) -> bool:
        """Whether it has a session."""
        return self._session is not None

    def take(self, session: Session) -> None:
        """Its session is `session`."""
        self._session, self._watch = session, RunMonitor(session)

    def start(self, starter: Launcher) -> None:
        """Start an engine on it. Raises OSError."""
        self._incarnation = commands.new_id()
        self._begun_at = self.watch.epoch
        self.stop_sent = False
        self.watch.forget_end()
        self._engine = starter.start(self.session, self._incarnation)

    def at_work(self) -> bool:
        """Whether an engine is on it: the one that was started here, or somebody else's."""
        return bool(self._engine and self._engine.at_work()) or lock.is_held(self.session.lock)

    @property
    def gives_place(self) -> bool:
        """Whether it waits until a person lets it go on, so that another may train meanwhile."""
        # A pause that was called off lasts until the engine's answer is in its log.
        return self.watch.paused and self.watch.lifecycle is not self._called_off

    def resume(self) -> None:
        """Let its engine go on after a pause. Raises OSError as `send` does."""
        self._called_off = self.watch.lifecycle
        self.send(Resume(**self.address()))

    def address(self) -> Address:
        """A new command's id, and the engine that it speaks to."""
        holder = lock.holder(self.session.lock)
        return Address(
            id=commands.new_id(), incarnation=holder.incarnation if holder else self._incarnation
        )

    def send(self, command: AnyCommand) -> bool:
        """Tell its engine; False when the disk has no room for the command.

        An engine waits as well while there is none. Raises OSError for anything else.
        """
        try:
            commands.send(self.session.commands, command)
        except OSError as error:
            if not is_no_room(error):
                raise
            return False
        return True

    def why_hopeless(self) -> str:
        """Its engine ended without a word: why no other is started; "" while it is worth a try."""
        self._fruitless = 0 if self.watch.epoch > self._begun_at else self._fruitless + 1
        if self._fruitless < MAX_FRUITLESS:
            return ""
        words = self._engine.last_words()[:_MAX_WORDS] if self._engine else ""
        return words or (
            f"its engine ended {MAX_FRUITLESS} times before it had trained an epoch; "
            f"see {self.session.worker_log}"
        )

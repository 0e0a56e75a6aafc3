"""One unfinished run of a sweep: its session, its engine, and a monitor of its log."""

from typing import Final

from engine.storage import commands, lock
from engine.storage.commands import Address, AnyCommand, Resume
from engine.storage.line_writer import is_no_room
from engine.storage.session.events import AnyEvent
from engine.storage.session.session import Session
from engine.storage.sweep.plan import PlannedRun
from engine.sweep.launchers.local import Launcher, RunningEngine
from engine.sweep.run_monitor import RunMonitor

MAX_FRUITLESS: Final = 3
"""Engines that end without an event and without an epoch before the run counts as failed."""
_MAX_OUTPUT: Final = 500


class SweepRun:
    """A planned run; it may have no session yet, nor an engine."""

    def __init__(self, planned: PlannedRun, session: Session | None = None) -> None:
        self.planned = planned
        self._session = session
        self._monitor = RunMonitor(session) if session else None
        self._engine: RunningEngine | None = None
        self._incarnation = ""
        self._begun_at = 0
        self._fruitless = 0
        self._resumed_pause: AnyEvent | None = None
        self.stop_sent = False

    @property
    def name(self) -> str:
        """The run's name in the plan."""
        return self.planned.name

    @property
    def session(self) -> Session:
        """The run's session, which must exist: see `has_session`."""
        assert self._session is not None
        return self._session

    @property
    def monitor(self) -> RunMonitor:
        """The monitor of the session's log; the session must exist."""
        assert self._monitor is not None
        return self._monitor

    @property
    def has_session(self) -> bool:
        """Whether the run has a session."""
        return self._session is not None

    def attach(self, session: Session) -> None:
        """Use `session` as the run's session."""
        self._session, self._monitor = session, RunMonitor(session)

    def start(self, starter: Launcher) -> None:
        """Start an engine on the session. Raises OSError."""
        self._incarnation = commands.new_id()
        self._begun_at = self.monitor.epoch
        self.stop_sent = False
        self.monitor.forget_end()
        self._engine = starter.start(self.session, self._incarnation)

    def at_work(self) -> bool:
        """Whether an engine trains the session: one started here, or one started elsewhere."""
        return bool(self._engine and self._engine.at_work()) or lock.is_held(self.session.lock)

    @property
    def frees_its_place(self) -> bool:
        """Whether a person paused the run, so that another may train meanwhile."""
        # After a resume was sent, the log says paused until the engine has answered.
        return self.monitor.paused and self.monitor.lifecycle is not self._resumed_pause

    def resume(self) -> None:
        """Resume the paused engine. Raises OSError as `send` does."""
        self._resumed_pause = self.monitor.lifecycle
        self.send(Resume(**self.address()))

    def address(self) -> Address:
        """A new command's id, and the incarnation of the engine that it is for."""
        holder = lock.holder(self.session.lock)
        return Address(
            id=commands.new_id(), incarnation=holder.incarnation if holder else self._incarnation
        )

    def send(self, command: AnyCommand) -> bool:
        """Send `command` to the engine; False when the disk has no room for it.

        The engine waits for room as well. Raises OSError for any other failure.
        """
        try:
            commands.send(self.session.commands, command)
        except OSError as error:
            if not is_no_room(error):
                raise
            return False
        return True

    def failure(self) -> str:
        """Count an engine that ended without an event; the reason to start no other, else ""."""
        self._fruitless = 0 if self.monitor.epoch > self._begun_at else self._fruitless + 1
        if self._fruitless < MAX_FRUITLESS:
            return ""
        output = self._engine.last_output()[:_MAX_OUTPUT] if self._engine else ""
        return output or (
            f"its engine ended {MAX_FRUITLESS} times before it had trained an epoch; "
            f"see {self.session.worker_log}"
        )

"""Requests to a run's engine: commands that the log answers."""

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.dialogs.ask import AskNumber, Confirm
from edgechaos_tui.screens.run.text import Send
from engine.storage import commands
from engine.storage.hyperparameters import Value
from engine.storage.session.info import Info, RecordedInfo
from engine.storage.session.session import Session
from engine.storage.session.status import Status

_DEFAULT_EXTENSION = 100
_STOP = (
    "Training ends after the current batch. The epochs so far are kept, and r continues after "
    "the last whole one."
)
_STOP_RECORDED = (
    "Its program leaves its loop after the current batch, or at the next line that it logs. "
    "Only that program can continue the training."
)
_STOP_FOLLOWED = (
    "{source} is no longer followed; the program that writes it goes on. `edgechaos-tui import` "
    "with --watch follows it again."
)


class RunCommands:
    """Sends commands to the engine of `session`, in threads: an engine may have to start.

    status: the present status of the run. sent: called with each command that was written.
    info: of the session. Questions and refusals are shown on `screen`.
    """

    def __init__(
        self,
        screen: Screen[None],
        session: Session,
        status: Callable[[], Status],
        sent: Callable[[commands.AnyCommand], object],
        info: Info,
    ) -> None:
        self._screen = screen
        self._session = session
        self._status = status
        self._sent = sent
        self._info = info

    def pause(self) -> None:
        """Pause the run; continue it where it is paused."""
        if self._status() is Status.TRAINING:
            self._send(lambda: control.pause(self._session))
        else:
            self.resume()

    def resume(self) -> None:
        """Continue the run, or resume it at its last whole epoch."""
        self._send(lambda: control.resume(self._session))

    def stop(self) -> None:
        """Ask whether to stop the run, then stop it."""
        if not self._status().active:
            self._screen.notify(f"nothing to stop: the run is {self._status()}")
            return

        def decide(agreed: bool | None) -> None:
            if agreed:
                self._send(lambda: control.stop(self._session))

        question = Confirm(
            f"Stop {self._session.name}?",
            self._stop_words(),
            "Stop",
        )
        self._screen.app.push_screen(question, decide)

    def extend(self) -> None:
        """Ask how many more epochs to train, then extend the run."""
        if isinstance(self._info, RecordedInfo) and not self._status().active:
            self._send(lambda: control.extend(self._session, _DEFAULT_EXTENSION))
            return

        def decide(epochs: int | None) -> None:
            if epochs:
                self._send(lambda: control.extend(self._session, epochs))

        question = AskNumber("Train for how many more epochs than planned?", _DEFAULT_EXTENSION)
        self._screen.app.push_screen(question, decide)

    def set_values(self, values: dict[str, Value]) -> None:
        """Change hyperparameters from the next epoch on."""
        self._send(lambda: control.set_values(self._session, values))

    def _stop_words(self) -> str:
        """The consequence of a stop, for the question that comes before it."""
        if not isinstance(self._info, RecordedInfo):
            return _STOP
        source = self._info.source
        return _STOP_FOLLOWED.format(source=clean(Path(source).name)) if source else _STOP_RECORDED

    def _send(self, send: Send) -> None:
        def report(command: commands.AnyCommand | None) -> None:
            if command is not None:
                self._sent(command)

        run_in_thread(self._screen, send, report, group="control")

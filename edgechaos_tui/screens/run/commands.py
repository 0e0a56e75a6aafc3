"""What a person asks of a run's engine from its screen: wishes that the log answers."""

from textual import on, work

from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.run.pending import Pending
from edgechaos_tui.presentation.run.watch import Watch
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.dialogs.ask import AskNumber, Confirm
from edgechaos_tui.screens.run.text import Send
from edgechaos_tui.terminal.partial_update import ExactDamage
from edgechaos_tui.widgets.hyperparameter_panel import HyperparameterPanel
from engine.storage import commands
from engine.storage.errors import EdgeChaosError
from engine.storage.session.status import Status

_DEFAULT_EXTENSION = 100


class Wishes(ExactDamage):
    """The part of a run's screen that speaks to the engine, through `control`.

    The screen has `_watch` (the session), `_pending` (wishes without an answer), the status last
    seen, and shows the pending ones in `_show_beside`.
    """

    _watch: Watch
    _pending: Pending

    @property
    def _status(self) -> Status:
        raise NotImplementedError

    def _show_beside(self) -> None:
        raise NotImplementedError

    def action_refuse(self) -> None:
        """Say why the engine is not asked now."""
        raise NotImplementedError

    def action_pause(self) -> None:
        if self._status is Status.TRAINING:
            self._wish(lambda: control.pause(self._watch.session))
        else:
            self._wish(lambda: control.resume(self._watch.session))

    def action_resume(self) -> None:
        self._wish(lambda: control.resume(self._watch.session))

    def action_stop(self) -> None:
        if not self._status.active:
            self.notify(f"nothing to stop: the run is {self._status}")
            return
        question = Confirm(
            f"Stop {self._watch.session.name}?",
            "It ends after the batch under way. The epochs so far are kept, and r takes it up "
            "again at the last whole epoch.",
            "Stop",
        )
        self.app.push_screen(question, self._stop_if)

    def _stop_if(self, agreed: bool | None) -> None:
        if agreed:
            self._wish(lambda: control.stop(self._watch.session))

    def action_extend(self) -> None:
        question = AskNumber("Train for how many more epochs than planned?", _DEFAULT_EXTENSION)
        self.app.push_screen(question, self._extend_by)

    def _extend_by(self, epochs: int | None) -> None:
        if epochs:
            self._wish(lambda: control.extend(self._watch.session, epochs))

    @on(HyperparameterPanel.Wanted)
    def _wanted(self, message: HyperparameterPanel.Wanted) -> None:
        if not self.check_action("edit", ()):
            self.action_refuse()
            return
        self._wish(lambda: control.set_values(self._watch.session, message.values))

    @work(thread=True, group="control", exit_on_error=False)
    def _wish(self, send: Send) -> None:
        """Send a wish in a thread: the log has to be read and an engine may have to start."""
        try:
            command = send()
        except (EdgeChaosError, OSError) as error:
            self.app.call_from_thread(self.notify, clean(str(error)), severity="error")
            return
        if command is not None:
            self.app.call_from_thread(self._sent, command)

    def _sent(self, command: commands.AnyCommand) -> None:
        self._pending.sent(command)
        self._show_beside()

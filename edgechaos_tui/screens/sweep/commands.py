"""Requests to a sweep and to its runs: pause, resume, stop."""

from collections.abc import Callable

from textual.screen import Screen

from edgechaos_tui.control import session as control
from edgechaos_tui.control import sweep as sweep_control
from edgechaos_tui.control.requests import wait_for_answer
from edgechaos_tui.presentation.sweep.runs import RunRow
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.dialogs.ask import Confirm
from engine.storage import commands
from engine.storage.errors import SessionError
from engine.storage.session.status import Status
from engine.storage.sweep.plan import Sweep
from engine.storage.sweep.state import SweepStatus

_ANSWER_SECONDS = 3.0


class SweepCommands:
    """Sends commands to coordinators and engines, in threads. Questions and refusals show on
    `screen`."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen

    def pause_sweep(self, sweep: Sweep, status: SweepStatus) -> None:
        """Pause all runs; continue them if they are paused."""
        if status is SweepStatus.RUNNING:
            self._send(lambda: sweep_control.pause(sweep), sweep)
        else:
            self.resume_sweep(sweep)

    def resume_sweep(self, sweep: Sweep) -> None:
        """Continue a paused sweep, or resume one that ended."""
        self._send(lambda: sweep_control.resume(sweep), sweep)

    def stop_sweep(self, sweep: Sweep, status: SweepStatus) -> None:
        """Ask whether to stop all runs, then stop them."""
        if not status.active:
            self._screen.notify(f"nothing to stop: the sweep is {status}")
            return
        self.confirm(
            Confirm(
                f"Stop the whole sweep {clean(sweep.name)}?",
                "The runs end after the current batch; their epochs are kept, and resuming "
                "the sweep resumes them.",
                "Stop",
            ),
            lambda: self._send(lambda: sweep_control.stop(sweep), sweep),
        )

    def pause_run(self, row: RunRow | None) -> None:
        """Pause one run; continue it if it is paused."""
        if row is not None and row.status is Status.TRAINING:
            self._send_to_run(row, control.pause)
        else:
            self.resume_run(row)

    def resume_run(self, row: RunRow | None) -> None:
        """Continue one run, or resume it at its last epoch."""
        self._send_to_run(row, control.resume)

    def stop_run(self, row: RunRow | None) -> None:
        """Ask whether to stop one run, then stop it; the sweep continues with the next one."""
        if row is None or not row.active:
            self._screen.notify("nothing to stop: no engine is at work on this run")
            return
        self.confirm(
            Confirm(
                f"Stop {clean(row.name)}?",
                "It ends after the current batch; the sweep continues with the next run.",
                "Stop",
            ),
            lambda: self._send_to_run(row, control.stop),
        )

    def confirm(self, question: Confirm, act: Callable[[], object]) -> None:
        """Ask `question`, and call `act` if the person agrees."""

        def decide(agreed: bool | None) -> None:
            if agreed:
                act()

        self._screen.app.push_screen(question, decide)

    def _send_to_run(self, row: RunRow | None, request: Callable[..., object]) -> None:
        if row is None or row.status is None:
            self._screen.notify("this run has not started yet; the sweep starts it in its turn")
            return
        self._send(lambda: request(row.session))

    def _send(self, send: Callable[[], object], sweep: Sweep | None = None) -> None:
        """Send a command; show the coordinator's refusal."""

        def send_and_wait() -> None:
            command = send()
            if sweep is not None and isinstance(command, commands.AnyCommand):
                answer = wait_for_answer(sweep, command, _ANSWER_SECONDS)
                if answer is not None and not answer.applied:
                    raise SessionError(f"{sweep.name}: {answer.text}")

        run_in_thread(self._screen, send_and_wait, group="control")

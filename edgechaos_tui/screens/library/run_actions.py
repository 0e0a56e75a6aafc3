"""Actions that start or resume something from the library: runs, forks, sweeps."""

from typing import TYPE_CHECKING

from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.library.edit_actions import SessionWords

if TYPE_CHECKING:
    from engine.storage.session.session import Session
    from engine.storage.session.status import Status


class SessionRuns(SessionWords):
    """The part of the library's screen that leads to a form, or to an engine."""

    def action_new(self) -> None:
        shell(self).open_form()

    def action_sweeps(self) -> None:
        shell(self).open_sweeps()

    def action_new_sweep(self) -> None:
        shell(self).open_sweep_form()

    def action_again(self) -> None:
        import msgspec

        row = self.current_row()
        if row is not None and row.facts is not None:
            given = msgspec.structs.asdict(row.facts.hyperparameters)
            shell(self).open_form(**given)

    def action_fork(self) -> None:
        row = self.current_row()
        if row is not None:
            from edgechaos_tui.screens.forms.fork import ask_fork

            ask_fork(self, row.session)

    def action_fashion(self) -> None:
        shell(self).open_form(dataset="fashion-mnist")

    def action_synthetic(self) -> None:
        shell(self).open_form(dataset="synthetic")

    def action_pause(self) -> None:
        row = self.current_row()
        if row is not None:
            self._ask(row.session, row.status)

    def action_resume(self) -> None:
        row = self.current_row()
        if row is not None:
            self._ask(row.session, None)

    def _ask(self, session: "Session", status: "Status | None") -> None:
        """Pause what trains, else let it go on; in a thread, since an engine may have to start."""
        # Imported here: it starts processes, and the first paint must not wait for that.
        from edgechaos_tui.control import session as control
        from engine.storage.session.status import Status

        ask = control.pause if status is Status.TRAINING else control.resume
        run_in_thread(self, lambda: ask(session), group="control")

"""Requests to the engine of the session under the cursor, and new runs that begin from it."""

import msgspec

from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.forms.fork import ask_fork
from edgechaos_tui.screens.library.pane import LibraryPane
from engine.storage.errors import EdgeChaosError
from engine.storage.session.session import refuse_recorded
from engine.storage.session.status import Status


class LibraryCommands:
    """Sends commands in threads: an engine may have to start. Refusals show on the pane's screen.

    Each does nothing where no session is under the cursor.
    """

    def __init__(self, pane: LibraryPane) -> None:
        self._pane = pane

    def pause(self) -> None:
        """Pause the run; continue it where it does not train."""
        row = self._pane.current_row
        if row is not None and row.status is Status.TRAINING:
            session = row.session
            run_in_thread(self._pane.screen, lambda: control.pause(session), group="control")
        else:
            self.resume()

    def resume(self) -> None:
        """Continue the run, or resume it at its last whole epoch."""
        row = self._pane.current_row
        if row is not None:
            session = row.session
            run_in_thread(self._pane.screen, lambda: control.resume(session), group="control")

    def repeat(self) -> None:
        """Open the form for a new run with the hyperparameters of this one."""
        row = self._pane.current_row
        if row is None or row.facts is None:
            return
        try:
            refuse_recorded(row.session, row.session.info(), "repeated")
        except EdgeChaosError as error:
            self._pane.notify(clean(str(error)), severity="warning")
            return
        shell(self._pane).open_form(**msgspec.structs.asdict(row.facts.hyperparameters))

    def fork(self) -> None:
        """Open the form for a fork of this run."""
        row = self._pane.current_row
        if row is not None:
            ask_fork(self._pane.screen, row.session)

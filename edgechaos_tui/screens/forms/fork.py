"""Asking for a fork: after which epoch, where there are several, and then the form for it."""

from collections.abc import Sequence

from textual.app import App

from edgechaos_tui.presentation.text import clean, number
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.choose import Choose
from engine.storage.errors import EdgeChaosError
from engine.storage.fork.fork_points import Origin, origins_of
from engine.storage.session.session import Session


def ask_fork(app: App[None], session: Session, shown: int | None = None) -> None:
    """Open the form for a fork of `session`, or say why there can be none.

    Of several places the one at or before the epoch `shown` is proposed; None proposes the last.
    """

    def look() -> None:
        # In a thread: the whole log is read, and the header of each snapshot.
        try:
            found = origins_of(session)
        except (EdgeChaosError, OSError) as error:
            app.call_from_thread(app.notify, clean(str(error)), severity="error")
        else:
            app.call_from_thread(_choose, app, found, shown)

    app.run_worker(look, thread=True, group="fork", exclusive=True)


def _choose(app: App[None], found: Sequence[Origin], shown: int | None) -> None:
    by_epoch = {str(origin.epoch): origin for origin in found}

    def chosen(epoch: str | None) -> None:
        if epoch is not None:
            shell(app).open_fork(by_epoch[epoch])

    if len(found) == 1:
        chosen(str(found[0].epoch))
        return
    reached = [origin for origin in found if shown is None or origin.epoch <= shown]
    proposed = reached[-1] if reached else found[0]
    labels = [(epoch, _label(origin)) for epoch, origin in by_epoch.items()]
    app.push_screen(Choose("Fork after which epoch?", labels, str(proposed.epoch)), chosen)


def _label(origin: Origin) -> str:
    event = origin.event
    return f"{origin.epoch:>5}   test {number(event.test_loss):<5}   J² {number(event.j2)}"

"""The question for a fork's epoch, where there are several, before its form opens."""

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from edgechaos_tui.presentation.text import number
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.base.shell import shell
from edgechaos_tui.screens.dialogs.choose import Choose
from engine.storage.fork.fork_points import Origin, origins_of
from engine.storage.session.session import Session


def ask_fork(screen: Screen[Any], session: Session, shown: int | None = None) -> None:
    """Open the form for a fork of `session`, or say why none is possible.

    Of several epochs the one at or before the epoch `shown` is proposed; None proposes the last.
    """
    # In a thread: it reads the whole log and the header of each snapshot.
    run_in_thread(
        screen,
        lambda: origins_of(session),
        lambda origins: _choose(screen, origins, shown),
        group="fork",
    )


def _choose(screen: Screen[Any], origins: Sequence[Origin], shown: int | None) -> None:
    by_epoch = {str(origin.epoch): origin for origin in origins}

    def open_form(epoch: str | None) -> None:
        if epoch is not None:
            shell(screen).open_fork(by_epoch[epoch])

    if len(origins) == 1:
        open_form(str(origins[0].epoch))
        return
    reached = [origin for origin in origins if shown is None or origin.epoch <= shown]
    proposed = reached[-1] if reached else origins[0]
    labels = [(epoch, origin_label(origin)) for epoch, origin in by_epoch.items()]
    dialog = Choose("Fork after which epoch?", labels, str(proposed.epoch))
    screen.app.push_screen(dialog, open_form)


def origin_label(origin: Origin) -> str:
    """`   37   test 0.336  J² 0.768`: an epoch after which a fork may begin."""
    event = origin.event
    return f"{origin.epoch:>5}   test {number(event.test_loss):<5}   J² {number(event.j2)}"

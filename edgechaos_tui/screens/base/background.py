"""Work in a thread for a screen, so that it does not delay the keys; its result and its errors."""

from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

from edgechaos_tui.presentation.text import clean
from engine.storage.errors import EdgeChaosError

Result = TypeVar("Result")


def run_in_thread(
    screen: Screen[Any],
    work: Callable[[], Result],
    then: Callable[[Result], object] = lambda _: None,
    *,
    group: str,
    otherwise: Callable[[], object] = lambda: None,
) -> None:
    """Do `work` in a thread, and call `then` with its result in the app's thread. An error is shown
    as a notice, and `otherwise` is called."""

    def run() -> None:
        try:
            result = work()
        except (EdgeChaosError, OSError) as error:
            screen.app.call_from_thread(screen.notify, clean(str(error)), severity="error")
            screen.app.call_from_thread(otherwise)
        else:
            screen.app.call_from_thread(then, result)

    screen.run_worker(run, thread=True, group=group, exit_on_error=False)

"""The app's end that the person did not ask for: a signal, a lost terminal, a fault.

The terminal is put in order wherever it is still there. Runs are processes of their own and go on.
"""

import asyncio
import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable

from engine.storage import user_folders

_LOOK_SECONDS = 2.0
_SIGNALS = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT,
    # The warnings of batch systems and of limits: of themselves they end a process as it stands.
    signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
    signal.SIGXCPU,
)  # fmt: skip


def with_the_terminal() -> None:
    """End the process when its terminal is gone, where no SIGHUP told it so.

    Reading a vanished terminal returns at once, again and again: the app would spin unseen.
    """
    threading.Thread(target=_look_for_terminal, daemon=True).start()


def on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with the exit status when a signal asks the process to end.

    One that is ignored, as under nohup, stays so. To be called in the event loop.
    """
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, _leave, leave, number)


def by_a_fault(error: BaseException | None) -> str:
    """Keep the traceback of `error` in a file; a sentence that says where."""
    # Imported here: nobody waits for these at the start.
    import traceback

    from engine.storage.files import replace_atomically

    folder = user_folders.log_folder()
    path = folder / "crash.log"
    place = f"; the traceback is in {path}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_atomically(path, "".join(traceback.format_exception(error)).encode())
    except OSError:
        place = ""
    what = type(error).__name__
    return f"edgechaos-tui: the screen failed ({what}); runs are not touched{place}"


def _leave(leave: Callable[[int], None], number: signal.Signals) -> None:
    if not _terminal_is_there():
        os._exit(128 + number)
    leave(128 + number)


def _look_for_terminal() -> None:
    while _terminal_is_there():
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _terminal_is_there() -> bool:
    try:
        termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError):
        return False
    return True

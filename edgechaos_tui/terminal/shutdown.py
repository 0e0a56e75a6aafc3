"""The app's end by a signal, a lost terminal or a fault.

A terminal that is still there is restored. Runs are processes of their own and continue.
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
    # The warnings of batch systems and limits, which by default end a process at once.
    signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
    signal.SIGXCPU,
)  # fmt: skip


def with_the_terminal() -> None:
    """End the process when its terminal disappears without a SIGHUP.

    Reading from a lost terminal returns at once, again and again: the app would spin unseen.
    """
    threading.Thread(target=_watch_terminal, daemon=True).start()


def on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with the exit status when a signal asks the process to end.

    A signal that is ignored, as under nohup, stays ignored. To be called in the event loop.
    """
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, _leave, leave, number)


def by_a_fault(error: BaseException | None) -> str:
    """Write the traceback of `error` into a file; return a sentence that names it."""
    # Imported here: the start must not wait for these.
    import traceback

    from engine.storage.files import replace_atomically

    folder = user_folders.log_folder()
    path = folder / "crash.log"
    where = f"; the traceback is in {path}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_atomically(path, "".join(traceback.format_exception(error)).encode())
    except OSError:
        where = ""
    return f"edgechaos-tui: the app failed ({type(error).__name__}); runs continue{where}"


def _leave(leave: Callable[[int], None], number: signal.Signals) -> None:
    if not _terminal_is_there():
        os._exit(128 + number)
    leave(128 + number)


def _watch_terminal() -> None:
    while _terminal_is_there():
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _terminal_is_there() -> bool:
    try:
        termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError, ValueError):
        return False
    return True

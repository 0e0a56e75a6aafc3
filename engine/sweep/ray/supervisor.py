"""`python -m engine.sweep.ray.supervisor FOLDER --incarnation ID`: an engine for a remote owner.

The engine lives as long as this process's stdin is held open; its end is the end of stdout. When
whoever holds them is gone, with a cluster's node or its program, the engine is ended and the folder
removed: it is a copy that nobody will look at again.
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from engine.storage.session.session import Session


def main(arguments: list[str]) -> None:
    """Return at once in the process that was started; its child waits for the engine."""
    # Ray kills the children of its workers with them, and then nobody would end the engine.
    if os.fork():
        return
    session = Session(Path(arguments[0]))
    # -P: what lies in the current folder must not be imported in place of the engine.
    command = [sys.executable, "-P", "-m", "engine", *arguments]
    with session.worker_log.open("ab") as output:
        engine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    released = threading.Event()
    threading.Thread(target=_hold, args=(engine, released), daemon=True).start()
    engine.wait()
    if released.is_set():
        shutil.rmtree(session.folder, ignore_errors=True)


def _hold(engine: subprocess.Popen[bytes], released: threading.Event) -> None:
    os.read(0, 1)
    released.set()
    engine.kill()


if __name__ == "__main__":
    main(sys.argv[1:])

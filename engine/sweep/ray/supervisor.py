"""`python -m engine.sweep.ray.supervisor FOLDER --incarnation ID`: an engine for a remote owner.

The engine lives as long as this process's stdin stays open; stdout ends when the engine ends. When
the owner of both is gone, with a cluster's node or its program, the engine is killed and the folder
removed: it is a copy that nobody will read again.
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from engine.storage.session.session import Session


def main(arguments: list[str]) -> None:
    """Fork a child that waits for the engine, and return at once in the parent."""
    # Ray kills the children of its workers with them, and then nothing would end the engine.
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
    threading.Thread(target=_kill_when_released, args=(engine, released), daemon=True).start()
    engine.wait()
    if released.is_set():
        shutil.rmtree(session.folder, ignore_errors=True)


def _kill_when_released(engine: subprocess.Popen[bytes], released: threading.Event) -> None:
    os.read(0, 1)
    released.set()
    engine.kill()


if __name__ == "__main__":
    main(sys.argv[1:])

"""A launcher of engines on a Ray cluster, through a gateway process; it does not import Ray."""

import subprocess
import sys
import threading
from pathlib import Path

from engine.storage.errors import SessionError
from engine.storage.session.session import Session
from engine.sweep.launchers.local import RunningEngine, last_line
from engine.sweep.ray.messages import Begin, Ended, Ready, decode_message, encode

_CLOSE_SECONDS = 10.0


class RayLauncher:
    """Starts engines on the cluster at `address`; places: its cores.

    The gateway's output goes to `log`. Raises SessionError when the cluster cannot be reached.
    """

    def __init__(self, address: str, log: Path) -> None:
        self._address = address
        self._log = log
        self._ended: set[str] = set()
        self._connect()

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        """An engine on `session` somewhere in the cluster. Raises SessionError, OSError."""
        if self._gateway.poll() is not None:
            self._connect()
        begin = Begin(folder=str(session.folder), incarnation=incarnation)
        size = session.worker_log.stat().st_size if session.worker_log.exists() else 0
        assert self._gateway.stdin is not None
        self._gateway.stdin.write(encode(begin))
        self._gateway.stdin.flush()
        return _RemoteRun(self._gateway, self._ended, incarnation, session.worker_log, size)

    def flush(self) -> None:
        """Nothing: `start` started it."""

    def close(self) -> None:
        """Let the gateway end after its runs."""
        assert self._gateway.stdin is not None
        self._gateway.stdin.close()
        try:
            self._gateway.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            return  # The gateway continues its runs, as engines of this machine would.
        # The gateway has ended, so its last message has been read.
        self._listener.join()

    def _connect(self) -> None:
        module = [sys.executable, "-P", "-m", "engine.sweep.ray.gateway"]
        with self._log.open("ab") as output:
            begin = output.tell()
            self._gateway = subprocess.Popen(
                [*module, "--address", self._address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                # The gateway outlives the coordinator, as engines of this machine do.
                start_new_session=True,
            )
        assert self._gateway.stdout is not None
        line = self._gateway.stdout.readline()
        message = decode_message(line) if line else None
        if not isinstance(message, Ready):
            self._gateway.communicate()
            raise SessionError(last_line(self._log, begin) or "Ray's gateway ended at once")
        self.places = message.cpus
        self._listener = threading.Thread(target=self._listen, args=(self._gateway,), daemon=True)
        self._listener.start()

    def _listen(self, gateway: subprocess.Popen[bytes]) -> None:
        assert gateway.stdout is not None
        with gateway.stdout as lines:
            for line in lines:
                message = decode_message(line)
                if isinstance(message, Ended):
                    self._ended.add(message.incarnation)


class _RemoteRun:
    def __init__(
        self,
        gateway: subprocess.Popen[bytes],
        ended: set[str],
        incarnation: str,
        log: Path,
        begin: int,
    ) -> None:
        self._gateway = gateway
        self._ended = ended
        self._incarnation = incarnation
        self._log = log
        self._begin = begin

    def at_work(self) -> bool:
        """Whether the gateway runs and has not reported the run's end."""
        return self._gateway.poll() is None and self._incarnation not in self._ended

    def last_output(self) -> str:
        """The last line that the engine, or the gateway for it, printed."""
        return last_line(self._log, self._begin)

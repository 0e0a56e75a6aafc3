"""`python -m engine.sweep.ray.gateway --address A`: all runs of a sweep that are on a Ray cluster.

A process of its own, because it holds the locks of the sessions: the coordinator tests those locks,
and would release them by testing if it held them itself. The gateway reads on stdin which sessions
to train, and reports on stdout which have ended (`messages`). After the end of stdin it runs until
its runs have ended.
"""

import argparse
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.storage.host import boot_id, host_name
from engine.storage.lock import Holder
from engine.storage.session.session import Session
from engine.sweep.ray.messages import Begin, Ended, GatewayMessage, Ready, decode_begin, encode

_CONNECT_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until stdin ends. Returns the exit status: 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m engine.sweep.ray.gateway", description=__doc__)
    parser.add_argument("--address", required=True, help="the cluster's, or auto")
    address = parser.parse_args(arguments).address
    # Ray prints to stdout; the messages to the coordinator must not be mixed with that.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        import ray
    except ImportError:
        print("Ray is not installed: pip install 'edgechaos-tui[ray]'", file=sys.stderr)
        return 1
    try:
        _check_reachable(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # noqa: BLE001 - Ray raises many kinds
        why = " ".join(str(error).split())
        print(f"cannot reach a Ray cluster at {address}: {why}", file=sys.stderr)
        return 1
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # unannotated
    _serve(answers, int(resources.get("CPU", 1)))
    return 0


def _check_reachable(address: str) -> None:
    """Raise OSError when nothing listens at `address`: Ray would try to reach it for ever."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()


def _serve(answers: BinaryIO, cpus: int) -> None:
    lock = threading.Lock()

    def send(message: GatewayMessage) -> None:
        with lock:
            try:
                answers.write(encode(message))
            except BrokenPipeError:
                return  # The coordinator is gone; the next one tests the locks.

    send(Ready(cpus=cpus))
    mirrors = []
    for line in sys.stdin.buffer:
        begin = decode_begin(line)
        thread = threading.Thread(target=_mirror, args=(begin, send))
        thread.start()
        mirrors.append(thread)
    for thread in mirrors:
        thread.join()


def _mirror(begin: Begin, send: Callable[[GatewayMessage], None]) -> None:
    # Importing Ray takes seconds, so it waits until Ray is known to be installed.
    from engine.sweep.ray.mirror import Mirror

    holder = Holder(
        incarnation=begin.incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id()
    )
    try:
        Mirror(Session(Path(begin.folder)), holder).run()
    finally:
        send(Ended(incarnation=begin.incarnation))


if __name__ == "__main__":
    sys.exit(main())

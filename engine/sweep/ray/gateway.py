"""`python -m engine.sweep.ray.gateway --address A`: all runs of a sweep that are on a Ray cluster.

A process of its own: it holds the locks of the sessions, and the coordinator, which asks who holds
them, would lose them by asking. It is told on stdin which sessions to train, says on stdout which
have ended (`ray_words`), and when stdin ends it goes on until its runs have ended.
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
from engine.sweep.ray.messages import Begin, Ended, Ready, Said, decode_begin, encode

_KNOCK_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until stdin ends; the exit status, with a sentence on stderr when it is 1."""
    parser = argparse.ArgumentParser(prog="python -m engine.sweep.ray.gateway", description=__doc__)
    parser.add_argument("--address", required=True, help="the cluster's, or auto")
    address = parser.parse_args(arguments).address
    # Ray prints when it likes; what the coordinator reads must not be mixed with that.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        import ray
    except ImportError:
        print("Ray is not installed: pip install 'edgechaos-tui[ray]'", file=sys.stderr)
        return 1
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # noqa: BLE001 - Ray raises many kinds
        why = " ".join(str(error).split())
        print(f"cannot reach a Ray cluster at {address}: {why}", file=sys.stderr)
        return 1
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # unannotated
    _serve(answers, int(resources.get("CPU", 1)))
    return 0


def _knock(address: str) -> None:
    """Raise OSError when nobody listens at `address`: Ray would try to reach it for ever."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()


def _serve(answers: BinaryIO, cpus: int) -> None:
    lock = threading.Lock()

    def say(message: Said) -> None:
        with lock:
            try:
                answers.write(encode(message))
            except BrokenPipeError:
                return  # The coordinator is gone; the next one asks the locks.

    say(Ready(cpus=cpus))
    mirrors = []
    for line in sys.stdin.buffer:
        begin = decode_begin(line)
        thread = threading.Thread(target=_mirror, args=(begin, say))
        thread.start()
        mirrors.append(thread)
    for thread in mirrors:
        thread.join()


def _mirror(begin: Begin, say: Callable[[Said], None]) -> None:
    # Ray takes seconds to import: only when it is certain to be there.
    from engine.sweep.ray.mirror import Mirror

    holder = Holder(
        incarnation=begin.incarnation, pid=os.getpid(), host=host_name(), boot_id=boot_id()
    )
    try:
        Mirror(Session(Path(begin.folder)), holder).run()
    finally:
        say(Ended(incarnation=begin.incarnation))


if __name__ == "__main__":
    sys.exit(main())

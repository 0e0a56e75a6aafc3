"""The library at scale: how long 10,000 sessions take to list, to read, to filter and to scroll.

`python -m benchmarks.library [SESSIONS [EPOCHS]]` makes them in a temporary folder.
"""

import asyncio
import math
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks import library_screen
from edgechaos_tui.presentation.library.cache import cache_path
from edgechaos_tui.presentation.library.library import Library
from engine.storage.hyperparameters import build
from engine.storage.session import events
from engine.storage.session.info import Info, write_info


def make_sessions(root: Path, count: int, epochs: int) -> None:
    """`count` finished sessions of `epochs` epochs, as an engine leaves them."""
    began = time.time() - count * 60
    for k in range(count):
        folder = root / f"session-{k:05}"
        folder.mkdir(parents=True)
        lr = (0.005, 0.01, 0.02, 0.04)[k % 4]
        l2 = (0.0, 5e-5, 9e-5)[k % 3]
        hyperparameters = build(
            {"lr": lr, "l2": l2, "seed": k, "epochs": epochs, "dataset": "synthetic"}
        )
        info = Info(
            id=f"{k:016x}", name=folder.name, created=began + k * 60,
            hyperparameters=hyperparameters,
            tags=["fig4"] if k % 100 == 0 else [],
        )  # fmt: skip
        # Without waiting for the disk, which is nothing of the library's.
        (folder / "session.json").write_bytes(msgspec.json.encode(info))
        # As of a session that was made then: by this the list goes before anything is read.
        os.utime(folder / "session.json", (info.created, info.created))
        lines = [events.encode(event) for event in _log(info, k)]
        (folder / "events.jsonl").write_bytes(b"".join(lines))
    write_info(folder, info)


def _log(info: Info, k: int) -> "list[events.AnyEvent]":
    chosen, began = info.hyperparameters, info.created
    log: list[events.AnyEvent] = [
        events.Started(
            t=began, elapsed=0, incarnation="x", host="here", boot_id="", pid=1, versions={},
            device="cpu", threads=1, dataset="synthetic", dataset_checksum="", train_size=60000,
            test_size=10000, hyperparameters={}, from_epoch=0,
        )
    ]  # fmt: skip
    for epoch in range(chosen.epochs + 1):
        j = math.sqrt(0.25 + (0.4 + k % 50 / 25) * chosen.lr * epoch)
        loss = 0.33 + k % 31 / 1000 + 2 * math.exp(-epoch / 3)
        log.append(
            events.Epoch(
                t=began + 2.0 * epoch, elapsed=2.0 * epoch, epoch=epoch, train_loss=loss - 0.02,
                test_loss=loss, train_accuracy=0.9, test_accuracy=0.88, j=j, j0=0.0123456789,
                edge_distance=j - 1, gain=j * j, asymptotic_distance=0.0, lyapunov=math.log(j),
                jacobian_norm=j, tau=epoch * 0.00125, seconds=2.1, lr=chosen.lr, momentum=0.5,
                batch_size=32, l2=chosen.l2, epochs=chosen.epochs, indicators_every=1,
            )
        )  # fmt: skip
    end = began + 2.0 * chosen.epochs
    log.append(events.Finished(t=end, elapsed=2.0 * chosen.epochs, epoch=chosen.epochs))
    return log


def _listing(library: Library, title: str) -> None:
    begin = time.perf_counter()
    library.refresh()
    print(f"{title}: names after {time.perf_counter() - begin:.2f} s", end="")
    visible = [row.name for row in sorted(library.rows, key=lambda row: -row.created)[:50]]
    library.read_more(visible, 0.01)
    print(f", a screenful read after {time.perf_counter() - begin:.2f} s", end="")
    while library.read_more(visible, 0.15):
        pass
    print(f", all read after {time.perf_counter() - begin:.1f} s")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"XDG_CACHE_HOME": folder, "XDG_CONFIG_HOME": folder}
        root = Path(folder) / "sessions"
        cache = cache_path(root)
        make_sessions(root, count, epochs)
        print(f"{count} sessions of {epochs} epochs")
        first = Library(root, cache)
        _listing(first, "first start")
        first.save()
        library = Library(root, cache)
        _listing(library, "later start")
        before = time.process_time()
        library.refresh()
        print(f"refresh, each second: {(time.process_time() - before) * 1e3:.1f} ms of CPU")
        print("on the screen, 120x40:")
        asyncio.run(library_screen.measure(root))


if __name__ == "__main__":
    main()

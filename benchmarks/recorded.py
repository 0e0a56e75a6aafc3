"""Sessions to look at: long ones, made up, and one that grows by real epoch lines."""

import math
import time
from pathlib import Path
from types import TracebackType

import msgspec

from engine.recorder import record
from engine.storage.host import boot_id, host_name
from engine.storage.hyperparameters import build
from engine.storage.lock import EngineLock, Holder
from engine.storage.session import events
from engine.storage.session.events import AnyEvent, Epoch, Finished, Logged, Started
from engine.storage.session.info import Info, write_info
from engine.storage.session.session import Session

_REAL = Path(__file__).parent.parent / "sessions" / "reference-fig2" / "events.jsonl"


def write_session(root: Path, name: str, epochs: int, lr: float = 0.02) -> None:
    """A finished session of `epochs` + 1 epoch lines, which crosses the edge on the way."""
    began = 1.7e9
    _write_info(root / name, epochs, lr, began)
    with (root / name / "events.jsonl").open("wb") as log:
        log.write(events.encode(_started(began)))
        for epoch in range(epochs + 1):
            log.write(events.encode(_epoch(epoch, epochs, lr, began)))
        end = {"t": began + 2.0 * epochs, "elapsed": 2.0 * epochs, "epoch": epochs}
        log.write(events.encode(Finished(**end)))


def write_recorded_session(root: Path, name: str, steps: int) -> None:
    """A finished session of a loop of a user's own, with `steps` steps after step 0: its loss, the
    norm of its gradient, and another learning rate at each, a test every thousandth."""
    record(name, {"lr": 0.01, "momentum": 0.9, "batch_size": 64}, sessions=root).close()
    path = root / name / "events.jsonl"
    started, finished = path.read_bytes().splitlines(keepends=True)
    with path.open("wb") as log:
        log.write(started)
        for step in range(steps + 1):
            log.write(events.encode(_logged(step, steps)))
        log.write(finished)


def _logged(step: int, steps: int) -> Logged:
    share = step / steps
    loss = 0.3 + 2 * math.exp(-5 * share) + 0.01 * math.sin(step)
    metrics = {"train_loss": loss, "grad/norm": 1 + 0.1 * math.sin(1.7 * step)}
    if step % 1000 == 0:
        metrics |= {"test_loss": loss + 0.02, "test_accuracy": 0.9 - 0.2 * loss}
    settings = {"lr": 0.01 * (1 - 0.9 * share), "momentum": 0.9, "l2": 0.0}
    seconds = 0.01 * step
    return Logged(
        t=1.7e9 + seconds, elapsed=seconds, metrics=dict(metrics), step=step, epoch=step / 1000,
        settings=settings,
    )  # fmt: skip


class LiveSession:
    """A session that looks as if an engine trained it; `grow` adds the next real epoch line."""

    def __init__(self, root: Path, name: str, begun: int) -> None:
        self.folder = root / name
        real = [events.decode(line) for line in _REAL.read_bytes().splitlines()]
        self._epochs = [event for event in real if isinstance(event, Epoch)]
        self._now = time.time()
        _write_info(self.folder, len(self._epochs) - 1, 0.02, self._now)
        self._lock = EngineLock(
            Session(self.folder).lock, Holder("bench", 1, host_name(), boot_id())
        )
        self._append(_started(self._now))
        self.done = 0
        for _ in range(begun):
            self.grow()

    def __enter__(self) -> "LiveSession":
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._lock.release()

    def grow(self) -> float:
        """Write the next epoch's line; the moment it was there."""
        planned = len(self._epochs) - 1
        event = msgspec.structs.replace(
            self._epochs[self.done], t=time.time(), elapsed=float(self.done), seconds=1.0,
            epochs=planned,
        )  # fmt: skip
        self.done += 1
        return self._append(event)

    def _append(self, event: AnyEvent) -> float:
        with (self.folder / "events.jsonl").open("ab", buffering=0) as log:
            log.write(events.encode(event))
        return time.perf_counter()


def _write_info(folder: Path, epochs: int, lr: float, created: float) -> None:
    folder.mkdir(parents=True)
    chosen = build({"lr": lr, "epochs": epochs})
    write_info(folder, Info(id="0" * 16, name=folder.name, created=created, hyperparameters=chosen))


def _started(t: float) -> Started:
    return Started(
        t=t, elapsed=0.0, incarnation="bench", host=host_name(), boot_id=boot_id(), pid=1,
        versions={}, device="cpu", threads=1, dataset="fashion-mnist", dataset_checksum="",
        train_size=60_000, test_size=10_000, hyperparameters={}, from_epoch=0,
    )  # fmt: skip


def _epoch(epoch: int, epochs: int, lr: float, began: float) -> Epoch:
    share = epoch / max(epochs, 1)
    j = math.sqrt(0.25 + 1.4 * share) + 0.002 * math.sin(1.7 * epoch)
    loss = 0.33 + 2 * math.exp(-30 * share) + 0.001 * math.sin(epoch)
    return Epoch(
        t=began + 2.0 * epoch, elapsed=2.0 * epoch, epoch=epoch, train_loss=loss - 0.02,
        test_loss=loss, train_accuracy=0.9, test_accuracy=0.88, j=j, j0=0.0123456789,
        edge_distance=j - 1, gain=j * j, asymptotic_distance=0.1, lyapunov=math.log(j),
        jacobian_norm=j, tau=epoch * lr / 16, seconds=2.1, lr=lr, momentum=0.5, batch_size=32,
        l2=0.0, epochs=epochs, indicators_every=1,
    )  # fmt: skip


def an_epoch(epoch: int) -> Epoch:
    """A made-up epoch's event."""
    return _epoch(epoch, 100, 0.02, 1.7e9)

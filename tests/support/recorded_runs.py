"""Recorded runs for tests of screens: one that follows the law, was edited once, and crossed, and
forks of it; one with depth; one whose J² is held."""

import math
from pathlib import Path

import msgspec

from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogReader, LogWriter
from engine.storage.session.events import Changed, Epoch, Finished, Layer, Times
from engine.storage.session.info import Parent, UndoneEdit
from engine.storage.session.machine import Machine
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event


def record(root: Path, name: str, *, epochs: int = 60, planned: int = 60) -> Session:
    """A session with `epochs` epochs of `planned`, J² growing by 0.0139 an epoch."""
    created = create(root, build({"epochs": planned}), name)
    writer = LogWriter(created.log)
    writer.append(started_event(train_size=60_000, test_size=10_000))
    for k in range(epochs + 1):
        j = math.sqrt(0.25 + 0.0139 * k)
        if k == 20:
            change = Changed(
                t=1020.0, elapsed=20.0, epoch=20, values={"l2": 1e-6}, previous={"l2": 0.0}
            )
            writer.append(change)
        writer.append(
            epoch_event(
                k, j=j, j0=0.02 * math.sin(k / 5), edge_distance=j - 1, epochs=planned,
                train_loss=0.3 + math.exp(-k / 5), test_loss=0.33 + math.exp(-k / 5) + 1e-3 * k,
                lyapunov=math.log(j), jacobian_norm=j, asymptotic_distance=0.0 if j < 1 else 0.5,
                l2=1e-6 if k >= 20 else 0.0,
            )
        )  # fmt: skip
    if epochs >= planned:
        writer.append(Finished(t=1000.0 + epochs, elapsed=float(epochs), epoch=epochs))
    writer.close()
    return created


MACHINE = Machine(
    cores=8, usable_cores=2.0, memory=64 * 10**9, memory_limit=16 * 10**9, gpu="NVIDIA H100",
    gpu_memory=80 * 10**9, gpu_power_limit=700.0,
)  # fmt: skip
"""A job with a part of a large machine, and one of its GPUs."""


def record_with_machine(root: Path, name: str, machine: Machine) -> Session:
    """A finished run of 20 epochs that uses more of `machine` each second epoch, which tell it."""
    created = create(root, build({"epochs": 20}), name)
    writer = LogWriter(created.log)
    writer.append(started_event(machine=machine))
    for k in range(21):
        use = {
            "process_cpu": 1 + k / 40, "machine_cpu": 3.0, "process_memory": 1e9 + 1e8 * k,
            "machine_memory": 5e9,
        }  # fmt: skip
        if machine.gpu:
            use |= {
                "gpu_use": 0.5 + k / 50, "gpu_memory": 2e10 + 1e9 * k, "gpu_temperature": 60.0 + k,
                "gpu_power": 400.0 + 5 * k,
            }  # fmt: skip
        writer.append(epoch_event(k, epochs=20, **(use if k % 2 == 0 else {})))
    writer.append(Finished(t=1020.0, elapsed=20.0, epoch=20))
    writer.close()
    return created


def record_deep(root: Path, name: str, *, epochs: int = 40) -> Session:
    """An MLP of three hidden layers: the first stays ordered, the third becomes chaotic."""
    created = create(root, build({"epochs": epochs, "model": "mlp", "depth": 3}), name)
    writer = LogWriter(created.log)
    writer.append(started_event(train_size=60_000, test_size=10_000))
    for k in range(epochs + 1):
        growths = (-0.6, -0.7 + 0.017 * k, -0.7 + 0.025 * k)
        layers = tuple(
            Layer(
                name=f"hidden{block}", growth=growth, angle=growth + 0.1, gain=math.exp(2 * growth),
                fan_in=784, j=math.sqrt(0.25 + 0.01 * block * k), j0=0.1 * block,
            )
            for block, growth in enumerate(growths, start=1)
        )  # fmt: skip
        readout = Layer(
            name="readout", growth=2.5, angle=-0.4, gain=2.6, fan_in=784, j=1.6, j0=0.0,
            readout=True,
        )  # fmt: skip
        mean = sum(growths) / 3
        writer.append(
            epoch_event(
                k, j=layers[0].j, j0=0.1, epochs=epochs, edge_distance=(layers[0].j or 0) - 1,
                train_loss=0.3 + math.exp(-k / 5), test_loss=0.33 + math.exp(-k / 5) + 1e-3 * k,
                lambda_depth=mean, lambda_depth_error=0.01, lambda_angle=mean + 0.1,
                lambda_angle_error=0.02, layers=(*layers, readout),
            )
        )  # fmt: skip
    writer.append(Finished(t=1000.0 + epochs, elapsed=float(epochs), epoch=epochs))
    writer.close()
    return created


def record_fork(
    parent: Session, name: str, *, epsilon: float | None = None, apart: float = 0.0
) -> Session:
    """A fork of what `record` made, begun before its edit: a twin with `epsilon`, else the run
    without the edit, its test loss `apart` from the parent's."""
    info = parent.info()
    undoes = None if epsilon is not None else UndoneEdit(session=info.id, epoch=20)
    link = Parent(id=info.id, name=parent.name, epoch=19, epsilon=epsilon, undoes=undoes)
    created = create(parent.folder.parent, info.hyperparameters, name, link)
    writer = LogWriter(created.log)
    for event in LogReader(parent.log).read_all():
        if not isinstance(event, Epoch) or event.epoch < 19:
            continue
        new: dict[str, float] = {}
        if event.epoch > 19:
            new["test_loss"] = (event.test_loss or 0.0) + apart
            if epsilon is None:
                new["l2"] = 0.0
            else:
                n = event.epoch - 19
                new["twin_distance"] = epsilon * math.exp(0.2 * n + 0.1 * math.sin(n))
        writer.append(msgspec.structs.replace(event, **new))
        if event.epoch == 19:
            times = Times(t=event.t, elapsed=event.elapsed)
            if epsilon is not None:
                values, previous = {"l2": 1e-6}, {"l2": 0.0}
                writer.append(Changed(**times, epoch=20, values=values, previous=previous))
            writer.append(started_event(**times, train_size=60_000, from_epoch=19))
    writer.append(Finished(t=2000.0, elapsed=60.0, epoch=60))
    writer.close()
    return created


def record_held(root: Path, name: str, *, epochs: int = 60) -> Session:
    """A run whose J² grows to 1 by epoch 40 and is held there by a λ that grows."""
    created = create(root, build({"epochs": epochs, "hold_j2": 1.0}), name)
    writer = LogWriter(created.log)
    writer.append(started_event(train_size=60_000, test_size=10_000))
    before = 0.0
    for k in range(epochs + 1):
        j2 = min(0.25 + 0.01875 * k, 1.0 + 1e-3 * math.sin(k))
        l2 = 0.0 if k <= 38 else round(6.5e-5 + 2e-7 * k, 8)
        if l2 != before:
            times = {"t": 999.5 + k, "elapsed": k - 0.5}
            values, previous = {"l2": l2}, {"l2": before}
            writer.append(Changed(**times, epoch=k, values=values, previous=previous, by="hold_j2"))
            before = l2
        writer.append(
            epoch_event(
                k, j=math.sqrt(j2), j0=0.02 * math.sin(k / 5), edge_distance=math.sqrt(j2) - 1,
                epochs=epochs, l2=l2, hold_j2=1.0, gross_growth=15 + k / 20 if k > 1 else None,
                train_loss=0.3 + math.exp(-k / 5), test_loss=0.33 + math.exp(-k / 5) + 5e-4 * k,
            )
        )  # fmt: skip
    writer.append(Finished(t=1000.0 + epochs, elapsed=float(epochs), epoch=epochs))
    writer.close()
    return created

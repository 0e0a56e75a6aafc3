"""TensorBoard's event files, written with the package `tensorboard` alone (its extra)."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgechaos_tui.export.columns import METRICS, layer_cells
from engine.storage.session.events import Epoch
from engine.storage.session.recorded import RecordedEpoch


def write_runs(runs: Sequence[tuple[str, Sequence[Epoch]]], folder: Path) -> None:
    """A folder a session under `folder`, its scalars by the log's names, one step an epoch."""
    for name, epochs in runs:
        _write_run(epochs, folder / name)


def _write_run(epochs: Sequence[Epoch], folder: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    try:
        for epoch in epochs:
            # What was not measured has no point; TensorBoard shows nan and infinities as such.
            values = [
                Summary.Value(tag=name, simple_value=_single(value))
                for name, value in _scalars(epoch)
                if value is not None
            ]
            summary = Summary(value=values)
            writer.add_event(Event(wall_time=epoch.t, step=epoch.epoch, summary=summary))
    finally:
        writer.close()


def _scalars(epoch: Epoch) -> Iterator[tuple[str, float | None]]:
    yield from ((name, getattr(epoch, name)) for name in METRICS)
    yield from layer_cells(epoch).items()
    if isinstance(epoch, RecordedEpoch):
        yield from epoch.metrics.items()


def _single(value: float) -> float:
    """`value` as it fits TensorBoard's single precision: beyond it, an infinity."""
    beyond = math.isfinite(value) and abs(value) > 3.4028235e38
    return math.copysign(math.inf, value) if beyond else value

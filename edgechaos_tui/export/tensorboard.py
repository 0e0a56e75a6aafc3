"""TensorBoard's event files, written by the package `tensorboard` (the extra of that name)."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgechaos_tui.export.columns import METRICS, layer_cells
from engine.storage.session.events import Epoch
from engine.storage.session.recorded_epochs import RecordedEpoch


def write_runs(runs: Sequence[tuple[str, Sequence[Epoch]]], folder: Path) -> None:
    """Write one folder per session under `folder`, with scalars named as in the log.

    runs: (name, epochs) of each session; the step of a scalar is its epoch.
    """
    for name, epochs in runs:
        _write_run(epochs, folder / name)


def _write_run(epochs: Sequence[Epoch], folder: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    try:
        for epoch in epochs:
            # A value that was not measured is left out; TensorBoard shows nan and infinities.
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
    """`value` within the range of TensorBoard's single precision; an infinity beyond it."""
    beyond = math.isfinite(value) and abs(value) > 3.4028235e38
    return math.copysign(math.inf, value) if beyond else value

"""Sessions on disk as engines leave them, for tests of the library."""

import math
from pathlib import Path

from engine.record.events import Finished
from engine.record.hyperparameters import Value, build
from engine.record.log import LogWriter
from engine.record.session import Session, create
from tests.engine.record.samples import epoch_event, started_event


def write_session(root: Path, name: str, epochs: int = 5, **given: Value) -> Session:
    """A finished run of `epochs` epochs; 0: no log at all."""
    session = create(root, build({"epochs": max(epochs, 1)} | given), name)
    if epochs:
        writer = LogWriter(session.log)
        writer.append(started_event())
        for k in range(epochs + 1):
            j = 0.5 + 0.1 * k
            loss = 0.3 + math.exp(-k)
            writer.append(epoch_event(k, j=j, edge_distance=j - 1, test_loss=loss))
        writer.append(Finished(t=2000.0, elapsed=9.0, epoch=epochs))
        writer.close()
    return session

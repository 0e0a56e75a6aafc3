"""Sessions on disk as engines leave them, for tests of the library."""

import json
import math
import struct
from pathlib import Path

from engine.storage.hyperparameters import Value, build
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Finished, encode
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event


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


def write_checkpoint(session: Session, epoch: int) -> None:
    """A checkpoint without tensors, which is enough to fork from, not to train on."""
    line = encode(epoch_event(epoch, epochs=epoch)).decode()
    metadata = {"format": "1", "session": session.info().id, "epoch": line}
    header = json.dumps({"__metadata__": metadata}).encode()
    session.checkpoint.write_bytes(struct.pack("<Q", len(header)) + header)

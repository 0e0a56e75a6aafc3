"""The header of a checkpoint, read without torch, numpy or the weights."""

import json
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

from engine.storage.errors import CheckpointError, EdgeChaosError
from engine.storage.session import events
from engine.storage.session.events import Epoch

_MAX_HEADER: Final = 1024 * 1024
_DAMAGED: Final = (
    EdgeChaosError, ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """fields: the whole header, as safetensors has it; owner: the session's id; event: the epoch's
    line."""

    fields: dict[str, Any]
    owner: str
    event: Epoch

    def encoded_for(self, owner: str) -> bytes:
        """The header for the session with the id `owner`, preceded by its length."""
        metadata = self.fields["__metadata__"] | {"session": owner}
        data = json.dumps(self.fields | {"__metadata__": metadata}).encode()
        data += b" " * (-len(data) % 8)
        return struct.pack("<Q", len(data)) + data


def read_header(file: IO[bytes]) -> Header:
    """The header at the start of `file`, which is then read up to its end.

    Raises CheckpointError and OSError.
    """
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _MAX_HEADER:
            raise ValueError("its header is too long")
        fields = json.loads(file.read(length))
        metadata = fields["__metadata__"]
        event = events.decode(metadata["epoch"].encode())
        owner = metadata["session"]
    except _DAMAGED as error:
        raise CheckpointError(str(error)) from None
    if not isinstance(event, Epoch):
        raise CheckpointError("its header holds no epoch")
    return Header(fields, owner, event)

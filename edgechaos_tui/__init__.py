"""The terminal app: it shows what the engine recorded and computes nothing about learning.

`record` is for programs of a user's own: it writes their training as a session.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recorder import record as record

__all__ = ["record"]


def __getattr__(name: str) -> Any:
    if name != "record":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The app itself imports nothing of it, and the first paint does not wait for it.
    from engine.recorder import record

    return record

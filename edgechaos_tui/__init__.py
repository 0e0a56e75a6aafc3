"""The terminal app: it shows what the engine recorded and computes nothing about learning.

`record` is for programs of a user's own: it writes their training as a session. `LightningLogger`,
`LightningCallback`, `HuggingFaceCallback` and `KerasCallback` do so within those frameworks.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.recorder import record as record

_PLACES: Final = {
    "record": "engine.recorder",
    "LightningLogger": "engine.recorder.adapters.lightning",
    "LightningCallback": "engine.recorder.adapters.lightning",
    "HuggingFaceCallback": "engine.recorder.adapters.huggingface",
    "KerasCallback": "engine.recorder.adapters.keras",
}
__all__ = ["record"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The app itself imports nothing of it, and the first paint does not wait for it.
    return getattr(import_module(_PLACES[name]), name)

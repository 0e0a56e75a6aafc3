"""The terminal app, which shows sessions and computes nothing about learning; and `record`.

`record` writes the training of a user's own program as a session. `LightningLogger`,
`LightningCallback`, `HuggingFaceCallback` and `KerasCallback` do so within those frameworks.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.recorder import record as record

_MODULES: Final = {
    "record": "engine.recorder",
    "LightningLogger": "engine.recorder.adapters.lightning",
    "LightningCallback": "engine.recorder.adapters.lightning",
    "HuggingFaceCallback": "engine.recorder.adapters.huggingface",
    "KerasCallback": "engine.recorder.adapters.keras",
}
__all__ = ["record"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The app itself uses none of them, and the first paint does not wait for them.
    return getattr(import_module(_MODULES[name]), name)

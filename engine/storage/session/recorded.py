"""The hyperparameters of recorded sessions, as a user's config gives them."""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.storage.hyperparameters import Hyperparameters, Value

_UNKNOWN: Final = math.nan
_CONFIG_KEYS: Final = {
    "lr": ("lr", "learning_rate"),
    "momentum": ("momentum",),
    "batch_size": ("batch_size", "batch"),
    "epochs": ("epochs", "max_epochs", "num_epochs", "max_steps"),
    "seed": ("seed",),
    "dataset": ("dataset", "data"),
    "activation": ("activation",),
    "optimizer": ("optimizer",),
    "train_size": ("train_size",),
    "width": ("width",),
}
"""The keys of a config for each hyperparameter, the first one that exists counts."""
TUNABLE: Final = ("lr", "momentum", "l2", "epochs")
"""The hyperparameters that a person may ask a recorded run to change."""
_LAW_NEEDS: Final = ("lr", "momentum", "batch_size", "train_size")


class RecordedHyperparameters(Hyperparameters, frozen=True, kw_only=True):
    """The hyperparameters of a recorded session as given, with defaults that mean "not given".

    They are not checked: an unknown data set or activation is no error. config: all keys.
    """

    lr: float = _UNKNOWN
    momentum: float = _UNKNOWN
    batch_size: int = 0
    l2: float = _UNKNOWN
    epochs: int = 0
    seed: int = -1
    dataset: str = ""
    model: str = ""
    depth: int = 0
    activation: str = ""
    optimizer: str = ""
    width: int = 0
    j: float = _UNKNOWN
    j0: float = _UNKNOWN
    device: str = ""
    indicators_every: int = 0
    config: dict[str, str | int | float] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        return

    def updated(self, values: Mapping[str, float]) -> "RecordedHyperparameters":
        """These with `values`, as far as there are such fields."""
        fields = {name: v for name, v in values.items() if name in self.__struct_fields__}
        return msgspec.structs.replace(self, **fields)

    def known(self, name: str) -> Value | None:
        """The value of `name`; None where it was not given."""
        value: Value = getattr(self, name)
        return None if value != value or value == getattr(NOT_GIVEN, name) else value

    def uses(self, name: str) -> bool:
        """Whether `name` was given."""
        return self.known(name) is not None

    def plain(self) -> dict[str, object]:
        """All values by name, None where they were not given, and the whole config."""
        return {**super().plain(), "config": self.config}

    @property
    def lacks_for_law(self) -> tuple[str, ...]:
        """The hyperparameters that the slope law needs and that were not given; () where it
        applies, or for other optimizers than SGD."""
        return tuple(name for name in _LAW_NEEDS if self.known(name) is None)

    @property
    def obeys_law(self) -> bool:
        """Whether the run has a rescaled time τ: trained by SGD, and all that it needs known."""
        return self.optimizer.lower() in ("", "sgd") and not self.lacks_for_law


def flat_config(config: Mapping[str, Any], prefix: str = "") -> dict[str, str | int | float]:
    """`config` on one level: nested keys joined by dots; values other than numbers become text."""
    flat: dict[str, str | int | float] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flat_config(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            fits = math.isfinite(value) and abs(value) < 2**53
            flat[name] = (int if isinstance(value, int) else float)(value) if fits else str(value)
        else:
            flat[name] = str(value).encode("utf-8", "replace").decode()[:1000]
    return flat


def from_config(config: Mapping[str, str | int | float]) -> RecordedHyperparameters:
    """The hyperparameters in a flat `config`; the others stay unknown. Raises nothing."""
    values: dict[str, Any] = {"config": dict(config)}
    for name, keys in _CONFIG_KEYS.items():
        default = getattr(NOT_GIVEN, name)
        for key in keys:
            value = config.get(key)
            if _fits(value, default):
                values[name] = type(default)(value)
                break
    decay = config.get("weight_decay")
    if isinstance(decay, int | float):
        values["l2"] = decay / 2
    return RecordedHyperparameters(**values)


def _fits(value: object, default: object) -> bool:
    if isinstance(default, str):
        return isinstance(value, str)
    types = (int,) if isinstance(default, int) else (int, float)
    return isinstance(value, types)


NOT_GIVEN: Final = RecordedHyperparameters()

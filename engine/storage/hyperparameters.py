"""The hyperparameters of a run: one table from which forms, options and checks are all made.

`Hyperparameters` is what a session stores. `PARAMETERS` describes each field (label, unit, bounds,
help, whether it may change during a run) and is derived from the same annotations, so that a field
is described in one place.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from engine.storage.errors import HyperparameterError

DATASETS: Final = ("fashion-mnist", "mnist", "kmnist", "synthetic")
ACTIVATIONS: Final = ("tanh", "relu")
OPTIMIZERS: Final = ("sgd", "adam")
DEVICES: Final = ("auto", "cpu", "cuda")

Value = str | int | float


def _about(
    label: str,
    help: str,
    *,
    unit: str = "",
    changeable: bool = False,
    choices: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "label": label,
        "help": help,
        "unit": unit,
        "changeable": changeable,
        "choices": choices,
    }


class Hyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides how a run goes (paper.md's symbols in the labels).

    Make one with `build`, which fills the defaults that depend on other choices and checks all
    bounds; decoding from JSON checks the bounds too.
    """

    lr: Annotated[
        float,
        Meta(gt=0, le=100, extra=_about("lr", "learning rate η", unit="per step", changeable=True)),
    ] = 0.02
    momentum: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            extra=_about("momentum", "momentum α: the velocity kept per step", changeable=True),
        ),
    ] = 0.5
    batch_size: Annotated[
        int,
        Meta(
            ge=1,
            le=60_000,
            extra=_about("batch size", "images per step B", unit="images", changeable=True),
        ),
    ] = 32
    l2: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            extra=_about(
                "λ",
                "coefficient of ‖w‖² in the loss; PyTorch's weight_decay is 2λ",
                changeable=True,
            ),
        ),
    ] = 0.0
    epochs: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_about(
                "epochs", "passes over the training set in all", unit="epochs", changeable=True
            ),
        ),
    ] = 100
    seed: Annotated[
        int,
        Meta(ge=0, le=2**32 - 1, extra=_about("seed", "seed of weights, shuffling and subsets")),
    ] = 0
    dataset: Annotated[str, Meta(extra=_about("data set", "what is learned", choices=DATASETS))] = (
        "fashion-mnist"
    )
    data_dir: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_about(
                "data folder",
                "folder with the data set in torchvision's layout; empty: $EDGECHAOS_DATA, "
                "else the cache folder, else download",
            ),
        ),
    ] = ""
    activation: Annotated[
        str, Meta(extra=_about("activation", "φ of the hidden layer", choices=ACTIVATIONS))
    ] = "tanh"
    optimizer: Annotated[
        str,
        Meta(
            extra=_about(
                "optimizer", "SGD with momentum, or Adam in Keras's form", choices=OPTIMIZERS
            )
        ),
    ] = "sgd"
    width: Annotated[
        int,
        Meta(
            ge=1,
            le=8192,
            extra=_about(
                "width",
                "hidden units; only 784, the width of an image, can be iterated as a map",
                unit="units",
            ),
        ),
    ] = 784
    j: Annotated[
        float,
        Meta(
            ge=0,
            le=100,
            extra=_about("J at the start", "√N · std of the first hidden weights"),
        ),
    ] = 0.5
    j0: Annotated[
        float,
        Meta(
            ge=-100,
            le=100,
            extra=_about("J₀ at the start", "N · mean of the first hidden weights"),
        ),
    ] = 0.0
    device: Annotated[
        str, Meta(extra=_about("device", "where to train; auto takes CUDA if any", choices=DEVICES))
    ] = "auto"
    threads: Annotated[
        int,
        Meta(
            ge=0,
            le=1024,
            extra=_about(
                "threads", "CPU threads for training; 0: measured at the start", unit="threads"
            ),
        ),
    ] = 0
    train_size: Annotated[
        int,
        Meta(
            ge=0,
            le=60_000,
            extra=_about("training images", "a seeded subset; 0: all", unit="images"),
        ),
    ] = 0
    test_size: Annotated[
        int,
        Meta(
            ge=0, le=60_000, extra=_about("test images", "a seeded subset; 0: all", unit="images")
        ),
    ] = 0
    indicators_every: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            extra=_about(
                "indicators every",
                "measure chaos on the real weights each so many epochs; 0: never",
                unit="epochs",
                changeable=True,
            ),
        ),
    ] = 1
    snapshot_every: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            extra=_about(
                "snapshot every",
                "keep a snapshot to fork from each so many epochs, of 5 MB at width 784 "
                "(Adam: 7.5); 0: none",
                unit="epochs",
                changeable=True,
            ),
        ),
    ] = 0

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise HyperparameterError(f"{name}: {value!r} is none of {', '.join(allowed)}")
        if self.optimizer == "adam" and self.momentum != 0:
            raise HyperparameterError(
                "momentum: Adam has its own (β₁ = 0.9); leave momentum out or set it to 0"
            )


_CHOICES: Final = {
    "dataset": DATASETS,
    "activation": ACTIVATIONS,
    "optimizer": OPTIMIZERS,
    "device": DEVICES,
}


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter, described for people and checked for machines.

    `lowest` and `highest` are inclusive unless `lowest_open` / `highest_open` is set.
    """

    name: str
    label: str
    help: str
    unit: str
    kind: type[str] | type[int] | type[float]
    default: Value
    changeable: bool
    choices: tuple[str, ...]
    lowest: float | None
    highest: float | None
    lowest_open: bool
    highest_open: bool

    @property
    def option(self) -> str:
        """The command-line option: `--batch-size`."""
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> str:
        """What would be right, in words: `a number above 0 up to 100`."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind is str:
            return "a text"
        noun = "a whole number" if self.kind is int else "a number"
        low = "above" if self.lowest_open else "from"
        high = ", below" if self.highest_open else " up to"
        return f"{noun} {low} {_plain(self.lowest)}{high} {_plain(self.highest)}"

    @property
    def bounds(self) -> str:
        """The bounds, short: `> 0 … 100`; empty for a text or a choice."""
        if self.kind is str:
            return ""
        low = "> " if self.lowest_open else ""
        high = "< " if self.highest_open else ""
        return f"{low}{_plain(self.lowest)} … {high}{_plain(self.highest)}"

    def parse(self, text: str) -> Value:
        """The value that `text` says.

        Raises HyperparameterError when it says none, or one out of bounds.
        """
        if self.kind is str:
            return self.check(text)
        try:
            value: Value = int(text) if self.kind is int else float(text)
        except ValueError:
            raise self._error(repr(text)) from None
        return self.check(value)

    def check(self, value: Value) -> Value:
        """`value` itself when it may be used; raises HyperparameterError otherwise."""
        if self.kind is str:
            if not isinstance(value, str) or (self.choices and value not in self.choices):
                raise self._error(repr(value))
            if any("\ud800" <= c <= "\udfff" for c in value):
                raise HyperparameterError(
                    f"{self.name}: {value!r} has bytes that are not UTF-8, which no session can "
                    "hold; give it another name, or a link with another name"
                )
            return value
        if isinstance(value, str | bool) or (self.kind is int and not isinstance(value, int)):
            raise self._error(repr(value))
        if not self._in_bounds(value):
            raise self._error(_plain(value))
        return self.kind(value)

    def _in_bounds(self, value: float) -> bool:
        assert self.lowest is not None
        assert self.highest is not None
        above = value > self.lowest if self.lowest_open else value >= self.lowest
        below = value < self.highest if self.highest_open else value <= self.highest
        return math.isfinite(value) and above and below

    def _error(self, shown: str) -> HyperparameterError:
        return HyperparameterError(f"{self.name}: {shown} is not {self.allowed}")


def _plain(number: float | None) -> str:
    if isinstance(number, float) and not number.is_integer():
        return f"{number:g}"
    if number is None or not math.isfinite(number):
        return str(number)
    return f"{int(number):d}"


def _describe(field: msgspec.inspect.Field) -> Parameter:
    assert isinstance(field.type, msgspec.inspect.Metadata)
    extra = field.type.extra or {}
    inner = field.type.type
    kind: type[str] | type[int] | type[float] = str
    low = high = None
    low_open = high_open = False
    if isinstance(inner, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        kind = int if isinstance(inner, msgspec.inspect.IntType) else float
        low_open, high_open = inner.gt is not None, inner.lt is not None
        low = inner.gt if low_open else inner.ge
        high = inner.lt if high_open else inner.le
    return Parameter(
        name=field.name,
        label=extra["label"],
        help=extra["help"],
        unit=extra["unit"],
        kind=kind,
        default=field.default,
        changeable=extra["changeable"],
        choices=extra["choices"],
        lowest=low,
        highest=high,
        lowest_open=low_open,
        highest_open=high_open,
    )


_INFO = msgspec.inspect.type_info(Hyperparameters)
assert isinstance(_INFO, msgspec.inspect.StructType)
PARAMETERS: Final[dict[str, Parameter]] = {f.name: _describe(f) for f in _INFO.fields}
CHANGEABLE: Final = tuple(name for name, p in PARAMETERS.items() if p.changeable)


def default_for(name: str, values: Mapping[str, Value]) -> Value:
    """The default of `name` beside the choices already made in `values`.

    Adam starts from Keras's lr = 0.001 and has no momentum of this kind; ReLU weights start from
    Keras's Glorot uniform, J = 1 (paper.md, "ReLU + Adam").
    """
    if values.get("optimizer") == "adam":
        if name == "lr":
            return 0.001
        if name == "momentum":
            return 0.0
    if name == "j" and values.get("activation") == "relu":
        return 1.0
    return PARAMETERS[name].default


def build(given: Mapping[str, Value]) -> Hyperparameters:
    """Hyperparameters from what was given, the rest by default.

    Raises HyperparameterError for an unknown name, a wrong type or a value out of bounds.
    """
    for name in given:
        if name not in PARAMETERS:
            raise HyperparameterError(f"{name}: there is no such hyperparameter")
    checked = {
        name: parameter.check(given[name] if name in given else default_for(name, given))
        for name, parameter in PARAMETERS.items()
    }
    return Hyperparameters(**checked)  # type: ignore[arg-type]


def check_changes(values: Mapping[str, Value], epochs_done: int, optimizer: str = "sgd") -> None:
    """Raise HyperparameterError unless `values` may be set in a run with `epochs_done` epochs."""
    if not values:
        raise HyperparameterError("nothing to set: name a hyperparameter, as in lr=0.01")
    for name, value in values.items():
        parameter = PARAMETERS.get(name)
        if parameter is None or not parameter.changeable:
            reason = "is fixed when a run is made" if parameter else "is no hyperparameter"
            raise HyperparameterError(f"{name}: {reason}; may change: {', '.join(CHANGEABLE)}")
        parameter.check(value)
        if name == "epochs" and value < epochs_done:  # type: ignore[operator]
            raise HyperparameterError(f"epochs: {value} is below the {epochs_done} already trained")
        if name == "momentum" and value != 0 and optimizer == "adam":
            raise HyperparameterError("momentum: Adam has its own (β₁ = 0.9); it cannot be set")


TRAINING_IMAGES: Final = {
    "fashion-mnist": 60_000, "mnist": 60_000, "kmnist": 60_000, "synthetic": 10_000
}  # fmt: skip
"""Training images of each data set, before any subset."""


def training_images(chosen: Hyperparameters) -> int:
    """How many images an epoch has (S in paper.md)."""
    return chosen.train_size or TRAINING_IMAGES[chosen.dataset]


def effective_batch_size(batch_size: int, samples: int) -> int:
    """The images of a full step, min(B, S): no batch is larger than the `samples` there are."""
    return min(batch_size, samples)


def step_size_ratio(lr: float, momentum: float, batch_size: int, samples: int) -> float:
    """η / ((1 − α) B), the speed of a run in the scaling law (paper Eq. 5), per step and image.

    B is the batch that is taken, min(batch_size, samples).
    """
    return lr / ((1 - momentum) * effective_batch_size(batch_size, samples))


def step_size_ratio_of(chosen: Hyperparameters) -> float:
    """`step_size_ratio` of a run with the hyperparameters `chosen`."""
    return step_size_ratio(chosen.lr, chosen.momentum, chosen.batch_size, training_images(chosen))

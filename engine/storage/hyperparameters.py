"""The table of the hyperparameters of a run, from which everything about them is derived.

`Hyperparameters` is what a session stores, and each of its fields is described where it is
declared. `PARAMETERS` has the same as objects: forms, options, panels, columns, comparisons, what
counts as evidence and how long an epoch takes are made from it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from engine.storage.errors import HyperparameterError
from engine.storage.parameter import GROUPS, Effect, Group, Parameter, Value, describe, described

__all__ = ["GROUPS", "Parameter", "Value"]

TRAINING_IMAGES: Final = {
    "fashion-mnist": 60_000, "mnist": 60_000, "kmnist": 60_000, "cifar-10": 50_000,
    "synthetic": 10_000,
}  # fmt: skip
"""Training images of each data set, before any subset."""
_IMAGE_SHAPES: Final = {"cifar-10": (3, 32, 32)}
_GREY: Final = (1, 28, 28)
MODELS: Final = ("paper", "mlp", "cnn")
"""The networks that the engine trains."""
TEST_IMAGES: Final = 10_000
"""Test images of each data set, at most."""
MAP_WIDTH: Final = 784
"""The width of an image: this many hidden units map an image onto one of the same size."""


class Hyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines a run (paper.md's symbols in the labels).

    Make one with `build`, which fills the defaults that depend on other choices and checks all
    bounds; decoding from JSON checks the bounds too.
    """

    # fmt: off
    lr: Annotated[
        float,
        described(
            "lr", "learning rate η", "Training",
            above=0, at_most=100, unit="per step", column_width=6, changeable=True, sets_pace=False,
            # Keras's own for Adam (paper.md, "ReLU + Adam").
            defaults_with={("optimizer", "adam"): 0.001},
        ),
    ] = 0.02
    momentum: Annotated[
        float,
        described(
            "momentum", "momentum α: the share of the velocity kept at each step", "Training",
            at_least=0, below=1, symbol="α", column_width=5, changeable=True, sets_pace=False,
            needs=("optimizer", ("sgd",)), why_not="Adam has its own (β₁ = 0.9)",
            defaults_with={("optimizer", "adam"): 0.0},
        ),
    ] = 0.5
    batch_size: Annotated[
        int,
        described(
            "batch size", "images per step B", "Training",
            at_least=1, at_most=60_000, unit="images", symbol="B", column_width=5, changeable=True,
        ),
    ] = 32
    l2: Annotated[
        float,
        described(
            "λ", "coefficient of ‖w‖² in the loss; PyTorch's weight_decay is 2λ", "Training",
            at_least=0, at_most=1, changeable=True, sets_pace=False,
        ),
    ] = 0.0
    hold_j2: Annotated[
        float,
        described(
            "hold J² at", "set λ anew each epoch, so that J² comes to this value and stays",
            "Training", zero="off, λ stays as it is", short="hold J²", symbol="hold",
            at_least=0, at_most=100, column_width=5, changeable=True, sets_pace=False,
            needs=("optimizer", ("sgd",)), why_not="Adam has no law to set λ by",
        ),
    ] = 0.0
    hold_layer: Annotated[
        int,
        described(
            "held layer", "the hidden layer whose J² is held, counted from the input", "Training",
            zero="the mean of all", symbol="held layer",
            at_least=0, at_most=100, column_width=5, sets_pace=False,
            needs=("model", ("mlp", "cnn")), why_not="the paper's network has one hidden layer",
        ),
    ] = 1
    epochs: Annotated[
        int,
        described(
            "epochs", "passes over the training set in all", "Training",
            at_least=1, at_most=1_000_000, unit="epochs", changeable=True, effect="length",
            sets_pace=False,
        ),
    ] = 100
    seed: Annotated[
        int,
        described(
            "seed", "seed of weights, shuffling and subsets", "Training",
            at_least=0, at_most=2**32 - 1, column_width=6, effect="seed", sets_pace=False,
        ),
    ] = 0
    dataset: Annotated[
        str, described("data set", "data set to learn", "Data", choices=tuple(TRAINING_IMAGES))
    ] = "fashion-mnist"
    data_dir: Annotated[
        str,
        described(
            "data folder", "folder with the data set in torchvision's layout", "Data",
            zero="$EDGECHAOS_DATA, else the cache folder, else download", max_length=4096,
            effect="nothing", sets_pace=False, of_machine=True,
        ),
    ] = ""
    model: Annotated[
        str,
        described(
            "model",
            "paper: one hidden layer; mlp: depth hidden layers without bias; cnn: depth 3×3 "
            "convolutions (padding 1, no bias), 2×2 max pooling after each of the first two; "
            "then a softmax layer with bias",
            "Network", choices=MODELS,
        ),
    ] = "paper"
    depth: Annotated[
        int,
        described(
            "depth", "hidden layers of the mlp, or convolutions of the cnn", "Network",
            at_least=1, at_most=100, unit="layers", column_width=5,
            needs=("model", ("mlp", "cnn")), why_not="the paper's network has one hidden layer",
            defaults_with={("model", "mlp"): 3, ("model", "cnn"): 3},
        ),
    ] = 1
    activation: Annotated[
        str,
        described(
            "activation", "φ of the hidden layers", "Network", symbol="φ", choices=("tanh", "relu")
        ),
    ] = "tanh"
    optimizer: Annotated[
        str,
        described(
            "optimizer", "SGD with momentum, or Adam as Keras defines it", "Training",
            symbol="optim", choices=("sgd", "adam"),
        ),
    ] = "sgd"
    width: Annotated[
        int,
        described(
            "width",
            "units of a hidden layer, or channels of the cnn; the indicators of the paper's map "
            "need 784, the width of an image",
            "Network", at_least=1, at_most=8192, unit="units", column_width=5,
            defaults_with={("model", "cnn"): 32},
        ),
    ] = MAP_WIDTH
    j: Annotated[
        float,
        described(
            "J at the start", "√N · std of the first hidden weights; N: their fan-in", "Network",
            at_least=0, at_most=100, short="J at start", symbol="J start", sets_pace=False,
            # Keras's Glorot uniform (paper.md, "ReLU + Adam").
            defaults_with={("activation", "relu"): 1.0},
        ),
    ] = 0.5
    j0: Annotated[
        float,
        described(
            "J₀ at the start", "N · mean of the first hidden weights", "Network",
            at_least=-100, at_most=100, short="J₀ at start", symbol="J₀ start", sets_pace=False,
        ),
    ] = 0.0
    device: Annotated[
        str,
        described(
            "device", "where to train; auto takes CUDA if any", "Machine",
            choices=("auto", "cpu", "cuda"), effect="last bits", of_machine=True,
        ),
    ] = "auto"
    threads: Annotated[
        int,
        described(
            "threads", "CPU threads for training", "Machine", zero="measured at the start",
            at_least=0, at_most=1024, unit="threads", effect="last bits",
        ),
    ] = 0
    train_size: Annotated[
        int,
        described(
            "training images", "train on a seeded subset of so many", "Data", zero="all",
            at_least=0, at_most=60_000, unit="images", symbol="train",
        ),
    ] = 0
    test_size: Annotated[
        int,
        described(
            "test images", "test on a seeded subset of so many", "Data", zero="all",
            at_least=0, at_most=60_000, unit="images", symbol="test",
        ),
    ] = 0
    indicators_every: Annotated[
        int,
        described(
            "indicators every", "measure the indicators of chaos every so many epochs", "Machine",
            zero="never", at_least=0, at_most=1_000_000, unit="epochs", short="indic. every",
            changeable=True, effect="nothing",
        ),
    ] = 1
    snapshot_every: Annotated[
        int,
        described(
            "snapshot every",
            "keep a snapshot to fork from every so many epochs (5 MB at width 784; 7.5 with Adam)",
            "Machine", zero="none", at_least=0, at_most=1_000_000, unit="epochs",
            short="snap. every", changeable=True, effect="nothing", sets_pace=False,
        ),
    ] = 0
    # fmt: on

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of an image of the data set."""
        return _IMAGE_SHAPES.get(self.dataset, _GREY)

    def known(self, name: str) -> Value | None:
        """The value of `name`; None where it was not given, as in some recorded runs."""
        value: Value = getattr(self, name)
        return value

    def uses(self, name: str) -> bool:
        """Whether `name` has an effect with the other choices."""
        return PARAMETERS[name].applies(self)

    def plain(self) -> dict[str, object]:
        """All values by name, for JSON; None where they were not given."""
        return {name: self.known(name) for name in PARAMETERS}

    def __post_init__(self) -> None:
        for parameter in _RESTRICTED:
            value = getattr(self, parameter.name)
            if parameter.choices and value not in parameter.choices:
                raise HyperparameterError(
                    f"{parameter.name}: {value!r} is not one of {', '.join(parameter.choices)}"
                )
            if not parameter.applies(self):
                self._check_unused(parameter, value)
        if self.hold_layer > self.depth:
            raise HyperparameterError(
                f"hold_layer: {self.hold_layer} is beyond the {self.depth} hidden layers"
            )
        if self.model == "paper" and self.image_shape != _GREY:
            raise HyperparameterError(
                f"dataset: the paper's network takes images of 28 × 28, which those of "
                f"{self.dataset} are not; take model mlp or cnn"
            )

    def _check_unused(self, parameter: Parameter, value: Value) -> None:
        unused = parameter.default_beside(msgspec.structs.asdict(self))
        if value != unused:
            raise HyperparameterError(
                f"{parameter.name}: {parameter.why_not}; "
                f"leave {parameter.name} out or set it to {unused:g}"
            )


_INFO = msgspec.inspect.type_info(Hyperparameters)
assert isinstance(_INFO, msgspec.inspect.StructType)
PARAMETERS: Final[dict[str, Parameter]] = {f.name: describe(f) for f in _INFO.fields}
CHANGEABLE: Final = tuple(name for name, p in PARAMETERS.items() if p.changeable)
OF_MACHINE: Final = tuple(name for name, p in PARAMETERS.items() if p.of_machine)
_RESTRICTED: Final = [p for p in PARAMETERS.values() if p.choices or p.needs]


def in_group(group: Group) -> list[Parameter]:
    """The hyperparameters of one part of a form, in order."""
    return [parameter for parameter in PARAMETERS.values() if parameter.group == group]


def affecting(*effects: Effect) -> tuple[str, ...]:
    """The names of the hyperparameters that have one of these effects, in order."""
    return tuple(name for name, parameter in PARAMETERS.items() if parameter.effect in effects)


def default_for(name: str, values: Mapping[str, Value]) -> Value:
    """The default of `name` beside the choices already made in `values`."""
    return PARAMETERS[name].default_beside(values)


def build(values: Mapping[str, Value]) -> Hyperparameters:
    """Hyperparameters from `values`, the others by default.

    Raises HyperparameterError for an unknown name, a wrong type or a value out of bounds.
    """
    for name in values:
        if name not in PARAMETERS:
            raise HyperparameterError(f"{name}: there is no such hyperparameter")
    checked: dict[str, Any] = {
        name: parameter.check(values[name] if name in values else default_for(name, values))
        for name, parameter in PARAMETERS.items()
    }
    # `check` has made sure that each value has the type of its field.
    return Hyperparameters(**checked)

"""The rules for what may be set in a run that is under way."""

from collections.abc import Mapping

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS, Hyperparameters
from engine.storage.parameter import Value


def check_changes(
    values: Mapping[str, Value], epochs_done: int, current: Hyperparameters | None = None
) -> None:
    """Raise HyperparameterError unless `values` may be set in a run with `epochs_done` epochs.

    current: the hyperparameters in force.
    """
    if not values:
        raise HyperparameterError("nothing to set: name a hyperparameter, as in lr=0.01")
    for name, value in values.items():
        parameter = PARAMETERS.get(name)
        if parameter is None or not parameter.changeable:
            reason = "is fixed when a run is made" if parameter else "is not a hyperparameter"
            raise HyperparameterError(f"{name}: {reason}; may change: {', '.join(CHANGEABLE)}")
        parameter.check(value)
        if name == "epochs" and isinstance(value, int) and value < epochs_done:
            raise HyperparameterError(f"epochs: {value} is below the {epochs_done} already trained")
        if (
            current is not None
            and not parameter.applies(current)
            and value != getattr(current, name)
        ):
            raise HyperparameterError(f"{name}: {parameter.why_not}; it cannot be set")
    if current is not None and current.hold_j2 and values.get("hold_j2", current.hold_j2):
        _refuse_held(values.get("l2", current.l2), current)


def _refuse_held(l2: Value, current: Hyperparameters) -> None:
    if l2 != current.l2:
        raise HyperparameterError(
            f"l2: it is set each epoch to hold J² at {current.hold_j2:g}; "
            "set hold_j2 to 0 to set it yourself"
        )

"""The rules for what may be set in a run that is under way."""

from collections.abc import Mapping

from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS, Hyperparameters
from engine.storage.parameter import Value


def check_changes(
    values: Mapping[str, Value], epochs_done: int, chosen: Hyperparameters | None = None
) -> None:
    """Raise HyperparameterError unless `values` may be set in a run with `epochs_done` epochs.

    chosen: what is in force.
    """
    if not values:
        raise HyperparameterError("nothing to set: name a hyperparameter, as in lr=0.01")
    for name, value in values.items():
        parameter = PARAMETERS.get(name)
        if parameter is None or not parameter.changeable:
            reason = "is fixed when a run is made" if parameter else "is no hyperparameter"
            raise HyperparameterError(f"{name}: {reason}; may change: {', '.join(CHANGEABLE)}")
        parameter.check(value)
        if name == "epochs" and isinstance(value, int) and value < epochs_done:
            raise HyperparameterError(f"epochs: {value} is below the {epochs_done} already trained")
        if chosen is not None and not parameter.applies(chosen) and value != getattr(chosen, name):
            raise HyperparameterError(f"{name}: {parameter.why_not}; it cannot be set")
    if chosen is not None and chosen.hold_j2 and values.get("hold_j2", chosen.hold_j2):
        _refuse_held(values.get("l2", chosen.l2), chosen)


def _refuse_held(l2: Value, chosen: Hyperparameters) -> None:
    if l2 != chosen.l2:
        raise HyperparameterError(
            f"l2: it is set each epoch so that J² is held at {chosen.hold_j2:g}; "
            "set hold_j2 to 0 to set it yourself"
        )

"""The app's commands to a recorded run: pause, stop, extend, and values of its optimizer."""

from collections.abc import Mapping

from engine.recorder.tuning import TunedOptimizer
from engine.runtime.control import Control
from engine.storage.errors import HyperparameterError
from engine.storage.hyperparameters import PARAMETERS
from engine.storage.session.recorded import TUNABLE


class RecordedControl(Control):
    """Handles commands as an engine's `Control` does, for the values that the loop allows.

    optimizer: the one given to `tune`; planned: whether the loop iterates over `run.epochs`, so
    that it can be extended.
    """

    optimizer: TunedOptimizer | None = None
    planned = False

    def _checked(self, values: Mapping[str, int | float]) -> dict[str, int | float]:
        if not values:
            raise HyperparameterError("nothing to set: name a hyperparameter, as in lr=0.01")
        return {name: self._check(name, value) for name, value in values.items()}

    def _check(self, name: str, value: float) -> int | float:
        if name == "epochs":
            if not self.planned:
                raise HyperparameterError("epochs: the loop does not iterate over run.epochs(…)")
            under_way = self._progress.under_way
            if value < under_way:
                raise HyperparameterError(f"epochs: {value} is below the {under_way} begun")
            return int(value)
        if name not in TUNABLE:
            raise HyperparameterError(
                f"{name}: cannot be changed in a recorded run; may change: {', '.join(TUNABLE)}"
            )
        if self.optimizer is None or name not in self.optimizer.values():
            raise HyperparameterError(
                f"{name}: no optimizer of the loop has it: run.tune(optimizer) is missing"
            )
        if name == "lr" and value == 0:
            return 0.0
        return float(PARAMETERS[name].check(value))

"""When two trainings of one run agree: to the last bit, or within what rounding does elsewhere.

Another machine, thread count or library adds numbers up in another order, and so rounds otherwise
in the seventh digit. In the ordered phase that stays there: 40 epochs at lr 0.1 with 1 and with 2
threads differed by 1e-7 in the losses and less in J. Where training is unstable it can grow, up to
what another order of the images would do; so averages over images are judged to 2 % and J, one over
784² weights, to 1 %. The asymptotic distance is not: near the edge the last bit decides it.
"""

import math
from dataclasses import dataclass
from typing import Final

from engine.runtime.history import METRICS
from engine.storage.session.events import Epoch, Started
from engine.storage.verification import Disagreement

TOLERANCE: Final = (
    "2 % on losses and gain, 1 % on J, 5 % on the Jacobian norm; 0.01 and two images on "
    "accuracies, 0.02 on J₀ and d, 0.05 on the Lyapunov exponent; the asymptotic distance, "
    "which the last bit decides near the edge, is not judged"
)


@dataclass(frozen=True)
class Within:
    """How far two values may lie apart: `absolute` plus `relative` times the recorded one."""

    absolute: float = 0.0
    relative: float = 0.0

    def agree(self, recorded: float | None, again: float | None) -> bool:
        """Both missing, both not a number, the same infinity, or close enough."""
        if same(recorded, again):
            return True
        if recorded is None or again is None or not math.isfinite(recorded):
            return False
        return abs(again - recorded) <= self.absolute + self.relative * abs(recorded)


def tolerances(train_size: int, test_size: int) -> dict[str, Within]:
    """What TOLERANCE says, by metric, for sets of these sizes."""
    return {
        "train_loss": Within(relative=0.02),
        "test_loss": Within(relative=0.02),
        "train_accuracy": Within(0.01 + 2 / max(train_size, 1)),
        "test_accuracy": Within(0.01 + 2 / max(test_size, 1)),
        "j": Within(relative=0.01),
        "j0": Within(0.02),
        "edge_distance": Within(0.02),
        "gain": Within(relative=0.02),
        "lyapunov": Within(0.05),
        "jacobian_norm": Within(relative=0.05),
        "tau": Within(relative=1e-9),
        "asymptotic_distance": Within(math.inf),
    }


def same(recorded: float | None, again: float | None) -> bool:
    """Whether the two agree to the last bit; nan agrees with nan."""
    return repr(recorded) == repr(again)


def first_inexact(recorded: Epoch, again: Epoch) -> Disagreement | None:
    """The first metric that is not the same to the last bit."""
    return _first(recorded, again, dict.fromkeys(METRICS, Within()))


def first_outside(
    recorded: Epoch, again: Epoch, tolerance: dict[str, Within]
) -> Disagreement | None:
    """The first metric that lies outside `tolerance`."""
    return _first(recorded, again, tolerance)


def _first(recorded: Epoch, again: Epoch, tolerance: dict[str, Within]) -> Disagreement | None:
    for name in METRICS:
        one, other = getattr(recorded, name), getattr(again, name)
        if not tolerance[name].agree(one, other):
            return Disagreement(epoch=recorded.epoch, metric=name, recorded=one, again=other)
    return None


@dataclass(frozen=True)
class TrainingSite:
    """Where a run trains: what its last bits depend on."""

    host: str
    device: str
    threads: int
    versions: dict[str, str]

    def differences(self, started: Started) -> list[str]:
        """What is not here as it was for `started`, in words: `torch 2.6.0 then, 2.7.1 now`."""
        pairs: list[tuple[str, object, object]] = [
            ("machine", started.host, self.host),
            ("device", started.device, self.device),
            ("threads", started.threads, self.threads),
        ]
        for name in sorted(started.versions.keys() | self.versions.keys()):
            pairs.append((name, started.versions.get(name), self.versions.get(name)))
        return [
            f"{name} {then or 'unknown'} then, {now or 'unknown'} now"
            for name, then, now in pairs
            if then != now
        ]

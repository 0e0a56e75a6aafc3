"""The agreement of two trainings of one run: to the last bit, or within the effect of rounding.

Another machine, thread count or library adds numbers in another order, and so rounds differently in
the seventh digit. In the ordered phase the difference stays there: 40 epochs at lr 0.1 with 1 and
with 2 threads differed by 1e-7 in the losses and less in J. Where training is unstable it can grow
to the effect of another order of the images; so averages over images are judged to 2 % and J, an
average over 784² weights, to 1 %. The asymptotic distance is not judged: near the edge the last bit
decides it.
"""

import math
from dataclasses import dataclass
from typing import Final

from engine.storage import metrics
from engine.storage.metrics import METRICS, RETRAINED, Tolerance
from engine.storage.session.events import Epoch, Started
from engine.storage.verification import Disagreement


def _tolerance_words() -> str:
    """`2 % on train loss, test loss and gain; …; asymptotic distance is not judged`."""
    groups: dict[str, list[str]] = {}
    for name in RETRAINED:
        tolerance = METRICS[name].tolerance
        groups.setdefault(tolerance.words if tolerance else "", []).append(METRICS[name].label)
    not_judged = groups.pop("", [])
    parts = [f"{words} on {_listed(labels)}" for words, labels in groups.items()]
    return "; ".join(parts) + f"; not judged: {_listed(not_judged)}"


def _listed(labels: list[str]) -> str:
    *first, last = labels
    return f"{', '.join(first)} and {last}" if first else last


TOLERANCE: Final = _tolerance_words()


@dataclass(frozen=True)
class Within:
    """The allowed difference of two values: `absolute` plus `relative` times the recorded one."""

    absolute: float = 0.0
    relative: float = 0.0

    def agree(self, recorded: float | None, retrained: float | None) -> bool:
        """Whether both are missing, both nan, the same infinity, or close enough."""
        if same(recorded, retrained):
            return True
        if recorded is None or retrained is None or not math.isfinite(recorded):
            return False
        return abs(retrained - recorded) <= self.absolute + self.relative * abs(recorded)


def tolerances(train_size: int, test_size: int) -> dict[str, Within]:
    """The tolerances of TOLERANCE by metric, for sets of these sizes."""
    sizes = {"train": train_size, "test": test_size}

    def within(tolerance: Tolerance | None) -> Within:
        if tolerance is None:
            return Within(math.inf)
        images = 2 / max(sizes[tolerance.images], 1) if tolerance.images else 0.0
        return Within(tolerance.absolute + images, tolerance.relative)

    return {name: within(METRICS[name].tolerance) for name in RETRAINED}


def same(recorded: float | None, again: float | None) -> bool:
    """Whether the two agree to the last bit; nan agrees with nan."""
    return repr(recorded) == repr(again)


def first_inexact(recorded: Epoch, retrained: Epoch) -> Disagreement | None:
    """The first metric that differs in any bit."""
    return _first(recorded, retrained, dict.fromkeys(RETRAINED, Within()))


def first_outside(
    recorded: Epoch, retrained: Epoch, tolerance: dict[str, Within]
) -> Disagreement | None:
    """The first metric that lies outside `tolerance`."""
    return _first(recorded, retrained, tolerance)


def _first(recorded: Epoch, retrained: Epoch, tolerance: dict[str, Within]) -> Disagreement | None:
    for name in RETRAINED:
        logged, again = getattr(recorded, name), getattr(retrained, name)
        if metrics.comparable(name, logged) and not tolerance[name].agree(logged, again):
            return Disagreement(epoch=recorded.epoch, metric=name, recorded=logged, again=again)
    return None


@dataclass(frozen=True)
class TrainingSite:
    """The site of a training, on which its last bits depend."""

    host: str
    device: str
    threads: int
    versions: dict[str, str]

    def differences(self, started: Started) -> list[str]:
        """The differences from `started`, in words: `torch 2.6.0 then, 2.7.1 now`."""
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

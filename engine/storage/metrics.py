"""The table of the metrics of an epoch, from which everything about them is derived.

Each is a field of `events.Epoch`. Columns of tables and exports, charts of the indicators, the
better side of a comparison and the tolerance of a retraining are made from it.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Tolerance:
    """The allowed difference between two trainings of one run on different machines:

    `absolute`, plus `relative` times the recorded value, plus two images of the set `images`.
    """

    absolute: float = 0.0
    relative: float = 0.0
    images: Literal["train", "test"] | None = None

    @property
    def words(self) -> str:
        """`2 %`, `0.01 and two images`."""
        much = f"{100 * self.relative:g} %" if self.relative else f"{self.absolute:g}"
        return f"{much} and two images" if self.images else much


@dataclass(frozen=True)
class PhaseScale:
    """The thresholds of a metric: order below `low`, chaos above `high`; `says`: the same in words.

    edge: its value at the edge, if any.
    """

    low: float
    high: float
    says: str
    edge: float | None = None
    logarithmic: bool = False


@dataclass(frozen=True)
class Metric:
    """One metric. label: in tables and sentences; short: its symbol, where it has one.

    tolerance: None where it is not judged. retrained: whether retraining gives it to the last bit.
    added_later: logs of earlier versions lack it, which is no disagreement. with_depth: only of
    networks of several layers; the hidden layer of the paper's network is no special case of them.
    of_machine: a measurement of the machine, in which two trainings of one run differ. bounds: all
    possible values.
    """

    name: str
    label: str
    unit: str
    meaning: str
    short: str = ""
    better: Better | None = None
    tolerance: Tolerance | None = None
    retrained: bool = True
    added_later: bool = False
    with_depth: bool = False
    of_machine: bool = False
    scale: PhaseScale | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def title(self) -> str:
        """The symbol, else the label."""
        return self.short or self.label


EDGE_WIDTH: Final = 0.01
"""Nats per block: λ_depth and λ_angle tell no phase this near to 0, nor within two errors of it."""
_TWO_PERCENT: Final = Tolerance(relative=0.02)
_DEPTH: Final = PhaseScale(-EDGE_WIDTH, EDGE_WIDTH, "below 0 order, above 0 chaos", edge=0.0)
METRICS: Final[dict[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric(
            "train_loss", "train loss", "nats",
            "mean cross-entropy without the penalty, running over the epoch",
            better="lower", tolerance=_TWO_PERCENT, bounds=(0.0, math.inf),
        ),
        Metric(
            "test_loss", "test loss", "nats",
            "mean cross-entropy without the penalty, after the epoch",
            better="lower", tolerance=_TWO_PERCENT,
            bounds=(0.0, math.inf),
        ),
        Metric(
            "train_accuracy", "train accuracy", "fraction",
            "fraction classified correctly, running over the epoch",
            better="higher", tolerance=Tolerance(0.01, images="train"), bounds=(0.0, 1.0),
        ),
        Metric(
            "test_accuracy", "test accuracy", "fraction",
            "fraction classified correctly, after the epoch",
            better="higher", tolerance=Tolerance(0.01, images="test"),
            bounds=(0.0, 1.0),
        ),
        Metric(
            "j", "J", "1", "J = √N · std of the hidden weights", tolerance=Tolerance(relative=0.01),

        ),
        Metric(
            "j0", "J₀", "1", "J₀ = N · mean of the hidden weights", tolerance=Tolerance(0.02),

        ),
        Metric(
            "edge_distance", "distance to the edge", "1", "d = J/J_edge(J₀/J) − 1", short="d",
            tolerance=Tolerance(0.02),
        ),
        Metric(
            "gain", "gain", "1", "mean-field gain χ; 1 at the edge", short="χ",
            tolerance=_TWO_PERCENT,
        ),
        # Near the edge the last bit decides the asymptotic distance, so it is not judged.
        Metric(
            "asymptotic_distance", "asymptotic distance", "1",
            "‖x − x′‖₂ of the iterated hidden layer", short="‖x − x′‖",
            scale=PhaseScale(1e-3, 0.1, "about 0 in order", logarithmic=True),
        ),
        # The thresholds that paper.md's known values allow; λ_max is tiny just above the edge.
        Metric(
            "lyapunov", "Lyapunov exponent", "nats per iteration",
            "maximal Lyapunov exponent λ_max", short="λ_max",
            tolerance=Tolerance(0.05),
            scale=PhaseScale(-0.01, 0.005, "below 0 order, above 0 chaos", edge=0.0),
        ),
        Metric(
            "jacobian_norm", "Jacobian norm", "1", "‖J*‖_F/√N at the state reached",
            short="‖J*‖/√N", tolerance=Tolerance(relative=0.05),
            scale=PhaseScale(0.95, 1.05, "1 at the edge", edge=1.0),
        ),
        Metric(
            "bulk_j", "bulk J", "1",
            "J of the Gaussian matrix whose median singular value W has; J² is bulk and spikes",
            tolerance=Tolerance(relative=0.01), added_later=True,
        ),
        Metric(
            "spikes", "spikes", "1", "singular values of W beyond those of its bulk",
            tolerance=Tolerance(3), added_later=True,
        ),
        Metric(
            "saturation", "saturation", "fraction",
            "hidden activations beyond ±0.9, tanh on test images",
            tolerance=Tolerance(0.01), added_later=True,
        ),
        Metric(
            "lambda_depth", "growth with depth", "nats per block",
            "mean growth of small disturbances from block to block", short="λ_depth",
            tolerance=Tolerance(0.05), added_later=True,
            scale=_DEPTH, with_depth=True,
        ),
        Metric(
            "lambda_depth_error", "error of λ_depth", "nats per block",
            "standard deviation over inputs / √inputs", added_later=True,
        ),
        Metric(
            "lambda_angle", "turning with depth", "nats per block",
            "mean growth of the angle between neighbouring inputs from block to block",
            short="λ_angle", tolerance=Tolerance(0.05), added_later=True,
            scale=_DEPTH, with_depth=True,
        ),
        Metric(
            "lambda_angle_error", "error of λ_angle", "nats per block",
            "standard deviation over inputs / √inputs", added_later=True,
        ),
        Metric(
            "tau", "τ", "1", "rescaled time Σ η/((1−α)B); empty for Adam",
            tolerance=Tolerance(relative=1e-9),
        ),
        Metric(
            "gross_growth", "gross growth of J²", "per τ",
            "c: growth of J² per unit of τ with weight decay's part added back, a mean over about "
            "three epochs; measured while J² is held", short="c held",
            tolerance=Tolerance(relative=0.05),
        ),
        # A distance between two runs, which the retraining of one does not have.
        Metric(
            "twin_distance", "distance of the twins", "1",
            "‖w − w′‖ of a twin from the same run undisturbed, over all weights and biases",
            short="‖w − w′‖", retrained=False,
        ),
        Metric(
            "seconds", "time of the epoch", "s", "wall time of the epoch", retrained=False,
            of_machine=True,
        ),
        *(
            Metric(
                name, label, unit, meaning, retrained=False, added_later=True, of_machine=True,
                bounds=(0.0, math.inf),
            )
            for name, label, unit, meaning in (
                ("process_cpu", "CPU of the process", "cores",
                 "cores that the run's process and its children kept busy, a mean"),
                ("process_memory", "memory of the process", "bytes",
                 "resident memory of the run's process and its children, the most"),
                ("machine_cpu", "CPU of the machine", "cores",
                 "cores of the machine that were busy, a mean"),
                ("machine_memory", "memory of the machine", "bytes",
                 "memory in use on the machine, or in its container or job where that has a limit, "
                 "the most"),
                ("gpu_use", "use of the GPU", "fraction",
                 "share of the time in which the GPU was at work, a mean"),
                ("gpu_memory", "memory of the GPU", "bytes", "in use on the GPU, the most"),
                ("gpu_temperature", "temperature of the GPU", "°C", "the highest"),
                ("gpu_power", "power of the GPU", "W", "a mean"),
            )
        ),
    )
}  # fmt: skip
"""By their names in the log, in its order."""
RETRAINED: Final = tuple(name for name, metric in METRICS.items() if metric.retrained)
"""The metrics that retraining gives bit for bit."""


def comparable(name: str, recorded: float | None) -> bool:
    """Whether the `recorded` value of a metric can be compared with that of a retraining."""
    return recorded is not None or not METRICS[name].added_later

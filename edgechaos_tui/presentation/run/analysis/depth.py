"""Order and chaos with depth, from the log of a run: block by block, and in words."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from edgechaos_tui.presentation.run.series import Floats
from edgechaos_tui.presentation.run.state import RunState
from edgechaos_tui.presentation.text import clean, signed
from engine.storage.session.events import Layer
from engine.storage.session.layers import hidden_layers
from engine.theory.phase import Phase, depth_phase

Quantity = Literal["growth", "angle", "j", "j0"]

_BLOCK_ERROR: Final = 0.025
"""The approximate error of a block's growth over 32 inputs: its own is not in the log."""
_FEWEST_EPOCHS: Final = 3
_SCALES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, eq=False)
class DepthTable:
    """A quantity of each block at each epoch. names: (blocks,); values: (blocks, epochs)."""

    names: tuple[str, ...]
    epochs: Floats
    values: Floats

    @property
    def scale(self) -> float:
        """The round end of a scale that is symmetric around 0 and holds the finite values."""
        finite = np.abs(self.values[np.isfinite(self.values)])
        most = float(finite.max(initial=0.0))
        return next((scale for scale in _SCALES if most <= scale), _SCALES[-1])


def has_depth(state: RunState) -> bool:
    """Whether the run is of a network with depth, or logged layers."""
    deep = state.summary.hyperparameters.model in ("mlp", "cnn")
    return deep or _last_layers(state) is not None


def layer_names(state: RunState) -> tuple[str, ...]:
    """The names of the layers that have weights, in order of depth, without the readout."""
    return tuple(layer.name for layer in hidden_layers(_last_layers(state)) if layer.j is not None)


def _last_layers(state: RunState) -> tuple[Layer, ...] | None:
    """The layers of the last epoch that has any: a recorded run may log them rarely."""
    return next(filter(None, reversed(state.layers)), None) if state.has_layers else None


def table(state: RunState, quantity: Quantity) -> DepthTable:
    """`quantity` of each hidden block over the recorded epochs; nan where not measured."""
    names = tuple(layer.name for layer in hidden_layers(_last_layers(state)))
    epochs, columns = state.metric("epoch"), state.layer_columns
    values = np.full((len(names), len(epochs)), math.nan)
    for block, name in enumerate(names):
        if (name, quantity) in columns:
            values[block] = columns[name, quantity].view()
    return DepthTable(names, epochs, values)


@dataclass(frozen=True)
class LayerSlope:
    """The growth of J² of one layer over all recorded epochs, by least squares.

    slope: per epoch; c: per rescaled time τ = Σ η/((1−α)B), as in the law of one hidden layer, None
    for Adam.
    """

    layer: str
    slope: float
    c: float | None


def layer_slopes(state: RunState) -> list[LayerSlope]:
    """The slope of each hidden layer's J²; [] before the third epoch."""
    j = table(state, "j")
    if len(j.epochs) < _FEWEST_EPOCHS:
        return []
    tau = state.metric("tau")
    slopes = []
    for name, values in zip(j.names, j.values, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            j2 = values**2
        measured = np.isfinite(j2)
        timed = measured & np.isfinite(tau)
        slope = _slope(j.epochs[measured], j2[measured])
        if slope is not None:
            slopes.append(LayerSlope(name, slope, _slope(tau[timed], j2[timed])))
    return slopes


def _slope(x: Floats, y: Floats) -> float | None:
    if len(x) < _FEWEST_EPOCHS or not np.ptp(x):
        return None
    return float(np.polyfit(x, y, 1)[0])


def depth_words(state: RunState) -> str:
    """`ordered with depth, λ_depth = −0.21 ± 0.01 · hidden3 at the edge`; "" without a profile."""
    measured = latest(state, "lambda_depth")
    if measured is None:
        return ""
    value, error, row = measured
    phase = depth_phase(value, error)
    words = f"{PHASE_WORDS[phase] if phase else 'phase unknown'} with depth"
    parts = [f"{words}, λ_depth = {with_error(value, error)}"]
    angle = latest(state, "lambda_angle")
    angle_phase = depth_phase(*angle[:2]) if angle else None
    if angle is not None and angle_phase is not None and angle_phase != phase:
        parts.append(f"λ_angle = {signed(angle[0])} says {angle_phase}")
    return " · ".join([*parts, *_differing(hidden_layers(state.layers[row]), phase)])


def with_error(value: float, error: float) -> str:
    """`−0.21 ± 0.01`; the error is left out when it is nan: a recorded run logged none."""
    rounded = signed(value)
    return rounded if math.isnan(error) else f"{rounded} ± {error:.2f}"


PHASE_WORDS: Final[dict[Phase, str]] = {
    "ordered": "ordered", "edge": "at the edge of chaos", "chaotic": "chaotic"
}  # fmt: skip


def latest(state: RunState, metric: str) -> tuple[float, float, int] | None:
    """The last measured value of λ_depth or λ_angle, its error, and its row; None without one."""
    measured = np.flatnonzero(np.isfinite(state.metric(metric)))
    if not len(measured):
        return None
    row = int(measured[-1])
    return float(state.metric(metric)[row]), float(state.metric(f"{metric}_error")[row]), row


def block_phase(growth: float) -> Phase | None:
    """The phase by the growth through one block; None when it is unknown."""
    return depth_phase(growth, _BLOCK_ERROR)


def _differing(layers: tuple[Layer, ...], phase: Phase | None) -> list[str]:
    """The blocks in another phase than `phase`, in words: `hidden2, hidden3 chaotic`."""
    names_by_phase: dict[Phase, list[str]] = {}
    for layer in layers:
        layer_phase = None if layer.growth is None else block_phase(layer.growth)
        if layer_phase is not None and layer_phase != phase:
            names_by_phase.setdefault(layer_phase, []).append(clean(layer.name))
    return [
        f"{_listed(names)} {PHASE_WORDS[layer_phase]}"
        for layer_phase, names in names_by_phase.items()
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} blocks"

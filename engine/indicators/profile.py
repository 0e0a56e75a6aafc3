"""The depth profile of a network: the measurements of each block, and their summary."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import nn

from engine.indicators.blocks import Block
from engine.indicators.passes import Passage, TangentReading
from engine.indicators.weights import WeightLayer, weight_layers
from engine.theory.phase import Phase, depth_phase

_MANY_BLOCKS: Final = 10


@dataclass(frozen=True)
class Estimate:
    """A mean over inputs and its error, the standard deviation over them / √M."""

    value: float
    error: float

    @property
    def phase(self) -> Phase | None:
        """Edge within max(2 errors, 0.01) of 0, ordered below, chaotic above; None for nan."""
        return depth_phase(self.value, self.error)


@dataclass(frozen=True)
class BlockDepth:
    """One block's growth g, angle a and isotropic gain χ; None where not measured.

    weights: its weight layers. activation: "tanh", "relu" or "" where it is not known. readout:
    excluded from λ_depth and λ_angle.
    """

    name: str
    growth: Estimate | None = None
    angle: Estimate | None = None
    gain: float | None = None
    activation: str = ""
    readout: bool = False
    weights: tuple[WeightLayer, ...] = ()


@dataclass(frozen=True)
class DepthProfile:
    """A network's profile over depth at one moment.

    lambda_depth, lambda_angle: None where no block was measured. total_growth: Σ g_l over all
    blocks; log_depth_slope: of Σ_{k≤l} g_k against ln l, the power of depth with which a residual
    network grows. inputs: M. method: how the disturbance was propagated, with the reason where it
    is not the first choice. seconds: duration of the measurement. unmeasured: reasons, by name.
    """

    blocks: tuple[BlockDepth, ...]
    lambda_depth: Estimate | None
    lambda_angle: Estimate | None
    total_growth: float | None
    log_depth_slope: float | None
    inputs: int
    method: str
    seconds: float
    unmeasured: dict[str, str] = field(default_factory=dict)

    def layers(self) -> list[dict[str, Any]]:
        """One dict per block, as in the log: name, growth, angle, gain, readout; for weight layers
        fan_in, j, j0. After a block with several weight layers comes each of them, without a
        growth."""
        rows: list[dict[str, Any]] = []
        for block in self.blocks:
            row = {
                "name": block.name,
                "growth": block.growth.value if block.growth else None,
                "angle": block.angle.value if block.angle else None,
                "gain": block.gain,
                "readout": block.readout,
            }
            if len(block.weights) == 1:
                rows.append(row | _order(block.weights[0]))
            else:
                rows.append(row)
                rows.extend({"name": layer.name} | _order(layer) for layer in block.weights)
        return rows


def _order(layer: WeightLayer) -> dict[str, Any]:
    return {"fan_in": layer.fan_in, "j": layer.j, "j0": layer.j0}


def summarise(passage: Passage, model: nn.Module, method: str, seconds: float) -> DepthProfile:
    """The profile of `model` from the readings of `passage`."""
    names = {id(part): name for name, part in model.named_modules()}
    steps = [_Step(block, names) for block in passage.blocks]
    previous = passage.start
    for step in steps:
        previous = step.measure(
            passage.readings.get(step.block.name, []), previous, passage.directions
        )
        if not step.measured and passage.start is not None:
            passage.unmeasured.setdefault(step.block.name, "it was not called")
    counted = [step for step in steps if not step.block.readout]
    growths = [row for step in counted for row in step.growths]
    angles = [row for step in counted for row in step.angles]
    total, slope = _over_depth([float(row.mean()) for row in growths])
    return DepthProfile(
        blocks=tuple(block for step in steps for block in step.measured or [step.bare]),
        lambda_depth=_over_blocks(growths),
        lambda_angle=_over_blocks(angles),
        total_growth=total,
        log_depth_slope=slope,
        inputs=passage.samples // passage.directions,
        method=method,
        seconds=seconds,
        unmeasured=passage.unmeasured,
    )


class _Step:
    """One block's calls: growth and angle per input, from the reading before."""

    def __init__(self, block: Block, names: dict[int, str]) -> None:
        self.block = block
        self.measured: list[BlockDepth] = []
        self.growths: list[torch.Tensor] = []
        self.angles: list[torch.Tensor] = []
        weights = tuple(
            layer
            for part in block.modules
            for layer in weight_layers(part, names.get(id(part), block.name))
        )
        self.bare = BlockDepth(
            block.name, activation=block.activation, readout=block.readout, weights=weights
        )

    def measure(
        self, readings: Sequence[TangentReading], previous: TangentReading | None, directions: int
    ) -> TangentReading | None:
        """Measure each call. Returns the last reading, at which the next block begins."""
        for number, reading in enumerate(readings, start=1):
            name = self.block.name if number == 1 else f"{self.block.name} ({number})"
            measured = replace(self.bare, name=name, gain=reading.gain)
            if previous is not None:
                self.growths.append(_by_input(reading.size / previous.size, directions))
                self.angles.append(_by_input(reading.turn / previous.turn, directions))
                measured = replace(
                    measured, growth=_estimate(self.growths[-1]), angle=_estimate(self.angles[-1])
                )
            self.measured.append(measured)
            previous = reading
        return previous


def _by_input(ratios: torch.Tensor, directions: int) -> torch.Tensor:
    """The mean logarithm of each input over its directions: (M,)."""
    return ratios.log().view(directions, -1).mean(0)


def _estimate(per_input: torch.Tensor) -> Estimate:
    count = len(per_input)
    error = float(per_input.std()) / math.sqrt(count) if count > 1 else math.nan
    return Estimate(float(per_input.mean()), error)


def _over_blocks(rows: list[torch.Tensor]) -> Estimate | None:
    skipped = len(rows) // 4 if len(rows) > _MANY_BLOCKS else 0
    return _estimate(torch.stack(rows[skipped:]).mean(0)) if rows else None


def _over_depth(growths: list[float]) -> tuple[float | None, float | None]:
    """Σ g, and the slope of its partial sums against ln l by least squares."""
    if not growths:
        return None, None
    sums = torch.tensor(growths, dtype=torch.float64).cumsum(0)
    if len(growths) < 3 or not bool(sums.isfinite().all()):
        return float(sums[-1]), None
    x = torch.arange(1, len(growths) + 1, dtype=torch.float64).log()
    x -= x.mean()
    return float(sums[-1]), float((x * sums).sum() / x.square().sum())

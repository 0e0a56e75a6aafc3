"""Order and chaos of a user's network, block by block, measured while its loop trains."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from engine.storage.errors import EdgeChaosError, InvalidInput
from engine.storage.session.events import Layer

_STEPS_BETWEEN: Final = 1000
"""Steps between two measurements in a run without epochs."""


@dataclass(frozen=True)
class Measurement:
    """metrics: λ_depth and λ_angle with their errors; layers: one per block; remark: a sentence on
    the blocks that were not measured, or on a substitute method; "" without any."""

    metrics: dict[str, float | None]
    layers: tuple[Layer, ...]
    remark: str


class Watched:
    """A model that is measured at `probe` at intervals, and left unchanged.

    model, probe, blocks: as `engine.indicators.depth.DepthProbe` takes them. every: epochs between
    two measurements; None: 1 epoch, or 1000 steps in a run without epochs.

    Raises InvalidInput where there is no block to measure.
    """

    def __init__(
        self, model: Any, probe: Any, every: int | None, blocks: Sequence[Any] | None
    ) -> None:
        # The loop has imported torch already, or there would be no model.
        from engine.indicators.depth import DepthProbe

        try:
            self._probe = DepthProbe(model, probe, blocks=blocks)
        except EdgeChaosError as error:
            raise InvalidInput(f"run.watch: {error}") from None
        self._every = every
        self._measured: int | None = None
        self.before: Measurement | None = None

    def due(self, step: int | None, epoch: float | None) -> bool:
        """Whether a line logged at this place is to be measured; it then counts as measured."""
        interval = _STEPS_BETWEEN if epoch is None and self._every is None else self._every or 1
        place = math.floor(epoch) if epoch is not None else step or 0
        previous, self._measured = self._measured, place // interval
        return self._measured > (previous or 0)

    def measure(self) -> Measurement:
        """Measure the model as it is now."""
        profile = self._probe.measure()
        depth, angle = profile.lambda_depth, profile.lambda_angle
        return Measurement(
            {
                "lambda_depth": depth.value if depth else None,
                "lambda_depth_error": depth.error if depth else None,
                "lambda_angle": angle.value if angle else None,
                "lambda_angle_error": angle.error if angle else None,
            },
            tuple(msgspec.convert(row, Layer) for row in profile.layers()),
            _remark(profile.method, profile.unmeasured),
        )


def _remark(method: str, unmeasured: dict[str, str]) -> str:
    parts = [f"{name} was not measured: {reason}" for name, reason in unmeasured.items()]
    if "," in method:
        parts.append(f"measured by {method}")
    return f"order and chaos with depth: {'; '.join(parts)}" if parts else ""

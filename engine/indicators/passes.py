"""One disturbed forward pass, with a reading of value and tangent at the end of each block."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import nn

from engine.indicators.blocks import Block
from engine.indicators.tangents import Disturbance, first_tensor, map_tensors

_TINY: Final = 1e-30
# Inputs are often drawn from a small seed, and equal draws would be parallel to them.
_SEED: Final = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class TangentReading:
    """The tangent t at one place of the network, per sample: size is rms(t), turn s⊥/n.

    gain: E‖J v‖²/N of the block that ends here, None where the block cannot be run by itself.
    """

    size: torch.Tensor
    turn: torch.Tensor
    gain: float | None = None


@dataclass
class Passage:
    """A pass through `blocks`, with readings by block, one for each call of the block.

    start: the reading at the first block's input, or at its output where its input holds integers.
    samples: rows of the batch; the directions of one input are M rows apart. unmeasured: reasons by
    block.
    """

    blocks: Sequence[Block]
    disturbance: Disturbance
    directions: int
    seed: int
    start: TangentReading | None = None
    readings: dict[str, list[TangentReading]] = field(default_factory=dict)
    unmeasured: dict[str, str] = field(default_factory=dict)
    samples: int = 0

    def run(self, model: nn.Module, inputs: Any) -> None:
        """Send the disturbance through `model`. Raises what the model raises."""
        self._generator = torch.Generator().manual_seed(_SEED ^ self.seed)
        self._gains = torch.Generator().manual_seed(_SEED ^ self.seed ^ 1 << 32)
        self._entries: dict[int, tuple[Any, Any]] = {}
        self._paused = False
        with ExitStack() as stack:
            stack.enter_context(self.disturbance.active())
            args, kwargs = self._prepared(inputs)
            for handle in self._hooks():
                stack.callback(handle.remove)
            model(*args, **kwargs)

    def _prepared(self, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The model's arguments, repeated for each direction, with the disturbance in the first."""
        first_input = first_tensor(inputs, floating=False)
        if first_input is None or first_input.ndim == 0:
            raise ValueError("the probe's inputs hold no tensor with samples along axis 0")
        count = len(first_input)
        self.samples = count * self.directions
        self._injected = first_input.is_floating_point()

        def repeated(value: torch.Tensor) -> torch.Tensor:
            value = value.detach()
            if value.ndim == 0 or len(value) != count:
                return value
            rows = value.repeat(self.directions, *(1,) * (value.ndim - 1))
            if value.data_ptr() == first_input.data_ptr() and self._injected:
                return self._with_direction(rows, self._generator)
            return rows.repeat(self.disturbance.copies, *(1,) * (value.ndim - 1))

        changed = map_tensors(inputs, repeated)
        if isinstance(changed, dict):
            return (), changed
        return (tuple(changed) if isinstance(changed, list | tuple) else (changed,)), {}

    def _with_direction(self, rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        direction = torch.randn(rows.shape, generator=generator).to(rows)
        return self.disturbance.join(rows, direction)

    def _hooks(self) -> list[Any]:
        handles: list[Any] = []
        for block in self.blocks:
            handles.append(
                block.modules[0].register_forward_pre_hook(self._on_entry(block), with_kwargs=True)
            )
            handles.append(block.modules[-1].register_forward_hook(self._on_exit(block)))
        return handles

    def _on_entry(self, block: Block) -> Any:
        def hook(_: nn.Module, args: Any, kwargs: Any) -> Any:
            if self._paused:
                return None
            value = first_tensor((args, kwargs))
            if value is not None and not self._injected:
                args, kwargs = self._inject((args, kwargs), value)
                value = first_tensor((args, kwargs))
            if value is not None and self.start is None:
                self.start = self._read(block, value, silent=True)
            if block.whole and value is not None:
                self._entries[id(block)] = args, kwargs
            return args, kwargs

        return hook

    def _on_exit(self, block: Block) -> Any:
        def hook(_: nn.Module, __: Any, output: Any) -> Any:
            if self._paused:
                return None
            value = first_tensor(output)
            if value is None:
                self.unmeasured[block.name] = "its output holds no floating-point tensor"
                return None
            if not self._injected:
                output = self._inject(output, value)
                self.start = self._read(block, first_tensor(output))
                self.readings.setdefault(block.name, [])
                self.unmeasured[block.name] = (
                    "its input holds integers: the profile starts at its output"
                )
                return output
            reading = self._read(block, value)
            if reading:
                gain = self._gain(block)
                self.readings.setdefault(block.name, []).append(
                    TangentReading(reading.size, reading.turn, gain)
                )
            return None

        return hook

    def _inject(self, structure: Any, value: torch.Tensor) -> Any:
        """Put the disturbance into `value`, the first float tensor inside `structure`."""
        axis = self._axis(value)
        if axis != 0:
            raise ValueError("the first block's values have no samples along axis 0")
        self._injected = True
        rows = self.disturbance.plain(value, 0)
        dual = self._with_direction(rows, self._generator)
        return map_tensors(structure, lambda tensor: dual if tensor is value else tensor)

    def _axis(self, value: torch.Tensor) -> int | None:
        """The axis along which the samples lie: 0, or 1 as in attention over sequences."""
        rows = self.samples * self.disturbance.copies
        return next(
            (axis for axis in (0, 1) if value.ndim > axis and value.shape[axis] == rows), None
        )

    def _read(
        self, block: Block, value: torch.Tensor | None, *, silent: bool = False
    ) -> TangentReading | None:
        problem = ""
        axis = None if value is None else self._axis(value)
        if value is None or axis is None:
            problem = "its output has no leading axis of samples"
        else:
            tangent = self.disturbance.tangent(value, axis)
            if tangent is not None:
                p = self.disturbance.plain(value, axis).movedim(axis, 0).flatten(1).float()
                t = tangent.movedim(axis, 0).flatten(1).float()
                if bool((t != 0).any()):
                    return _reading(p, t)
            problem = "no disturbance reaches it"
        if not silent:
            self.unmeasured[block.name] = problem
        return None

    def _gain(self, block: Block) -> float | None:
        """E‖J v‖²/N of the block by itself, at the input it was called with."""
        entry = self._entries.pop(id(block), None)
        if entry is None:
            return None
        args, kwargs = entry
        value = first_tensor(entry)
        axis = None if value is None else self._axis(value)
        if value is None or axis != 0:
            return None
        # A new instance, because finite differences store the size of their step.
        disturbance = type(self.disturbance)()
        rows = self.disturbance.plain(value, 0)
        gain = disturbance.join(rows, torch.randn(rows.shape, generator=self._gains).to(rows))

        def without_tangent(tensor: torch.Tensor) -> torch.Tensor:
            if tensor is value:
                return gain
            along = self._axis(tensor)
            if not tensor.is_floating_point() or along is None:
                return tensor
            return disturbance.undisturbed(tensor, along)

        self._paused = True
        try:
            output: Any = block.modules[0](
                *map_tensors(args, without_tangent), **map_tensors(kwargs, without_tangent)
            )
            for part in block.modules[1:]:
                output = part(output)
        finally:
            self._paused = False
        result = first_tensor(output)
        axis = None if result is None else self._axis(result)
        if result is None or axis is None:
            return None
        tangent = disturbance.tangent(result, axis)
        return None if tangent is None else float(tangent.double().square().mean())


def _reading(p: torch.Tensor, t: torch.Tensor) -> TangentReading:
    """p and t: (samples, components)."""
    size = t.square().mean(1).sqrt()
    power = p.square().mean(1)
    along = (p * t).mean(1) / power.clamp(min=_TINY)
    across = (t - along[:, None] * p).square().mean(1).sqrt()
    return TangentReading(size.double(), (across / power.sqrt().clamp(min=_TINY**0.5)).double())

"""The depth profile: growth and turning of small disturbances from block to block.

A user's own loop measures its network like this:

    probe = DepthProbe(model, x[:32], every=1)      # any nn.Module; x: held-out inputs
    if probe.due(epoch):
        profile = probe.measure()                   # a DepthProfile; the model is unchanged
        profile.lambda_depth                        # an Estimate: value, error, phase; or None
        profile.lambda_angle
        profile.layers()                            # one dict per block, as in the log

`measure` raises no exception of the model: blocks that could not be measured are in
`profile.unmeasured`, with reasons. Only the constructor raises `EdgeChaosError`, for a module or
for names without blocks.

Depth takes the place of time. K directions v ~ Normal(0, 1) per component are sent through the
network at each of M inputs. With p a block's output and t the tangent there, per sample
s = rms(t), n = rms(p), s⊥ = rms(t − p⟨p, t⟩/⟨p, p⟩):

    growth  g_l = ln(s_l / s_{l−1})
    angle   a_l = ln[(s⊥_l/n_l) / (s⊥_{l−1}/n_{l−1})]
    gain    χ_l = E‖J_l v‖²/N_l with v ~ Normal(0, 1) at the block's own input

λ_depth and λ_angle are the means of g and a over the blocks, without the first quarter of them
where there are more than ten, and without a linear readout. Below 0 order, above 0 chaos. For tanh
the two agree; where a network is homogeneous (ReLU without bias, normalisation) the scale of the
weights moves λ_depth and leaves λ_angle.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from torch import nn

from engine.indicators.blocks import discover
from engine.indicators.passes import Passage
from engine.indicators.profile import BlockDepth, DepthProfile, Estimate, summarise
from engine.indicators.tangents import Disturbance, FiniteDifference, ForwardMode, map_tensors
from engine.indicators.undisturbed import undisturbed, unwrapped

__all__ = ["DIRECTIONS", "INPUTS", "BlockDepth", "DepthProbe", "DepthProfile", "Estimate"]

DIRECTIONS: Final = 4
INPUTS: Final = 32
"""Enough inputs for an error of about 0.01 on one block."""


class DepthProbe:
    """Measures the depth profile of `model` at `inputs`, again and again with the same directions.

    inputs: the model's arguments, with at least 2 samples along axis 0; copied: a tensor, a tuple
    of positional or a dict of named arguments. The disturbance enters the first tensor, or, where
    that holds integers, the first block. blocks: names or modules in order of depth; None: as
    `engine.indicators.blocks.discover` finds them. every: epochs between two measurements; 0:
    never. The model may be compiled or wrapped for data parallelism.

    Raises EdgeChaosError where there is no block to measure.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Any,
        *,
        every: int = 1,
        blocks: Sequence[str | nn.Module] | None = None,
        directions: int = DIRECTIONS,
        seed: int = 0,
    ) -> None:
        self._model = unwrapped(model)
        self._blocks = discover(self._model, blocks)
        self._inputs = map_tensors(inputs, lambda tensor: tensor.detach().clone())
        self._every = every
        self._directions = directions
        self._seed = seed

    def due(self, epoch: int) -> bool:
        """Whether `epoch` is to be measured."""
        return self._every > 0 and epoch % self._every == 0

    def measure(self) -> DepthProfile:
        """The profile of the model as it is now."""
        begin = time.perf_counter()
        with undisturbed(self._model):
            passage, method = self._passage()
        return summarise(passage, self._model, method, time.perf_counter() - begin)

    def _passage(self) -> tuple[Passage, str]:
        """A pass and its method: exact, else by finite differences, else an incomplete one."""
        exact, problem = self._attempt(ForwardMode())
        if not problem:
            return exact, ForwardMode.name
        differences, second_problem = self._attempt(FiniteDifference())
        if second_problem:
            differences.unmeasured["the whole profile"] = second_problem
            return differences, "none"
        reason = f"{FiniteDifference.name}, since forward-mode derivatives fail ({problem})"
        return differences, reason

    def _attempt(self, disturbance: Disturbance) -> tuple[Passage, str]:
        """A pass, and the exception that ended it in words; "" without one."""
        passage = Passage(self._blocks, disturbance, self._directions, self._seed)
        try:
            passage.run(self._model, self._inputs)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            lines = str(error).strip().splitlines()
            return passage, f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
        return passage, ""

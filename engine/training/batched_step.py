"""Several runs' networks in one tensor each, so that one product takes a step of all of them.

For R runs W is (R, units, 784), U (R, 10, units) and b (R, 10), and so are velocities and moments.
The runs share the data, the shapes, the activation and the optimiser; learning rate, momentum, λ
and the images of a batch are each run's own. On a GPU a step of one small network is mostly the
time to launch its kernels, which R networks then share.
"""

from collections.abc import Sequence

import numpy as np
import torch

from engine.models.adam import BETA1, BETA2, EPSILON
from engine.models.model import Tensors
from engine.models.paper.network import CLASSES, INPUTS, array_of
from engine.storage.hyperparameters import Hyperparameters


class BatchedStep:
    """The states of R runs, and room for a batch of `size` images of each.

    states: the runs' tensors by name, as `Trainer.state` has them; copied. They then use
    `views`, which share memory with the stacked tensors.
    """

    def __init__(self, states: Sequence[Tensors], activation: str, size: int) -> None:
        self._state = {name: torch.stack([state[name] for state in states]) for name in states[0]}
        self._activation = activation
        self._rates = _Rates(self._state["W"])
        W = self._state["W"]
        runs, units = W.shape[:2]
        self._x = W.new_empty(runs * size, INPUTS)
        self._onehot = W.new_empty(CLASSES, runs * size)
        self._hidden = W.new_empty(runs, size, units)
        self._hidden_array = array_of(self._hidden)
        self._delta_hidden = torch.empty_like(self._hidden)
        self._scratch = torch.empty_like(self._hidden)
        self._delta = W.new_empty(runs, CLASSES, size)
        self._log_p = torch.empty_like(self._delta)
        self._shape = runs, size
        self._adam = _StackedAdam(self._state) if "t" in self._state else None

    @property
    def views(self) -> list[Tensors]:
        """Each run's part, by name, not copied."""
        runs = self._shape[0]
        return [
            {name: stacked[run] for name, stacked in self._state.items()} for run in range(runs)
        ]

    @torch.no_grad()
    def step(
        self,
        images: torch.Tensor,
        eye: torch.Tensor,
        indices: Sequence[torch.Tensor],
        labels: Sequence[torch.Tensor],
        log_p: Sequence[torch.Tensor],
        hyperparameters: Sequence[Hyperparameters],
    ) -> None:
        """One step of every run; the equations are those of `network` and `optimizers`.

        images: (S, 784), shared. indices, labels: for each run those of its
        batch, (B,). Its log p, (10, B), goes into `log_p`.
        """
        torch.index_select(images, 0, torch.cat(list(indices)), out=self._x)
        torch.index_select(eye, 1, torch.cat(list(labels)), out=self._onehot)
        rates = self._rates.of(hyperparameters, self._shape[1])
        self._backward(rates.share if self._adam else rates.pace)
        torch._foreach_copy_(list(log_p), list(self._log_p.unbind()))
        gradient_sides = (self._delta_hidden.mT, self._x.view(*self._shape, INPUTS))
        if self._adam:
            self._adam.step(rates, gradient_sides, self._delta, self._hidden)
        else:
            self._sgd(rates, gradient_sides)

    def _backward(self, scale: torch.Tensor) -> None:
        """log p, and δ₂ and δ₁ times `scale`, (R, 1, 1)."""
        W, U, b = (self._state[name] for name in ("W", "U", "b"))
        runs, size = self._shape
        torch.bmm(self._x.view(runs, size, INPUTS), W.mT, out=self._hidden)
        self._phi()
        torch.baddbmm(b[:, :, None], U, self._hidden.mT, out=self._delta)
        torch.log_softmax(self._delta, 1, out=self._log_p)
        onehot = self._onehot.view(CLASSES, runs, size).transpose(0, 1)
        torch.exp(self._log_p, out=self._delta).sub_(onehot).mul_(scale)
        torch.bmm(self._delta.mT, U, out=self._delta_hidden)
        if self._activation == "tanh":
            torch.mul(self._delta_hidden, self._hidden, out=self._scratch)
            self._delta_hidden.addcmul_(self._scratch, self._hidden, value=-1)
        else:
            self._delta_hidden.mul_(torch.sign(self._hidden, out=self._scratch))

    def _phi(self) -> None:
        if self._activation == "relu":
            self._hidden.clamp_(min=0)
        elif self._hidden_array is None:
            torch.tanh(self._hidden, out=self._hidden)
        else:
            np.tanh(self._hidden_array, out=self._hidden_array)

    def _sgd(self, rates: "_Values", sides: tuple[torch.Tensor, torch.Tensor]) -> None:
        """v ← αv − η(g + 2λw), w ← w + v; δ comes with −η/B in it."""
        state = self._state
        if rates.same_momentum is None:
            for name in ("W", "U", "b"):
                v = state[f"v_{name}"]
                v.mul_(rates.momentum.view(-1, *[1] * (v.dim() - 1)))
        beta = 1.0 if rates.same_momentum is None else rates.same_momentum
        state["v_W"].baddbmm_(*sides, beta=beta)
        state["v_U"].baddbmm_(self._delta, self._hidden, beta=beta)
        state["v_b"].mul_(beta).add_(self._delta.sum(2))
        if rates.decays:
            state["v_W"].addcmul_(state["W"], rates.pull)
            state["v_U"].addcmul_(state["U"], rates.pull)
        for name in ("W", "U", "b"):
            state[name].add_(state[f"v_{name}"])


class _Values:
    """The values that differ between the runs, (R, 1, 1) each, on their device."""

    def __init__(self, of: Sequence[Hyperparameters], size: int, like: torch.Tensor) -> None:
        def column(values: list[float]) -> torch.Tensor:
            return like.new_tensor(values).view(-1, 1, 1)

        self.lr = column([h.lr for h in of])
        self.pace = column([-h.lr / size for h in of])
        self.share = column([1 / size for _ in of])
        self.momentum = column([h.momentum for h in of])
        self.pull = column([-2 * h.l2 * h.lr for h in of])
        self.penalty = column([2 * h.l2 for h in of])
        self.decays = any(h.l2 for h in of)
        momenta = {h.momentum for h in of}
        self.same_momentum = momenta.pop() if len(momenta) == 1 else None


class _Rates:
    """`_Values` of the hyperparameters in force, made anew only where those change."""

    def __init__(self, like: torch.Tensor) -> None:
        self._like = like
        self._of: tuple[list[Hyperparameters], int] | None = None

    def of(self, hyperparameters: Sequence[Hyperparameters], size: int) -> _Values:
        key = (list(hyperparameters), size)
        if self._of != key:
            self._of, self._values = key, _Values(hyperparameters, size, self._like)
        return self._values


class _StackedAdam:
    """Keras's form, as in `adam.AdamState`; each run counts its own steps."""

    def __init__(self, state: Tensors) -> None:
        self._state = state
        self._g = {name: torch.zeros_like(state[name]) for name in ("W", "U", "b")}
        # Beside the runs' own counts, which lie on the CPU: no transfer in a step.
        self._t = state["t"].to(state["W"].device, torch.float64)

    def step(
        self,
        rates: _Values,
        sides: tuple[torch.Tensor, torch.Tensor],
        delta: torch.Tensor,
        hidden: torch.Tensor,
    ) -> None:
        """w ← w − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε); δ comes with 1/B in it."""
        state, g = self._state, self._g
        torch.bmm(*sides, out=g["W"])
        torch.bmm(delta, hidden, out=g["U"])
        torch.sum(delta, 2, out=g["b"])
        if rates.decays:
            g["W"].addcmul_(state["W"], rates.penalty)
            g["U"].addcmul_(state["U"], rates.penalty)
        state["t"] += 1
        self._t += 1
        correction = (1 - BETA2**self._t).sqrt() / (1 - BETA1**self._t)
        rate = -rates.lr * correction.to(rates.lr.dtype).view(-1, 1, 1)
        for name in ("W", "U", "b"):
            w, m, v = state[name], state[f"m_{name}"], state[f"v_{name}"]
            m.lerp_(g[name], 1 - BETA1)
            v.mul_(BETA2).addcmul_(g[name], g[name], value=1 - BETA2)
            move = torch.sqrt(v, out=g[name]).add_(EPSILON).reciprocal_().mul_(m)
            w.addcmul_(move, rate if w.dim() == 3 else rate.view(-1, 1))

"""An MLP or a CNN with its optimiser, trained by autograd."""

import torch
from torch.nn import functional

from engine.indicators import weights
from engine.models.deep.architectures import build
from engine.models.deep.optimizers import DeepAdam, Momentum
from engine.models.model import Measurements, Tensors, TrainingData, Work
from engine.storage.hyperparameters import Hyperparameters


class DeepModel:
    """The module of `architectures.build`, and velocities or moments."""

    graphable = False

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if device.type == "cuda":
            # The fastest convolutions add up in no fixed order.
            torch.backends.cudnn.deterministic = True
        self.module = build(hyperparameters).to(device, dtype)
        optimizer = DeepAdam if hyperparameters.optimizer == "adam" else Momentum
        self._optimizer: DeepAdam | Momentum = optimizer(self.module)

    @property
    def state(self) -> Tensors:
        """The parameters by their names in the module, and velocities or moments; not copied."""
        parameters = {name: p.data for name, p in self.module.named_parameters()}
        return parameters | self._optimizer.state

    def use(self, tensors: Tensors) -> None:
        """Take the values of `tensors`, of the names of `state`."""
        for name, mine in self.state.items():
            mine.copy_(tensors[name])

    def work_for(self, data: TrainingData, size: int, hyperparameters: Hyperparameters) -> Work:
        """A step on `size` images of `data`: all of it, since autograd allocates anyway."""

        def work(chosen: torch.Tensor, labels: torch.Tensor, log_p: torch.Tensor) -> None:
            with torch.enable_grad():
                self._optimizer.begin(hyperparameters)
                logits = self.module(data.images.index_select(0, chosen))
                found = functional.log_softmax(logits, 1)
                functional.nll_loss(found, labels).backward()  # type: ignore[no-untyped-call]
            log_p.copy_(found.detach().t())
            self._optimizer.finish(hyperparameters)

        return work

    def finish(self, hyperparameters: Hyperparameters) -> None:
        """Nothing is left of a step."""

    @torch.no_grad()
    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of right answers."""
        log_p = functional.log_softmax(self.module(x), 1)
        loss = -log_p.gather(1, y[:, None]).double().sum()
        return loss, (log_p.argmax(1) == y).sum()

    def order_parameters(self) -> tuple[float, float]:
        """J and J₀ of the first hidden layer."""
        first = next(weights.weight_layers(self.module))
        return first.j, first.j0

    @property
    def measurable(self) -> bool:
        """Nothing is measured yet."""
        return False

    def measure(self, images: torch.Tensor, seed: int) -> Measurements:
        """Nothing is measured yet."""
        return Measurements()

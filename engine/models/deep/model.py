"""An MLP or a CNN with its optimiser, trained by autograd."""

import torch
from torch.nn import functional

from engine.indicators import weights
from engine.indicators.depth import INPUTS, DepthProbe
from engine.models.deep.architectures import build
from engine.models.deep.optimizers import DeepAdam, Momentum
from engine.models.model import Measurements, Tensors, TrainingData, Work
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import Layer


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
            # The fastest convolutions add in no fixed order.
            torch.backends.cudnn.deterministic = True
        self._seed = hyperparameters.seed
        self.module = build(hyperparameters).to(device, dtype)
        optimizer = DeepAdam if hyperparameters.optimizer == "adam" else Momentum
        self._optimizer: DeepAdam | Momentum = optimizer(self.module)

    @property
    def state(self) -> Tensors:
        """The parameters by their names in the module, and velocities or moments; not copied."""
        parameters = {name: p.data for name, p in self.module.named_parameters()}
        return parameters | self._optimizer.state

    def use(self, tensors: Tensors) -> None:
        """Copy the values of `tensors`, with the names of `state`."""
        for name, tensor in self.state.items():
            tensor.copy_(tensors[name])

    def work_for(self, data: TrainingData, size: int, hyperparameters: Hyperparameters) -> Work:
        """A step on `size` images of `data`: all of it, since autograd allocates anyway."""

        def work(indices: torch.Tensor, labels: torch.Tensor, log_p: torch.Tensor) -> None:
            with torch.enable_grad():
                self._optimizer.begin(hyperparameters)
                logits = self.module(data.images.index_select(0, indices))
                batch_log_p = functional.log_softmax(logits, 1)
                torch.autograd.backward(functional.nll_loss(batch_log_p, labels))
            log_p.copy_(batch_log_p.detach().t())
            self._optimizer.finish(hyperparameters)

        return work

    def finish(self, hyperparameters: Hyperparameters) -> None:
        """Do nothing: `work_for` takes the whole step."""

    @torch.no_grad()
    def evaluate(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sum of the cross-entropies (float64, nats) and number of correct answers."""
        log_p = functional.log_softmax(self.module(x), 1)
        loss = -log_p.gather(1, y[:, None]).double().sum()
        return loss, (log_p.argmax(1) == y).sum()

    @property
    def measurable(self) -> bool:
        """True: any such network has a depth profile."""
        return True

    def measure(self, images: torch.Tensor, *, indicators: bool) -> Measurements:
        """J and J₀ of each layer, and the depth profile at the first of the images."""
        first, *_ = linear_maps = list(weights.weight_layers(self.module))
        j, j0 = first.j, first.j0
        if not indicators:
            layers = [
                Layer(
                    name=layer.name,
                    fan_in=layer.fan_in,
                    j=layer.j,
                    j0=layer.j0,
                    readout=layer is linear_maps[-1],
                )
                for layer in linear_maps
            ]
            return Measurements(j=j, j0=j0, layers=tuple(layers))
        profile = DepthProbe(self.module, images[:INPUTS], seed=self._seed).measure()
        depth, angle = profile.lambda_depth, profile.lambda_angle
        return Measurements(
            j=j,
            j0=j0,
            lambda_depth=depth.value if depth else None,
            lambda_depth_error=depth.error if depth else None,
            lambda_angle=angle.value if angle else None,
            lambda_angle_error=angle.error if angle else None,
            layers=tuple(Layer(**row) for row in profile.layers()),
        )

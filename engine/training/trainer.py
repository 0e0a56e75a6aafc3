"""The training of one epoch after another, in steps of one batch, without I/O."""

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import msgspec
import numpy as np
import torch

from engine.data.datasets import Dataset
from engine.models.choice import model_of
from engine.models.model import Measurements, TrainingData, Work
from engine.models.paper.network import CLASSES
from engine.storage.errors import EdgeChaosError
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.session.events import Epoch
from engine.storage.session.layers import held_j2
from engine.storage.step_size import effective_batch_size, step_size_ratio
from engine.theory import mean_field
from engine.theory.slope_law.holding import gross_growth
from engine.training.cuda_graph import GraphedStep, Record, cuda_graph

_CHECK_EVERY: Final = 50
"""Batches between two checks whether the loss is still finite."""
BLOCK: Final = 1000
"""Images evaluated at once: large enough for the product's full speed, small enough for cache."""


class NotFinite(EdgeChaosError):
    """The loss is no longer finite; `epoch` is the one under way."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"the loss is not finite in epoch {epoch}")
        self.epoch = epoch


class Step(NamedTuple):
    """The progress of an epoch: `done` of `total` batches or images of `stage`."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class EpochResults(Measurements):
    """An epoch's results, with the names, units and meaning of `events.Epoch`."""

    epoch: int
    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float
    edge_distance: float
    gain: float
    tau: float | None
    gross_growth: float | None
    twin_distance: float | None = None


def results_of(event: Epoch) -> EpochResults:
    """The results in the line of an epoch."""
    return EpochResults(**{f.name: getattr(event, f.name) for f in fields(EpochResults)})


class Request(NamedTuple):
    """A step that `trainer` requests: images by their `indices`, (B,), and `labels`, (B,).

    Its log p, (10, B), goes into `log_p`.
    """

    trainer: "Trainer"
    indices: torch.Tensor
    labels: torch.Tensor
    log_p: torch.Tensor


class Trainer:
    """The network, its optimiser and the data of one run.

    `epoch` counts the whole epochs trained; -1 before the evaluation of epoch 0. `hyperparameters`
    are those in force. `results` are those of the last whole epoch. Requests index into `images`
    and `eye` (the one-hot columns). Steps are taken at once unless `put_off` defers them; deferred
    steps must be taken before the generator of `steps` resumes. record: makes a step that is
    cheap to repeat, by default a CUDA graph on CUDA.
    """

    def __init__(
        self,
        hyperparameters: Hyperparameters,
        dataset: Dataset,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        put_off: "Callable[[Request], None] | None" = None,
        record: Record | None = None,
    ) -> None:
        self.hyperparameters = hyperparameters
        self.epoch = -1
        self.results: EpochResults | None = None
        self._model = model_of(hyperparameters, device, dtype)
        # A CUDA graph where there is CUDA: elsewhere a step costs next to nothing to launch.
        self._record = record or (cuda_graph if device.type == "cuda" else None)
        if not self._model.graphable:
            self._record = None
        self._work: dict[int, Work] = {}
        self._take_step = put_off or self.step
        self.images = dataset.train_images.to(device, dtype)
        self._train_labels = dataset.train_labels.to(device)
        self.eye = torch.eye(CLASSES, device=device, dtype=dtype)
        self._test = dataset.test_images.to(device, dtype)
        self._test_labels = dataset.test_labels.to(device)
        # log p of every batch of the epoch under way, read at the epoch's end.
        self._log_p = self.images.new_zeros(len(self.images) * CLASSES)
        self._tau = None if hyperparameters.optimizer == "adam" else 0.0

    def set(self, values: dict[str, int | float]) -> None:
        """Put `values` in force; only between two epochs. Velocities are kept."""
        self.hyperparameters = msgspec.structs.replace(self.hyperparameters, **values)
        if values:
            self._work.clear()

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """Everything that the next epoch depends on beside `epoch` and `tau`; not copied."""
        return self._model.state

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """Weights and biases by name, without the optimiser's tensors; not copied."""
        state = self._model.state
        return {n: w for n, w in state.items() if n != "t" and not n.startswith(("v_", "m_"))}

    def restore(self, tensors: dict[str, torch.Tensor], results: EpochResults) -> None:
        """Restore the state after the epoch of `results`, whose J is known.

        Raises ValueError when it belongs to another network.
        """
        state = self.state
        if tensors.keys() != state.keys():
            raise ValueError(f"it holds {sorted(tensors)}, and this network has {sorted(state)}")
        for name, tensor in state.items():
            theirs = tensors[name]
            if theirs.shape != tensor.shape or theirs.dtype != tensor.dtype:
                raise ValueError(
                    f"{name} is {tuple(theirs.shape)} of {theirs.dtype}, "
                    f"and this network's is {tuple(tensor.shape)} of {tensor.dtype}"
                )
        for name, tensor in state.items():
            tensor.copy_(tensors[name])
        self.epoch = results.epoch
        self.results = results
        self._tau = results.tau

    def use(self, tensors: dict[str, torch.Tensor]) -> None:
        """Use `tensors`, with the names and values of `state`, as memory from now on."""
        self._model.use(tensors)
        self._work.clear()

    @torch.no_grad()
    def step(self, request: Request) -> None:
        """Take the step of `request`, which is from this trainer."""
        size = len(request.indices)
        if size not in self._work:
            self._work[size] = self._work_for(size)
        self._work[size](request.indices, request.labels, request.log_p)
        self._model.finish(self.hyperparameters)

    def _work_for(self, size: int) -> Work:
        """The work of a step on `size` images, without the part that depends on the step count."""
        data = TrainingData(self.images, self.eye)
        work = self._model.work_for(data, size, self.hyperparameters)
        return GraphedStep(work, self._record) if self._record else work

    @torch.no_grad()
    def steps(self) -> Iterator[Step]:
        """Train the next epoch, and yield a step after each batch and each block of evaluation.

        Epoch 0 trains nothing: its train loss and accuracy are evaluated on the training set
        with the first weights. From epoch 1 on they are running means over the epoch. At the end
        `epoch` has grown by one and `results` are set; leaving the generator earlier leaves weights
        in the middle of an epoch, to be restored from a checkpoint.

        Raises NotFinite when the loss is not finite.
        """
        epoch = self.epoch + 1
        if epoch == 0:
            train = yield from self._evaluate(self.images, self._train_labels)
        else:
            train = yield from self._train_epoch(epoch)
        test = yield from self._evaluate(self._test, self._test_labels)
        if not math.isfinite(test[0]):
            raise NotFinite(epoch)
        measures_indicators = self._measures_indicators(epoch)
        if measures_indicators:
            yield Step("indicators", 0, 1)
        measured = self._model.measure(self._test, indicators=measures_indicators)
        self.epoch = epoch
        self.results = self._summary(train, test, measured)

    def _train_epoch(self, epoch: int) -> Generator[Step, None, tuple[float, float]]:
        h = self.hyperparameters
        size = len(self.images)
        shuffled = np.random.default_rng([h.seed, epoch]).permutation(size)
        order = torch.from_numpy(shuffled).to(self.images.device)
        labels = self._train_labels[order]
        batch_size = effective_batch_size(h.batch_size, size)
        parts = zip(
            torch.split(order, batch_size),
            torch.split(labels, batch_size),
            torch.split(self._log_p, CLASSES * batch_size),
            strict=True,
        )
        total = math.ceil(size / batch_size)
        for number, (indices, batch_labels, room) in enumerate(parts, start=1):
            log_p = room.view(CLASSES, -1)
            self._take_step(Request(self, indices, batch_labels, log_p))
            yield Step("training", number, total)
            if number % _CHECK_EVERY == 0 and not math.isfinite(float(log_p.sum())):
                raise NotFinite(epoch)
        if self._tau is not None:
            self._tau += step_size_ratio(h.lr, h.momentum, h.batch_size, size)
        loss, accuracy = self._running_means(labels, batch_size)
        if not math.isfinite(loss):
            raise NotFinite(epoch)
        return loss, accuracy

    def _running_means(self, labels: torch.Tensor, batch_size: int) -> tuple[float, float]:
        """Mean cross-entropy and fraction of correct answers over the epoch's batches."""
        size = len(labels)
        loss, correct = 0.0, 0
        for start, stop, width in _stretches(size, batch_size):
            log_p = self._log_p[start * CLASSES : stop * CLASSES].view(-1, CLASSES, width)
            expected = labels[start:stop].view(-1, width)
            loss -= float(log_p.gather(1, expected[:, None]).double().sum())
            correct += int((log_p.argmax(1) == expected).sum())
        return loss / size, correct / size

    def _evaluate(
        self, images: torch.Tensor, labels: torch.Tensor
    ) -> Generator[Step, None, tuple[float, float]]:
        loss = torch.zeros((), dtype=torch.float64, device=labels.device)
        correct = torch.zeros((), dtype=torch.int64, device=labels.device)
        total = math.ceil(len(labels) / BLOCK)
        pairs = zip(torch.split(images, BLOCK), torch.split(labels, BLOCK), strict=True)
        for done, (x, y) in enumerate(pairs, start=1):
            block_loss, block_correct = self._model.evaluate(x, y)
            loss += block_loss
            correct += block_correct
            yield Step("evaluating", done, total)
        return float(loss) / len(labels), float(correct) / len(labels)

    def _measures_indicators(self, epoch: int) -> bool:
        every = self.hyperparameters.indicators_every
        return every > 0 and epoch % every == 0 and self._model.measurable

    def _summary(
        self,
        train: tuple[float, float],
        test: tuple[float, float],
        measured: Measurements,
    ) -> EpochResults:
        activation = self.hyperparameters.activation
        return EpochResults(
            epoch=self.epoch,
            train_loss=train[0],
            test_loss=test[0],
            train_accuracy=train[1],
            test_accuracy=test[1],
            edge_distance=mean_field.edge_distance(measured.j0, measured.j, activation),
            gain=mean_field.gain(measured.j0, measured.j, activation),
            tau=self._tau,
            gross_growth=self._gross_growth(measured),
            **vars(measured),
        )

    def _gross_growth(self, measured: Measurements) -> float | None:
        """c after this epoch, whose weights are `measured`; None where J² is not held."""
        h, previous = self.hyperparameters, self.results
        if not h.hold_j2 or previous is None:
            return None
        size = len(self.images)
        return gross_growth(
            held_j2(previous.j, previous.layers, h.hold_layer),
            held_j2(measured.j, measured.layers, h.hold_layer),
            time=step_size_ratio(h.lr, h.momentum, h.batch_size, size),
            l2=h.l2,
            samples=size,
            smoothed=previous.gross_growth,
        )


def _stretches(size: int, batch_size: int) -> list[tuple[int, int, int]]:
    """The stretches of the whole batches and of the smaller last one: start, stop, batch size."""
    whole_batches_end = size - size % batch_size
    stretches = [
        (0, whole_batches_end, batch_size),
        (whole_batches_end, size, size - whole_batches_end),
    ]
    return [stretch for stretch in stretches if stretch[2]]

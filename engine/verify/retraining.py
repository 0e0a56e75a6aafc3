"""The retraining of a recorded run, epoch by epoch, to the log's end or the first disagreement."""

import time
from collections.abc import Callable
from typing import Final

import msgspec
import torch

from engine.data import datasets
from engine.data.datasets import Dataset, KnownData
from engine.storage.host import host_name
from engine.storage.session.events import Epoch
from engine.storage.verification import Disagreement, Message, Verdict, Working
from engine.training import device as machine
from engine.training import threads
from engine.training.trainer import NotFinite, Trainer
from engine.training.twin import disturb
from engine.verify import tolerance
from engine.verify.recorded_run import RecordedRun, Unverifiable
from engine.verify.tolerance import TrainingSite

_EVERY: Final = 0.2


class Retraining:
    """Trains `recording` again, on its device and with its number of threads where available.

    send: receives the progress; data_dir: the folder of the data now, or "".
    Raises Unverifiable when the data are missing or not the same.
    """

    def __init__(
        self, recording: RecordedRun, send: Callable[[Message], None], data_dir: str = ""
    ) -> None:
        self._recording = recording
        self._data_dir = data_dir
        self._send = send
        self._due = 0.0
        self._began = time.monotonic()
        dataset = self._load()
        device = self._device()
        place = TrainingSite(
            host_name(), machine.describe(device), self._threads(), machine.versions()
        )
        differences = [line for start in recording.starts for line in place.differences(start)]
        self._differences = list(dict.fromkeys(differences))
        sizes = len(dataset.train_labels), len(dataset.test_labels)
        self._tolerance = tolerance.tolerances(*sizes)
        self._trainer = Trainer(recording.hyperparameters_at_start(), dataset, device)
        self._inexact: Disagreement | None = None

    def verdict(self) -> Verdict:
        """Train to the end of the recording, or to the first epoch that disagrees."""
        self._began = time.monotonic()
        disagreement = None
        while disagreement is None and self._trainer.epoch < self._recording.last:
            disagreement = self._compare(self._trainer.epoch + 1)
        return Verdict(
            through=disagreement.epoch if disagreement else self._trainer.epoch,
            agrees=disagreement is None,
            exact=self._inexact is None,
            first=disagreement,
            first_inexact=self._inexact,
            differences=self._differences,
            tolerance=tolerance.TOLERANCE if self._differences else "",
            notes=self._notes(),
        )

    def _compare(self, epoch: int) -> Disagreement | None:
        """Train `epoch` again; its disagreement with the recorded one, or None."""
        self._trainer.set(self._recording.values(epoch))
        recorded = self._recording.recorded(epoch)
        try:
            for step in self._trainer.steps():
                self._show(step.stage, epoch, step.done / step.total)
        except NotFinite:
            if recorded is None:
                raise Unverifiable(
                    f"{self._recording.name}: epoch {epoch}, which has no line in the log, "
                    "diverges when trained again"
                ) from None
            self._inexact = self._inexact or _not_finite(recorded)
            return _not_finite(recorded)
        disturb(self._trainer, self._recording.disturbed.get(epoch, 0.0))
        if recorded is None:
            return None
        retrained = self._retrained(recorded)
        inexact = tolerance.first_inexact(recorded, retrained)
        self._inexact = self._inexact or inexact
        if self._differences:
            return tolerance.first_outside(recorded, retrained, self._tolerance)
        return inexact

    def _retrained(self, recorded: Epoch) -> Epoch:
        assert self._trainer.results is not None
        return msgspec.structs.replace(recorded, **vars(self._trainer.results))

    def _load(self) -> Dataset:
        first_started = self._recording.first_started

        def report(stage: str, done: int, total: int) -> None:
            self._show(stage, 0, 0.0)

        try:
            known_data = KnownData(first_started.dataset_checksum, self._data_dir)
            return datasets.load(self._recording.hyperparameters, report, known_data)
        except datasets.DataError as error:
            raise Unverifiable(f"{self._recording.name}: {error}") from None

    def _device(self) -> torch.device:
        """The recorded kind of device, or the CPU where that is not available."""
        recorded_cuda = self._recording.first_started.device.startswith("cuda")
        return torch.device("cuda" if recorded_cuda and torch.cuda.is_available() else "cpu")

    def _threads(self) -> int:
        """Use the recorded number of threads, at most one per core."""
        count = min(max(self._recording.first_started.threads, 1), threads.available())
        torch.set_num_threads(count)
        return count

    def _notes(self) -> list[str]:
        missing, damaged = self._recording.missing, self._recording.damaged
        notes = []
        if missing:
            epochs = "1 epoch has" if missing == 1 else f"{missing} epochs have"
            notes.append(f"{epochs} no line in the log")
        if damaged:
            lines = (
                "1 damaged line of the log was"
                if damaged == 1
                else (f"{damaged} damaged lines of the log were")
            )
            notes.append(f"{lines} skipped")
        return notes

    def _show(self, stage: str, epoch: int, within: float) -> None:
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + _EVERY
        seconds_left = None
        # Epoch 0 only evaluates and gives no pace.
        done = epoch - 1 + within
        if epoch > 0 and done > 0:
            seconds_left = (now - self._began) / done * (self._recording.last - done)
        last = self._recording.last
        self._send(Working(stage=stage, epoch=epoch, last=last, seconds_left=seconds_left))


def _not_finite(recorded: Epoch) -> Disagreement:
    return Disagreement(
        epoch=recorded.epoch,
        metric="train_loss",
        recorded=recorded.train_loss,
        again=float("nan"),
    )

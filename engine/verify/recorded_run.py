"""A run to be trained again, read from its log without torch."""

from typing import Final

import msgspec

from engine.runtime.history import History, values_of
from engine.storage.errors import EdgeChaosError, HyperparameterError
from engine.storage.fork.lineage import LineageReader
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.session.events import Epoch, Started
from engine.storage.session.info import Info
from engine.storage.session.session import Session, refuse_recorded

_MAX_EPOCHS: Final = int(PARAMETERS["epochs"].highest or 0)


class Unverifiable(EdgeChaosError):
    """The log cannot be trained again; the message is a sentence for the user."""


class RecordedRun:
    """The log of `session` as it is now, up to epoch `epochs`, or whole with None.

    The log of a fork includes the epochs before it, from its parents' logs.

    disturbed: the ε by which the weights were disturbed after an epoch, where a twin began.
    last: the last epoch to compare; starts: the sites it was trained at, each once; damaged: the
    number of unreadable lines in the log.

    Raises Unverifiable, SessionError, OSError and NewerSchema.
    """

    def __init__(self, session: Session, epochs: int | None) -> None:
        self.name = session.name
        info = session.info()
        refuse_recorded(session, info, "verified")
        self._history = History({})
        self.starts: list[Started] = []
        reader = LineageReader(session, info, also=(Started,))
        self.hyperparameters = reader.start
        if not reader.complete:
            raise Unverifiable(
                f"{self.name}: some epochs before its fork from {_parent(info)} are missing, "
                "and training again begins with them"
            )
        for event in reader.read_all():
            self._history.add(event)
            if isinstance(event, Started):
                self._add(event)
        self.damaged = reader.damaged
        self.disturbed = reader.disturbed
        last_epoch = self._history.last_epoch
        self.last = last_epoch if epochs is None else min(last_epoch, epochs)
        self._refuse()

    @property
    def first_started(self) -> Started:
        """The first `started`, which fixed the threads and the data."""
        return self.starts[0]

    def recorded(self, epoch: int) -> Epoch | None:
        """The event of `epoch`; None when its line is missing or damaged."""
        return self._history.epochs.get(epoch)

    @property
    def missing(self) -> int:
        """The number of epochs up to the last one without a line."""
        recorded = sum(epoch <= self.last for epoch in self._history.epochs)
        return self.last + 1 - recorded

    def values(self, epoch: int) -> dict[str, int | float]:
        """The checked values in force in `epoch`; unknown ones are left out.

        Raises Unverifiable for values that no run can have.
        """
        event = self.recorded(epoch)
        values = values_of(event) if event else self._history.changes.get(epoch, {})
        try:
            return {name: PARAMETERS[name].check_number(value) for name, value in values.items()}
        except (HyperparameterError, KeyError) as error:
            raise Unverifiable(
                f"{self.name}: epoch {epoch} cannot have been trained as recorded: {error}"
            ) from None

    def hyperparameters_at_start(self) -> Hyperparameters:
        """The hyperparameters of session.json with the values in force in epoch 0."""
        return msgspec.structs.replace(self.hyperparameters, **self.values(0))

    def _add(self, event: Started) -> None:
        def site(started: Started) -> tuple[object, ...]:
            return started.host, started.device, started.threads, started.versions

        if not any(site(event) == site(start) for start in self.starts):
            self.starts.append(event)

    def _refuse(self) -> None:
        if not self.starts or self._history.last_epoch < 0:
            raise Unverifiable(f"{self.name}: there is no epoch in its log to compare with")
        if self._history.last_epoch > _MAX_EPOCHS:
            raise Unverifiable(
                f"{self.name}: its log has an epoch {self._history.last_epoch}, "
                f"and no run has more than {_MAX_EPOCHS:,}"
            )


def _parent(info: Info) -> str:
    return info.parent.name if info.parent else "another session"

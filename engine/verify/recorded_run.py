"""A recorded run that is to be trained again, read from its log. Without torch."""

from typing import Final

import msgspec

from engine.runtime.history import History, values_of
from engine.storage.errors import EdgeChaosError, HyperparameterError
from engine.storage.fork.lineage import LineageReader
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.session.events import Epoch, Started
from engine.storage.session.session import Info, Session, refuse_recorded

_MOST: Final = int(PARAMETERS["epochs"].highest or 0)


class Unverifiable(EdgeChaosError):
    """The log cannot be trained again; the message is a sentence for the user."""


class RecordedRun:
    """The log of `session` as it stands now, up to epoch `epochs`, or whole with None.

    Of a fork what its parents' logs say of the epochs before it belongs to that.

    disturbed: by what ε the weights were disturbed after an epoch, where a twin began.
    last: the last epoch to compare; starts: the places it was trained in, each once; damaged:
    lines of the log that are none.

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
                f"{self.name}: the epochs before it was forked from {_parent(info)} are not there "
                "whole any more, and training again begins with them"
            )
        for event in reader.read_all():
            self._history.add(event)
            if isinstance(event, Started):
                self._add(event)
        self.damaged = reader.damaged
        self.disturbed = reader.disturbed
        found = self._history.last_epoch
        self.last = found if epochs is None else min(found, epochs)
        self._refuse()

    @property
    def first_started(self) -> Started:
        """What decided threads and data for good."""
        return self.starts[0]

    def recorded(self, epoch: int) -> Epoch | None:
        """The event of `epoch`; None when its line is missing or damaged."""
        return self._history.epochs.get(epoch)

    @property
    def missing(self) -> int:
        """How many epochs up to the last one have no line."""
        there = sum(epoch <= self.last for epoch in self._history.epochs)
        return self.last + 1 - there

    def values(self, epoch: int) -> dict[str, int | float]:
        """What was in force in `epoch`, checked; what of it is not known is left out.

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
        """Those of session.json with the values that were in force in epoch 0."""
        return msgspec.structs.replace(self.hyperparameters, **self.values(0))

    def _add(self, event: Started) -> None:
        def place(of: Started) -> tuple[object, ...]:
            return of.host, of.device, of.threads, of.versions

        if not any(place(event) == place(known) for known in self.starts):
            self.starts.append(event)

    def _refuse(self) -> None:
        if not self.starts or self._history.last_epoch < 0:
            raise Unverifiable(f"{self.name}: there is no epoch in its log to compare with")
        if self._history.last_epoch > _MOST:
            raise Unverifiable(
                f"{self.name}: its log speaks of epoch {self._history.last_epoch}, "
                f"and no run has more than {_MOST:,}"
            )


def _parent(info: Info) -> str:
    return info.parent.name if info.parent else "another session"

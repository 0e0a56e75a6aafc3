"""The edits that people made in a run, read from its log and those of its parents."""

from dataclasses import dataclass, field

from engine.storage.fork.lineage import LineageReader
from engine.storage.session.events import AnyEvent, Changed, Epoch, Rewound
from engine.storage.session.info import Info, PlannedEdit
from engine.storage.session.session import Session


@dataclass
class RecordedEdits:
    """changes: those that people made, in the order of the log; last_epoch: the last one trained,
    −1 for none."""

    changes: list[Changed] = field(default_factory=list)
    last_epoch: int = -1

    def add(self, event: AnyEvent) -> None:
        """Add the next event. Changes that hold J² are not edits."""
        if isinstance(event, Changed) and not event.by:
            self.changes.append(event)
        elif isinstance(event, Epoch):
            self.last_epoch = max(self.last_epoch, event.epoch)
        elif isinstance(event, Rewound):
            self.last_epoch = min(self.last_epoch, event.epoch)

    def planned(self, after: int, without: frozenset[str] = frozenset()) -> list[PlannedEdit]:
        """The edits in force from epochs after `after` on, for a fork to repeat.

        They exclude the planned number of epochs, and the hyperparameters `without`.
        """
        values_by_epoch: dict[int, dict[str, int | float]] = {}
        for change in self.changes:
            values = {n: v for n, v in change.values.items() if n != "epochs" and n not in without}
            if values and change.epoch > after:
                values_by_epoch.setdefault(change.epoch, {}).update(values)
        return [
            PlannedEdit(epoch=epoch, values=values_by_epoch[epoch])
            for epoch in sorted(values_by_epoch)
        ]


def read_edits(session: Session, info: Info) -> RecordedEdits:
    """All edits by now, those of its parents included. Raises OSError and NewerSchema."""
    edits = RecordedEdits()
    for event in LineageReader(session, info).read_all():
        edits.add(event)
    return edits

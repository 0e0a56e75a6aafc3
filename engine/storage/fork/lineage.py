"""The events of a fork after those of its parents up to the fork.

Parents are searched in the fork's own sessions folder and among the reference sessions, and used
only if they agree with the fork's session.json.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import msgspec

from engine.storage.errors import EdgeChaosError, HyperparameterError, NewerSchema
from engine.storage.fork.fork_points import open_checkpoint, read_own_header
from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS, Hyperparameters, Value, build
from engine.storage.line_reader import CHUNK
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import AnyEvent, Changed, Epoch, Forked, Rewound, same_results
from engine.storage.session.info import Info
from engine.storage.session.session import Session, open_session

_MAX_GENERATIONS: Final = 100
"""The largest number of generations, a bound for a chain of forks that a stranger made up."""
_START: Final = 64 * 1024
"""Bytes at the start of a fork's log that contain its first epoch."""
_GONE: Final = "that session is missing or changed, so its epochs are not shown"
_TOO_DEEP: Final = "it has too many forks before it to show them all"
# The machine may differ within a lineage; what is trained may not.
_FIXED: Final = tuple(
    name
    for name, parameter in PARAMETERS.items()
    if not parameter.changeable and parameter.effect not in ("last bits", "nothing")
)


@dataclass(frozen=True)
class _Generation:
    """A session of the lineage. begins: the first epoch of a fork, which is its parent's; note: the
    reason why no epochs precede it, for a fork without its parent."""

    session: Session
    info: Info
    begins: Epoch | None
    note: str = ""

    def forked(self) -> list[AnyEvent]:
        """The events to put before its own."""
        parent, begins = self.info.parent, self.begins
        if parent is None or begins is None:
            return []
        times = {"t": begins.t, "elapsed": begins.elapsed}
        return [Forked(**times, epoch=begins.epoch, parent=parent.name, note=self.note)]


class LineageReader:
    """Reads a session's log as `LogReader` does, after those of its parents if it is a fork.

    Only epochs, edits and rewinds up to the fork are read from the parents, and event types in
    `also`; their times are at most those of the fork. skipped, damaged: of the session's own log.
    start: the hyperparameters at the first event. complete: whether the record begins with a run
    that is not a fork. disturbed: the ε of each twin, by the epoch after which its weights were
    disturbed.
    """

    def __init__(self, session: Session, info: Info, also: tuple[type[AnyEvent], ...] = ()) -> None:
        generations = _generations(session, info)
        self.complete = generations[0].info.parent is None
        self.start = _start(info.hyperparameters, generations[0])
        parents = [g.info.parent for g in generations if g.info.parent]
        self.disturbed = {parent.epoch: parent.epsilon for parent in parents if parent.epsilon}
        self._ahead = [
            _ParentStretch(parent, child.begins, (Epoch, Changed, Rewound, *also))
            for parent, child in pairwise(generations)
            if child.begins is not None
        ]
        self._waiting = generations[-1].forked()
        self._own = LogReader(session.log)

    def read(self, limit: int = CHUNK) -> list[AnyEvent]:
        """The next events, from at most `limit` more bytes; they may be none before the end.

        Raises as `LogReader.read` does, only for the session's own log.
        """
        if self._ahead:
            events = self._ahead[0].read(limit)
            if self._ahead[0].done:
                del self._ahead[0]
            return events
        waiting, self._waiting = self._waiting, []
        return [*waiting, *self._own.read(limit)]

    def read_all(self) -> Iterator[AnyEvent]:
        """All complete events, in bounded batches."""
        yield from self.read()
        while self.behind:
            yield from self.read()

    @property
    def behind(self) -> bool:
        """Whether there is more to read."""
        return bool(self._ahead) or self._own.behind

    @property
    def in_own_log(self) -> bool:
        """Whether the next events are from the session's own log."""
        return not self._ahead

    @property
    def torn(self) -> bool:
        """Whether the last line of the own log has no end."""
        return self._own.torn

    @property
    def damaged(self) -> int:
        """Lines of the own log that are not events."""
        return self._own.damaged

    @property
    def skipped(self) -> int:
        """Lines of the own log of unknown type."""
        return self._own.skipped


def ancestry(session: Session, info: Info) -> list[tuple[Session, Info]]:
    """The sessions whose epochs `LineageReader` reads, oldest first; `session` is the last."""
    return [(generation.session, generation.info) for generation in _generations(session, info)]


class _ParentStretch:
    """The events of `kinds` in a parent's log, up to the line of its child's first epoch.

    Later events belong to another course, also where the parent was rewound after the fork. done:
    whether all have been read.
    """

    def __init__(self, parent: _Generation, end: Epoch, kinds: tuple[type[AnyEvent], ...]) -> None:
        self._waiting = parent.forked()
        self._reader = LogReader(parent.session.log)
        self._end = end
        self._kinds = kinds
        self.done = False

    def read(self, limit: int) -> list[AnyEvent]:
        """The next events, from at most `limit` bytes. An unreadable log ends here."""
        events, self._waiting = self._waiting, []
        try:
            for event in self._reader.read(limit):
                if isinstance(event, self._kinds) and self._is_before_end(event):
                    events.append(self._in_time(event))
                if isinstance(event, Epoch) and same_results(event, self._end):
                    self.done = True
                    return events
            self.done = not self._reader.behind
        except (OSError, NewerSchema):
            self.done = True
        return events

    def _is_before_end(self, event: AnyEvent) -> bool:
        return not isinstance(event, Epoch | Changed) or event.epoch <= self._end.epoch

    def _in_time(self, event: AnyEvent) -> AnyEvent:
        end = self._end
        if event.t <= end.t and event.elapsed <= end.elapsed:
            return event
        t, elapsed = min(event.t, end.t), min(event.elapsed, end.elapsed)
        return msgspec.structs.replace(event, t=t, elapsed=elapsed)


def _generations(session: Session, info: Info) -> Sequence[_Generation]:
    """The sessions of the lineage that exist, oldest first, `session` last."""
    generations = [_Generation(session, info, _first_epoch(session, info))]
    while (child := generations[0]).info.parent is not None:
        ids = {generation.info.id for generation in generations}
        parent = _parent_of(child, ids)
        if parent is None or len(generations) > _MAX_GENERATIONS:
            note = _GONE if parent is None else _TOO_DEEP
            generations[0] = _Generation(child.session, child.info, child.begins, note)
            break
        generations.insert(0, parent)
    return generations


def _parent_of(child: _Generation, ids: set[str]) -> _Generation | None:
    """The session that `child` was forked from; None when it is missing."""
    link, begins = child.info.parent, child.begins
    if link is None or begins is None or begins.epoch != link.epoch or link.id in ids:
        return None
    try:
        session = open_session(child.session.folder.parent, link.name)
        info = session.info()
    except EdgeChaosError:
        return None
    mine, theirs = child.info.hyperparameters, info.hyperparameters
    if info.id != link.id or any(getattr(mine, n) != getattr(theirs, n) for n in _FIXED):
        return None
    # Epochs of an engine and of a user's own loop have different fields: a record is of one kind.
    if type(info) is not type(child.info):
        return None
    if info.parent is not None and info.parent.epoch > link.epoch:
        return None
    return _Generation(session, info, _first_epoch(session, info))


def _first_epoch(session: Session, info: Info) -> Epoch | None:
    """The first epoch of a fork: in its log, or before its engine began in its checkpoint."""
    if info.parent is None:
        return None
    try:
        for event in LogReader(session.log).read(_START):
            if isinstance(event, Epoch):
                return event
        with open_checkpoint(session, session.checkpoint) as file:
            return read_own_header(session, info.id, file).event
    except (EdgeChaosError, OSError):
        return None


def _start(hyperparameters: Hyperparameters, oldest: _Generation) -> Hyperparameters:
    """`hyperparameters` with the values in force where the record of `oldest` begins."""
    # A fork's first epoch was trained by its parent, before the fork's own choices.
    source = oldest.begins or oldest.info.hyperparameters
    values: dict[str, Value] = {name: getattr(source, name) for name in CHANGEABLE}
    try:
        return build(msgspec.structs.asdict(hyperparameters) | values)
    except HyperparameterError:
        return hyperparameters

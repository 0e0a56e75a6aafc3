"""The start of forks that answer a question: a run without one of its edits, and a twin."""

from collections.abc import Iterator, Mapping
from typing import Final

from edgechaos_tui.control.launcher import start_engine
from engine.storage.errors import EdgeChaosError
from engine.storage.fork.counterfactual import Counterfactual
from engine.storage.fork.fork import fork
from engine.storage.fork.fork_points import Origin
from engine.storage.fork.recorded_edits import read_edits
from engine.storage.hyperparameters import Value
from engine.storage.session.info import Info, Parent, UndoneEdit
from engine.storage.session.session import Session, list_sessions

EPSILON: Final = 1e-6
"""The default ε of a twin: the size of its disturbance, relative to ‖w‖."""


def start_without(
    counterfactual: Counterfactual,
    changes: Mapping[str, Value] | None = None,
    name: str | None = None,
    *,
    share: bool = False,
) -> tuple[Session, str]:
    """Start the run without an edit; returns its session, and a warning as `start_engine` does.

    Raises what `fork` and `start_engine` raise.
    """
    session = fork(
        counterfactual.origin, changes or {}, name, share=share,
        edits=counterfactual.edits, undoes=counterfactual.undoes,
    )  # fmt: skip
    return session, start_engine(session, fresh=True)


def start_twin(
    origin: Origin,
    epsilon: float = EPSILON,
    changes: Mapping[str, Value] | None = None,
    name: str | None = None,
) -> tuple[Session, str]:
    """Start a twin that begins at `origin` and repeats the edits made after it.

    Returns and raises as `start_without` does.
    """
    session = origin.session
    later = read_edits(session, session.info()).planned(origin.epoch + 1)
    twin = fork(origin, changes or {}, name, epsilon=epsilon, edits=later)
    return twin, start_engine(twin, fresh=True)


def twins_of(session: Session) -> list[Session]:
    """The twins of `session` in its folder with ε > 0, newest first. Reads every session.json.

    Raises SessionError.
    """
    id = session.info().id
    twins = [
        (info.created, twin)
        for twin, info, parent in _forks_beside(session)
        if parent.id == id and parent.epsilon
    ]
    return [twin for _, twin in sorted(twins, key=lambda pair: -pair[0])]


def started_without(session: Session, undoes: UndoneEdit) -> Session | None:
    """The run without that edit, if it was started before, else None. Raises SessionError."""
    for counterfactual, _, parent in _forks_beside(session):
        if parent.undoes == undoes:
            return counterfactual
    return None


def _forks_beside(session: Session) -> Iterator[tuple[Session, Info, Parent]]:
    """The forks in the folder of `session`; unreadable sessions are left out."""
    for other in list_sessions(session.folder.parent):
        try:
            info = other.info()
        except EdgeChaosError:
            continue
        if info.parent is not None:
            yield other, info, info.parent

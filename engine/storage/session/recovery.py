"""The description of a session whose session.json is lost, from its log."""

import math

from engine.storage.errors import HyperparameterError, SessionError
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters, build
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import RECORDED_FORMAT, Started
from engine.storage.session.info import Info, info_for
from engine.storage.session.recorded import from_config
from engine.storage.session.session import Session

_MAX_BYTES = 1024 * 1024
"""Bytes of the log that are searched; `started` is in its first lines."""


def info_to_show(session: Session) -> tuple[Info, str]:
    """session.json, or a substitute from the log; and a sentence on what is wrong, or "".

    Only for display: an engine, and code that changes session.json, read `Session.info`. Raises
    SessionError where neither can be read, and NewerSchema.
    """
    try:
        return session.info(), ""
    except SessionError as error:
        info = _from_log(session)
        if info is None:
            raise
        reason = str(error).removeprefix(f"{session.name}: ")
        return info, f"{reason}; the description comes from the log, and the run cannot be resumed"


def _from_log(session: Session) -> Info | None:
    try:
        started = next(
            (e for e in LogReader(session.log).read(_MAX_BYTES) if isinstance(e, Started)), None
        )
        if started is None:
            return None
        hyperparameters = _hyperparameters(started)
    except (OSError, HyperparameterError):
        return None
    created = started.t if math.isfinite(started.t) else 0.0
    return info_for(hyperparameters, id="", name=session.name, created=created)


def _hyperparameters(started: Started) -> Hyperparameters:
    if started.schema == RECORDED_FORMAT:
        return from_config(started.hyperparameters)
    if not started.hyperparameters:
        raise HyperparameterError("the log does not have them")
    values = {name: v for name, v in started.hyperparameters.items() if name in PARAMETERS}
    return build(values)

"""The verdict on a recorded run, without a process of its own."""

from engine.storage.session.session import Session
from engine.storage.verification import Verdict
from engine.verify.recorded_run import RecordedRun
from engine.verify.retraining import Retraining


def judged(session: Session, epochs: int | None = None) -> Verdict:
    """What the process of `verify` says, without the process: torch takes seconds to import."""
    return Retraining(RecordedRun(session, epochs), lambda message: None).verdict()

"""The progress of a run, which its log, its commands and its training share."""

from dataclasses import dataclass

from engine.storage.hyperparameters import Hyperparameters


@dataclass
class RunProgress:
    """The state that training keeps up to date, for logging events and handling commands.

    hyperparameters: those in force. done: whole epochs that the log has; under_way: the epoch that
    is trained, or begins next. pause_reason: empty while the run is not paused.
    """

    hyperparameters: Hyperparameters
    done: int = 0
    under_way: int = 0
    pause_reason: str = ""

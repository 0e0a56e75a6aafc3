"""The exceptions whose message is a sentence for a person. Imports nothing."""

from typing import ClassVar


class EdgeChaosError(Exception):
    """A failure to show to a person: the message is a sentence, never a traceback.

    exit_status: of a command that ends with it, 1 for a failure and 2 for a wrong call.
    """

    exit_status: ClassVar[int] = 1


class SessionError(EdgeChaosError):
    """A session or a sweep cannot be read, written or commanded."""


class NewerSchema(EdgeChaosError):
    """A file in a format of a newer version."""


class SessionLocked(EdgeChaosError):
    """Another process holds the lock."""


class DiskFull(EdgeChaosError, OSError):
    """The disk is full; the appended lines are kept to be written later."""

    def __str__(self) -> str:
        return self.strerror or "no space left"


class DamagedLine(EdgeChaosError):
    """A line of a log that is not an event."""


class UnknownEvent(EdgeChaosError):
    """A line of an event type that this version does not know: skipped and counted."""


class ForeignFile(EdgeChaosError):
    """A file of commands that another account may have written."""


class CheckpointError(EdgeChaosError):
    """A checkpoint that cannot be used; the message says what is wrong with it."""


class InvalidInput(EdgeChaosError, ValueError):
    """An invalid value from a person; the message says what would be valid.

    A ValueError too: msgspec adds the place in the file to one that a struct's check raises.
    """

    exit_status = 2


class HyperparameterError(InvalidInput):
    """A hyperparameter outside its bounds, or two that do not go together."""


class InvalidName(InvalidInput):
    """A name that a session or a sweep cannot have."""

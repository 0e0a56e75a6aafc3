"""What can be wrong with a session, for those who only want to catch it: imports nothing."""


class SessionError(Exception):
    """Something about a session folder; the message is a sentence for the user."""


class NewerSchema(ValueError):
    """A log written by a newer major version; the message is a sentence for the user."""

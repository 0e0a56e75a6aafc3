"""A user's own training loop, recorded as a session.

This room imports no Textual, and torch only where the loop has imported it already. It never stops
or changes the training: after a fault of its own the recorder warns once and does nothing more.
"""

from engine.recorder.run import Run, record

__all__ = ["Run", "record"]

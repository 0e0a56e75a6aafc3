"""A user's own training loop, recorded as a session.

Nothing here imports Textual, and torch only where the loop has imported it already. Nothing here
stops or changes the training: a fault of the recorder is told once, and it then does nothing.
"""

from engine.recorder.run import Run, record

__all__ = ["Run", "record"]

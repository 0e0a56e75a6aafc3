"""A field of one line that takes a paste of several."""

from textual.events import Paste
from textual.widgets import Input


class TextField(Input):
    """Lines that are pasted are joined by spaces; by itself a field drops all but the first."""

    def _on_paste(self, event: Paste) -> None:
        words = " ".join(line.strip() for line in event.text.splitlines())
        # The base class is called too, unless told otherwise.
        event.prevent_default()
        super()._on_paste(Paste(words))
        event.stop()

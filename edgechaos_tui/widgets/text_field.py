"""A field of one line that takes a paste of several."""

from textual.events import Paste
from textual.widgets import Input


class TextField(Input):
    """Lines that are pasted are joined by spaces; by itself a field drops all but the first."""

    def on_paste(self, event: Paste) -> None:
        # The base class handles it too, unless told otherwise.
        event.prevent_default()
        event.stop()
        words = " ".join(line.strip() for line in event.text.splitlines())
        if self.selection.is_empty:
            self.insert_text_at_cursor(words)
        else:
            self.replace(words, *self.selection)

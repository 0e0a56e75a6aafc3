"""A field of one line that accepts a paste of several."""

from textual.events import Paste
from textual.widgets import Input


class TextField(Input):
    """Joins pasted lines by spaces; Textual's own field drops all but the first."""

    def on_paste(self, event: Paste) -> None:
        # Else the base class would handle the event too.
        event.prevent_default()
        event.stop()
        words = " ".join(line.strip() for line in event.text.splitlines())
        if self.selection.is_empty:
            self.insert_text_at_cursor(words)
        else:
            self.replace(words, *self.selection)

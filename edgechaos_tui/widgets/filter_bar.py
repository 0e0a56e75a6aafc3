"""The library's top line: the number of sessions, and the filter as it is typed."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

# Not at the start: the first paint has nothing to filter.
if TYPE_CHECKING:
    from edgechaos_tui.presentation.library.query import Query

_HINT = "words or conditions: lr>=0.01 l2=0 best<0.34 phase:chaotic tag:fig4   esc clears"


class FilterBar(Vertical):
    """Posts `Changed` at each keystroke that makes a valid filter.

    Until a person asks for a filter, there is only the line that `show` fills.
    """

    DEFAULT_CSS = """
    FilterBar { height: auto; padding: 0 1; }
    FilterBar Horizontal { height: 1; }
    FilterBar Static { height: 1; width: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterBar #library-header { max-width: 100%; }
    FilterBar #shown { width: 14; text-align: right; }
    FilterBar #slash { margin-left: 3; }
    FilterBar Input { width: 1fr; background: $surface; padding: 0; margin-right: 2; }
    FilterBar #filter-words { width: 1fr; color: $text-muted; }
    FilterBar #filter-words.wrong { color: $text-warning; }
    """

    class Changed(Message):
        """The filter is now `query`."""

        def __init__(self, query: "Query") -> None:
            super().__init__()
            self.query = query

    class Done(Message):
        """The person has finished typing."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, Text] = {}
        self._has_fields = False

    def compose(self) -> ComposeResult:
        yield Horizontal(Static("", id="library-header"))

    @property
    def is_open(self) -> bool:
        """Whether the filter's field is shown."""
        return self._has_fields and self.query_one(Input).display

    def open(self) -> None:
        """Show the field and focus it."""
        if self._has_fields:
            self._display(True)
        else:
            self._add_fields()
        # At once: letters typed right after the key must not act on the session under the cursor.
        self.screen.set_focus(self.query_one(Input))
        self._put("filter-words", Text(_HINT))

    def clear(self) -> None:
        """Remove the filter and hide its field."""
        from edgechaos_tui.presentation.library.query import Query

        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self._display(False)
        self.post_message(self.Changed(Query()))

    def show(self, header: Text, shown: str) -> None:
        """Show `header` left and `shown` right of the filter; the same texts are left alone."""
        self._put("library-header", header)
        if self._has_fields:
            self._put("shown", Text(shown))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        from edgechaos_tui.presentation.library.query import QueryError, parse

        event.stop()
        words = self.query_one("#filter-words", Static)
        try:
            query = parse(event.value)
        except QueryError as error:
            words.add_class("wrong")
            self._put("filter-words", Text(str(error)))
            return
        words.remove_class("wrong")
        self._put("filter-words", Text(_HINT))
        self.post_message(self.Changed(query))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done())

    def _add_fields(self) -> None:
        from edgechaos_tui.widgets.text_field import TextField

        self._has_fields = True
        self.query_one(Horizontal).mount(
            Static("/", id="slash"),
            TextField(id="filter", compact=True),
            Static("", id="shown"),
        )
        self.mount(Static("", id="filter-words"))

    def _display(self, open: bool) -> None:
        for name in ("#slash", "#filter", "#filter-words", "#shown"):
            self.query_one(name).display = open

    def _put(self, name: str, text: Text) -> None:
        if self._texts.get(name) != text:
            self._texts[name] = text
            # Only the header's width depends on its text. The rest changes with every key, and must
            # not cause a layout of the screen.
            self.query_one(f"#{name}", Static).update(text, layout=name == "library-header")

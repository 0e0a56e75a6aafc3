"""The footer: the keys of a screen and their present actions, in one line.

Textual's own footer has a widget for each key, and makes all of them again when one changes: 30 ms
each time the mode of a screen changes. This is one widget that writes a line.
"""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.style import Style
from rich.text import Text
from textual import events
from textual.screen import Screen
from textual.widget import Widget

_DIM = Style(dim=True)


class _Shown(NamedTuple):
    """key: the one that a click presses; enabled: whether it does something now."""

    key: str
    name: str
    label: str
    enabled: bool

    @property
    def cells(self) -> int:
        """Its width: `space play`."""
        return Text(self.name).cell_len + 1 + Text(self.label).cell_len


class KeyFooter(Widget, can_focus=False):
    """The screen's bindings that are to be shown, each `key label`; a click on one presses it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom; height: 1; color: $footer-description-foreground;
        .key-line--key { color: $footer-key-foreground; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[_Shown] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    @property
    def cells(self) -> int:
        """The number of columns of the whole line."""
        return sum(key.cells + 1 for key in self._shown) - bool(self._shown)

    def render(self) -> Text:
        """`space play  b best …`"""
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        text = Text(no_wrap=True, overflow="crop", end="")
        for shown_key in self._shown:
            text.append(" " if text else "")
            text.append(shown_key.name, key_style if shown_key.enabled else key_style + _DIM)
            text.append(f" {shown_key.label}", "" if shown_key.enabled else _DIM)
        return text

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key that was clicked."""
        start = 0
        for shown_key in self._shown:
            if start <= event.x < start + shown_key.cells:
                if shown_key.enabled:
                    self.app.simulate_key(shown_key.key)
                else:
                    self.app.bell()
                return
            start += shown_key.cells + 1

    def _changed(self, screen: Screen[object]) -> None:
        if not screen.app.app_focus or screen is not self.screen:
            return
        shown = list(self._find())
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _find(self) -> Iterator[_Shown]:
        """The keys to show; of several for one action, the first."""
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in seen:
                seen.add(binding.action)
                name = self.app.get_key_display(binding)
                yield _Shown(binding.key, name, binding.description, active.enabled)

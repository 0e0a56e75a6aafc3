"""New words for a widget without a layout of the whole screen, where they need the same room.

`Static.update` lays everything out anew: 10 ms of a run's screen at 200×60, for a digit.
"""

from textual.visual import VisualType
from textual.widgets import Static


def update_in_place(widget: Static, content: VisualType) -> None:
    """Show `content`; the screen is laid out where it needs more room, or less.

    A hidden widget needs none: to show it lays the screen out in any case.
    """
    before = _room(widget)
    widget.update(content, layout=False)
    widget.clear_cached_dimensions()
    if widget.display and _room(widget) != before:
        widget.refresh(layout=True)


def _room(widget: Static) -> tuple[int, int]:
    """Columns and rows that the content asks for."""
    size, viewport = widget.container_size, widget.app.size
    width = widget.styles.width
    if width is not None and not width.is_auto:
        columns = widget.content_size.width
    else:
        columns = widget.get_content_width(size, viewport)
    return columns, widget.get_content_height(size, viewport, columns)

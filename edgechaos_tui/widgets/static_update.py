"""An update of a widget's text that causes a layout of the screen only where its size changes.

`Static.update` always causes one: 10 ms of a run's screen at 200×60, for a digit.
"""

from textual.visual import VisualType
from textual.widgets import Static


def update_in_place(widget: Static, content: VisualType) -> None:
    """Show `content`; lay the screen out if it needs another size.

    A hidden widget needs no layout: to show it causes one.
    """
    before = _size(widget)
    widget.update(content, layout=False)
    widget.clear_cached_dimensions()
    if widget.display and _size(widget) != before:
        widget.refresh(layout=True)


def _size(widget: Static) -> tuple[int, int]:
    """The columns and rows that the content needs."""
    size, viewport = widget.container_size, widget.app.size
    width = widget.styles.width
    if width is not None and not width.is_auto:
        columns = widget.content_size.width
    else:
        columns = widget.get_content_width(size, viewport)
    return columns, widget.get_content_height(size, viewport, columns)

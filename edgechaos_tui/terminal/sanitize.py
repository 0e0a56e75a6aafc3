"""The last step before any terminal: no text on the screen can be taken for an order to it."""

import re
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Control characters in both ranges, and format characters such as bidirectional overrides. All of
# them have no width, so that nothing moves where they are left out.
_ORDERS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class Sanitizer(LineFilter):
    """Leaves out what drives a terminal, in whatever widget it stands.

    Strings from a session are made clean where they are shown (`core.text.clean`); this is for
    what was forgotten there, and for what a person pastes.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`segments` without such characters."""
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(_ORDERS.sub("", segment.text), segment.style)
            for segment in segments
        ]

"""The last step before any terminal: no text on the screen may control it."""

import re
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# Control characters in both ranges, and format characters such as bidirectional overrides. They
# have no width, so that nothing moves when they are removed.
_CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class Sanitizer(LineFilter):
    """Removes characters that control a terminal from the text of all widgets.

    Strings from a session are cleaned where they are shown (`presentation.text.clean`); this is for
    those that were forgotten there, and for text that a person pastes.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`segments` without such characters."""
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(_CONTROLS.sub("", segment.text), segment.style)
            for segment in segments
        ]

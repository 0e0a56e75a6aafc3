"""JSON for printing: numbers that are not finite as in the log, nothing that drives a terminal."""

import json
import sys

import msgspec

from edgechaos_tui.presentation.text import drives_terminal
from engine.storage.line_codec import spell_not_finite


def json_text(value: object, *, indent: int = 0) -> str:
    """`value`, of builtins and msgspec's structs, as JSON; indent: spaces a level, 0: on one line.

    nan and the infinities are the strings "nan", "inf" and "-inf"; null is "not measured".
    """
    plain = spell_not_finite(msgspec.to_builtins(value))
    try:
        encoded = msgspec.json.encode(plain)
    except UnicodeEncodeError:
        # A file name that is not UTF-8: JSON cannot hold other bytes, so "?" stands for them.
        encoded = json.dumps(plain, ensure_ascii=False).encode(errors="replace")
    if indent:
        encoded = msgspec.json.format(encoded, indent=indent)
    return escape_json(encoded.decode())


def escape_json(text: str) -> str:
    """`text`, which is JSON, with \\u escapes for characters that would drive the terminal.

    Where stdout is not UTF-8, everything but ASCII is escaped too. The meaning stays the same: JSON
    itself escapes only the first 32 control characters. Newlines between values stay.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    ascii_only = (sys.stdout.encoding or "utf-8").lower() not in ("utf-8", "utf8")
    return "".join(
        json.dumps(c)[1:-1]
        if (c != "\n" and drives_terminal(c)) or (ascii_only and not c.isascii())
        else c
        for c in text
    )

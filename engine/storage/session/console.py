"""console.jsonl: the lines that a recorded program printed; engine.log is read the same way."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec

from engine.storage.line_reader import LineReader

_NEWEST: Final = 4 * 1024 * 1024
"""Bytes at the end of a longer file that are read."""
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
"""Escape sequences: colours and everything else that drives a terminal."""


class ConsoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line printed at `t`, seconds since 1970, to `stream`, stdout or stderr.

    t: None for a file without times, such as engine.log.
    """

    t: float | None = None
    stream: str = ""
    text: str


def encode(line: ConsoleLine) -> bytes:
    """`line` as a line of the file, newline included."""
    encodable = msgspec.structs.replace(line, text=line.text.encode("utf-8", "replace").decode())
    return msgspec.json.encode(encodable) + b"\n"


_decoder: Final = msgspec.json.Decoder(ConsoleLine)


def decode(line: bytes) -> ConsoleLine:
    """A line of console.jsonl, or any text."""
    try:
        console_line = _decoder.decode(line)
    except msgspec.DecodeError:
        console_line = ConsoleLine(
            text=line.decode("utf-8", "replace").rstrip("\r").split("\r")[-1]
        )
    text = _ESCAPES.sub("", console_line.text).expandtabs()
    return msgspec.structs.replace(console_line, text=text)


class ConsoleReader:
    """Reads the lines of the first of `paths` that exists, which may still grow."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._reader: LineReader | None = None

    def read(self) -> list[ConsoleLine]:
        """The next lines, without escape sequences; [] when there is nothing new. Raises
        OSError."""
        if self._reader is None:
            path = next((path for path in self._paths if _size(path)), None)
            if path is None:
                return []
            self._reader = LineReader(path, newest=_NEWEST)
        lines: list[bytes] = []
        while more := self._reader.read_lines():
            lines += more
        return [decode(line) for line in lines]


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0

"""console.jsonl: what a recorded program printed, a line each; engine.log is read alike."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec

from engine.storage.jsonl import LineReader

_NEWEST: Final = 4 * 1024 * 1024
"""Bytes: of a longer file only the last ones are read."""
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
"""Colours and whatever else drives a terminal."""


class ConsoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line printed at `t`, seconds since 1970, to `stream`, stdout or stderr.

    t: None of a file without times, such as engine.log.
    """

    t: float | None = None
    stream: str = ""
    text: str


def encode(line: ConsoleLine) -> bytes:
    """`line` as it stands in the file, newline included."""
    whole = msgspec.structs.replace(line, text=line.text.encode("utf-8", "replace").decode())
    return msgspec.json.encode(whole) + b"\n"


_decoder: Final = msgspec.json.Decoder(ConsoleLine)


def decode(line: bytes) -> ConsoleLine:
    """A line of console.jsonl, or any text."""
    try:
        found = _decoder.decode(line)
    except msgspec.DecodeError:
        found = ConsoleLine(text=line.decode("utf-8", "replace").rstrip("\r").split("\r")[-1])
    text = _ESCAPES.sub("", found.text).expandtabs()
    return msgspec.structs.replace(found, text=text)


class ConsoleReader:
    """Reads the lines of the first of `paths` that is there, which may still grow."""

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

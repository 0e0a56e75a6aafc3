"""A driver with filtered input: unknown sequences and broken characters do no harm."""

import os
import re
import selectors
import sys
from time import monotonic
from typing import Final

from textual import events
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from edgechaos_tui.terminal.input_filter import ESCAPE, Input, InputFilter, Kind
from edgechaos_tui.terminal.textual_internals import (
    ANSI_SEQUENCES_KEYS,
    FUNCTIONAL_KEYS,
    UnixDriver,
    XTermParser,
)

_LOOK_SECONDS: Final = 0.05
_FOCUS: Final = ("\x1b[I", "\x1b[O")
_MOUSE: Final = re.compile(r"\x1b\[<\d{1,4};-?\d{1,6};-?\d{1,6}[Mm]")
# The answer for synchronised output. Not that for sizes in the input (mode 2048): it would turn the
# mouse to pixels, and SIGWINCH tells the size.
_MODE: Final = re.compile(r"\x1b\[\?2026;\d\$y")
_KITTY: Final = re.compile(r"\x1b\[([\d:]*)(?:;([\d:]*))?(?:;([\d:]*))?([u~A-HPQS])")
_RELEASED: Final = "3"
_MOST_MODIFIERS: Final = 256


def filtered(driver: type[Driver]) -> type[Driver]:
    """`driver` with filtered input if it is that for a Unix terminal; any other unchanged."""
    return TerminalDriver if driver is LinuxDriver else driver


class TerminalDriver(UnixDriver):
    """Textual's driver for a Unix terminal, with filtered input."""

    def terminal_size(self) -> tuple[int, int]:
        """The size of the terminal itself: COLUMNS and LINES would hide later changes."""
        for stream in (sys.__stderr__, sys.__stdout__, sys.__stdin__):
            try:
                if stream is not None:
                    columns, rows = os.get_terminal_size(stream.fileno())
                    # A terminal without a known size reports 0.
                    return columns or 80, rows or 24
            except (OSError, ValueError):
                continue
        return 80, 24

    def run_input_thread(self) -> None:
        """Read and deliver input until the exit; a fault ends the app as one in the app does."""
        try:
            self._read_input()
        except Exception as error:  # noqa: BLE001 - raised again, in the app
            self.raise_in_app(error)

    def _read_input(self) -> None:
        source, parser = InputFilter(), XTermParser()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(_LOOK_SECONDS):
                    pieces = source.tick(monotonic())
                elif data := self._read():
                    pieces = source.feed(data, monotonic())
                else:
                    # The terminal is gone: `shutdown` notices too, and ends the app.
                    self.exit_event.wait(_LOOK_SECONDS)
                    continue
                for piece in pieces:
                    self._deliver(piece, parser)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _deliver(self, piece: Input, parser: XTermParser) -> None:
        if piece.kind is Kind.PASTE:
            self.process_message(events.Paste(piece.text.replace("\x00", "")))
        elif piece.text == ESCAPE:
            self.process_message(events.Key("escape", ESCAPE))
        elif text := _characters(piece.text) if piece.kind is Kind.TEXT else known(piece.text):
            for message in parser.feed(text):
                self.process_message(message)


def known(sequence: str) -> str:
    """An escape sequence as Textual's parser accepts it; "" for one without a meaning here."""
    if sequence in _FOCUS or sequence in ANSI_SEQUENCES_KEYS:
        return sequence
    if _MOUSE.fullmatch(sequence) or _MODE.fullmatch(sequence):
        return sequence
    report = _KITTY.fullmatch(sequence)
    return _key_report(*report.groups(default="")) if report else ""


def _key_report(code: str, modifiers: str, text: str, end: str) -> str:
    """A key report of kitty's protocol without its sub-fields, which the parser rejects."""
    code = code.partition(":")[0]
    modifiers, _, kind = modifiers.partition(":")
    named = f"{code or 1}{end}" in FUNCTIONAL_KEYS
    characters = [part for part in text.split(":") if _is_printable(part)]
    if kind == _RELEASED or not (named or (end == "u" and (_is_printable(code) or characters))):
        return ""
    if modifiers and not 1 <= int(modifiers[:9]) <= _MOST_MODIFIERS:
        return ""
    if not modifiers and not characters:
        return f"\x1b[{code or 1};1{end}"
    return f"\x1b[{code or 1};{modifiers or 1};{':'.join(characters)}{end}"


def _is_printable(codepoint: str) -> bool:
    number = int(codepoint) if codepoint and len(codepoint) < 8 else 0
    return number <= sys.maxunicode and chr(number).isprintable()


def _characters(text: str) -> str:
    """`text` without the control characters of the second range, which are no keys."""
    return "".join(character for character in text if not "\x80" <= character <= "\x9f")

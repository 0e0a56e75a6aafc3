"""All parts of the app that depend on private names of Textual. It serves Textual 8.2.

The names: `_compositor` with its updates; `Screen._compositor_refresh`; `App._display`, `_driver`,
`_background_screens`, `_screen_stack`, `_exception`, `_exit_renderables`, `_fatal_error`, `_exit`
and `_close_messages_no_wait`; `MessagePump._closing` and `_closed`; `_app`, `_file` and
`_get_terminal_size` of a driver; the tables of `_ansi_sequences` and `_keyboard_protocol`, and the
parser of `_xterm_parser`; `Console._color_system` of Rich. Tests fail when a new version moves
one, and when another module uses one.
"""

from collections.abc import Iterator
from typing import IO, Any

from rich.console import Console, RenderableType
from rich.text import Text
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip

from edgechaos_tui.terminal.cell_diff import Picture
from edgechaos_tui.terminal.line_gauge import LineGauge

__all__ = ["ANSI_SEQUENCES_KEYS", "FUNCTIONAL_KEYS", "XTermParser"]


class DifferingCells(CompositorUpdate):
    """An update of which only the cells that differ are sent.

    picture: the cells on the terminal, kept up to date if the update is sent.
    """

    def __init__(self, update: ChopsUpdate | LayoutUpdate, picture: Picture) -> None:
        self._update = update
        self._picture = picture

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        update = self._update
        pieces = _chops(update) if isinstance(update, ChopsUpdate) else _rows(update)
        return self._picture.write(pieces, console._color_system)


def _chops(update: ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """The spans of a partial update: row, column and cells, cropped at both ends."""
    for row, start, stop in update.spans:
        chops = zip(update.chop_ends[row], update.chops[row].items(), strict=False)
        for end, (x, strip) in chops:
            first, last = max(start, x), min(stop, end)
            if strip is not None and first < last:
                yield row, first, strip.crop(first - x, last - x)


def _rows(update: LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    for row, strips in enumerate(update.strips, update.region.y):
        yield row, update.region.x, Strip.join(strips)


class ExactApp(App[None]):
    """An app that sends few bytes: of each update, only the cells that differ.

    Textual's partial update knows the exact spans, yet writes each from the left edge of its
    widget, and a layout writes the whole screen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture = Picture()

    def on_resize(self) -> None:
        """Forget the cells: a terminal that changes its size moves them."""
        self.forget_terminal()

    def forget_terminal(self) -> None:
        """Send every cell with the next update: something else may have written on the terminal."""
        self._picture.forget()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        update: Any = renderable
        if isinstance(update, ChopsUpdate | LayoutUpdate):
            update = DifferingCells(update, self._picture)
        super()._display(screen, update)


class HeldScreen(Screen[None]):
    """A screen that can be kept from painting."""

    _held = False

    def hold(self) -> None:
        """Paint nothing until `release`."""
        self._held = True

    def release(self) -> None:
        """Paint again, all of it."""
        self._held = False
        self.refresh()

    def _compositor_refresh(self) -> None:
        if not self._held:
            super()._compositor_refresh()


class UnixDriver(LinuxDriver):
    """Textual's driver for a Unix terminal, with public names for its private ones."""

    def terminal_size(self) -> tuple[int, int]:
        """Columns and rows."""
        return super()._get_terminal_size()

    def raise_in_app(self, error: Exception) -> None:
        """End the app as a fault in the app does."""
        raise_in(self._app, error)

    def _get_terminal_size(self) -> tuple[int, int]:
        return self.terminal_size()


def raise_in(app: App[Any], error: Exception) -> None:
    """End `app` as a fault in it does."""

    def fail() -> None:
        raise error

    app.call_later(fail)


def is_ending(pump: MessagePump) -> bool:
    """Whether an app, a screen or a widget handles no more messages, or soon will not."""
    return pump._closing or pump._closed or (isinstance(pump, App) and pump._exit)


def gauged(driver: type[Driver], gauge: LineGauge) -> type[Driver]:
    """`driver`, with its writes reported to `gauge`.

    Textual writes in a thread of its own, through the driver's private `_file`, and flushes when
    nothing more waits to be written. Without that name nothing is gauged, and all else works.
    """

    class GaugedDriver(driver):  # type: ignore[misc, valid-type]  # mypy knows no base class made at run time
        _file: Any

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            if hasattr(self, "_file"):
                self._file = _Gauged(self._file, gauge)

    return GaugedDriver


class _Gauged:
    """A file that reports its writes, from the first one to the flush."""

    def __init__(self, file: IO[str], gauge: LineGauge) -> None:
        self._file = file
        self._gauge = gauge

    def write(self, text: str) -> int:
        self._gauge.begin()
        return self._file.write(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        finally:
            self._gauge.end()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def write_sequence(app: App[None], sequence: str) -> None:
    """Send `sequence` to the terminal of `app`: Textual has no public way to send one's own."""
    if app._driver is not None:
        app._driver.write(sequence)


class QuietFaultApp(ExactApp):
    """An app that ends at a fault with a sentence: Textual's traceback prints the values of all
    variables. Tests, which are headless, get the traceback."""

    def fault_words(self, error: Exception | None) -> str:
        """The sentence to print when `error` ended the app."""
        return str(error)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Textual's list, but empty beneath an opaque screen.

        Textual treats the next screen as visible, and paints the top one whole at its changes.
        """
        covered = self._screen_stack and self.screen.styles.background.a == 1
        return [] if covered else super()._background_screens

    def _fatal_error(self) -> None:
        if self.is_headless:
            super()._fatal_error()
            return
        self._exit_renderables.append(Text(self.fault_words(self._exception)))
        self._close_messages_no_wait()

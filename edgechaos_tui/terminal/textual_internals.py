"""Everything of the app that stands on private names of Textual. It serves Textual 8.2.

The names: `Screen._compositor`, `Compositor` with its `_dirty_regions` and `_get_renders`,
`ChopsUpdate`, `LayoutUpdate`; `App._driver`, `_exception`, `_exit_renderables`, `_fatal_error` and
`_close_messages_no_wait`; the `_file` of a driver; `Console._color_system` of Rich. A test fails
when a new version moves them.

Exact updates: send only the cells that changed, not all of the widget they lie in. Textual's
partial update knows the exact spans, yet writes each from the left edge of the widget it lies in
("TODO: crop to x extents" in its source). Charts grow at their right end, so most of what goes over
the line would be cells that are there already. Widgets of text repaint all their rows, most of them
as they were. `ExactDamage` is a mixin for screens that crops both ends, and sends of what is left
the cells that differ (`cell_diff`). For a partial update Textual also renders all rows of all
widgets near a change; here only the rows that change, and the widgets that lie there. Without it
all works, with more bytes and more time.
"""

from collections.abc import Iterable, Iterator
from typing import IO, Any

from rich.console import Console, RenderableType
from rich.text import Text
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from edgechaos_tui.terminal.cell_diff import Picture
from edgechaos_tui.terminal.line_gauge import LineGauge


class ExactUpdate(ChopsUpdate):
    """A partial update of which the cells that differ are sent.

    picture: what stands on the terminal; kept up to date.
    """

    def __init__(self, update: ChopsUpdate, picture: Picture) -> None:
        super().__init__(update.chops, update.spans, update.chop_ends)
        self._picture = picture

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        return self._picture.write(self._pieces(), console._color_system)

    def _pieces(self) -> Iterator[tuple[int, int, Strip]]:
        for row, start, stop in self.spans:
            for end, (x, strip) in zip(self.chop_ends[row], self.chops[row].items(), strict=False):
                first, last = max(start, x), min(stop, end)
                if strip is not None and first < last:
                    yield row, first, strip.crop(first - x, last - x)


class WholeUpdate(LayoutUpdate):
    """An update of the whole screen: every cell is sent, whatever stands there."""

    def __init__(self, update: LayoutUpdate, picture: Picture) -> None:
        super().__init__(update.strips, update.region)
        self._picture = picture

    def render_segments(self, console: Console) -> str:
        """The bytes for the terminal."""
        self._picture.forget()
        return self._picture.write(self._pieces(), console._color_system)

    def _pieces(self) -> Iterator[tuple[int, int, Strip]]:
        for row, strips in enumerate(self.strips, self.region.y):
            yield row, self.region.x, Strip.join(strips)


class ExactCompositor(Compositor):
    """A compositor whose updates are exact."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture()
        self.held = False
        # The parts of the screen to be rendered; None: all of it.
        self._bands: list[Region] | None = None

    def hold(self) -> None:
        """Paint nothing until `release`."""
        self.held = True

    def release(self) -> None:
        """Paint again, the whole screen at the next update."""
        self.held = False
        self._dirty_regions.add(self.size.region)

    def render_update(
        self,
        full: bool = False,
        screen_stack: list[Screen[Any]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        """As Textual's; nothing while it is held."""
        return None if self.held else super().render_update(full, screen_stack, simplify)

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """As Textual's; written anew."""
        update = super().render_full_update(simplify)
        return update if simplify else WholeUpdate(update, self.picture)

    def render_partial_update(self) -> ChopsUpdate | None:
        """As Textual's, with the cells that differ."""
        self._bands = _bands(self._dirty_regions)
        try:
            update = super().render_partial_update()
        finally:
            self._bands = None
        return None if update is None else ExactUpdate(update, self.picture)

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """As Textual's: where a widget lies, what of that is rendered, and the rows of it."""
        if self._bands is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            for band in self._bands:
                if seen.overlaps(band):
                    # Whole rows: Textual cuts them where widgets begin and end.
                    rows = seen.intersection(Region(seen.x, band.y, seen.width, band.height))
                    yield region, rows, widget.render_lines(rows.translate(-region.offset))


def _bands(regions: Iterable[Region]) -> list[Region]:
    """The regions, with those that share rows, or lie in rows next to one another, made one."""
    bands: list[Region] = []
    for region in sorted(regions, key=lambda r: r.y):
        if bands and region.y <= bands[-1].bottom:
            bands[-1] = bands[-1].union(region)
        else:
            bands.append(region)
    return bands


class ExactDamage(Screen[None]):
    """A screen of few bytes: `class RunScreen(ExactDamage): ...`"""

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor: ExactCompositor = ExactCompositor()

    def hold(self) -> None:
        """Paint nothing until `release`."""
        self._compositor.hold()

    def release(self) -> None:
        """Paint again."""
        self._compositor.release()

    def on_screen_resume(self) -> None:
        """Another screen wrote over this one."""
        self._compositor.picture.forget()


def gauged(driver: type[Driver], gauge: LineGauge) -> type[Driver]:
    """The driver with its writes reported to `gauge`.

    Textual writes in a thread of its own, through the driver's private `_file`: it flushes when
    nothing more waits to be written. Without that name nothing is gauged, and all works.
    """

    class GaugedDriver(driver):  # type: ignore[misc, valid-type]  # mypy knows no base class made at run time
        _file: Any

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            if hasattr(self, "_file"):
                self._file = _Gauged(self._file, gauge)

    return GaugedDriver


class _Gauged:
    """A file whose writes are reported, from the first one up to the flush."""

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


class QuietFaultApp(App[None]):
    """An app that ends at a fault with a sentence: Textual's own traceback prints the values of all
    variables. Tests, which are headless, get that one."""

    def fault_words(self, error: Exception | None) -> str:
        """What to print when `error` ended the app."""
        return str(error)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """As Textual's, and none beneath a screen that lets nothing through.

        Textual takes the next screen for one that may be seen, and paints the top one whole
        whenever something happens there.
        """
        covered = self._screen_stack and self.screen.styles.background.a == 1
        return [] if covered else super()._background_screens

    def _fatal_error(self) -> None:
        if self.is_headless:
            super()._fatal_error()
            return
        self._exit_renderables.append(Text(self.fault_words(self._exception)))
        self._close_messages_no_wait()

"""The console pane: the output of a run's program, as it comes."""

import math
from collections import deque
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import RichLog, Static

from edgechaos_tui.presentation.text import clean, clock_time
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.base.poller import Poller
from edgechaos_tui.widgets.static_update import update_in_place
from engine.storage.session.console import ConsoleLine, ConsoleReader
from engine.storage.session.session import Session

_SECONDS: Final = 0.5
"""Between two reads of the file, while the pane is shown."""
_MOST_LINES: Final = 5000
_NOTHING: Final = "The process of this run has printed nothing so far."
_NOT_KEPT: Final = (
    "The output of this program is not kept: edgechaos_tui.record(…, capture=True) keeps it here."
)


class ConsolePane(Vertical):
    """The newest lines, read while the pane is shown; in a replay, those up to its epoch."""

    DEFAULT_CSS = """
    ConsolePane #console-words { height: auto; padding: 0 1; color: $text-muted; }
    ConsolePane #console-lines { height: 1fr; padding: 0 1; scrollbar-size: 1 1; }
    ConsolePane #console-lines { background: $background; }
    """

    def __init__(self, session: Session, *, recorded: bool) -> None:
        super().__init__(id="console")
        self._reader = ConsoleReader(session.console, session.worker_log)
        self._recorded = recorded
        self._lines: deque[ConsoleLine] = deque(maxlen=_MOST_LINES)
        # The number of lines read, and of those written or dropped.
        self._read = 0
        self._written = 0
        self._until = math.inf
        self._poller: Poller | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="console-words")
        log = RichLog(id="console-lines", wrap=True, max_lines=_MOST_LINES, markup=False)
        log.can_focus = False
        yield log

    def open(self) -> None:
        """Read now, and again and again while the pane is shown."""
        if self._poller is None:
            self._poller = Poller(self.screen, self._poll, _SECONDS)
            self._poller.start()
        else:
            self._poller.wake()

    def close(self) -> None:
        """Stop reading."""
        if self._poller is not None:
            self._poller.sleep()

    def show(self, until: float) -> None:
        """Show the lines printed up to `until`, in seconds since 1970."""
        went_back, self._until = until < self._until, until
        self._write(from_start=went_back)

    def scroll_page(self, pages: int) -> None:
        """Scroll by `pages`: down, or up when negative."""
        log = self._log
        log.scroll_relative(y=pages * max(log.size.height - 1, 1), animate=False)

    def _poll(self) -> None:
        if not self.screen.is_current:
            # A change beneath another screen makes Textual paint the top one whole.
            self._end_poll()
            return
        run_in_thread(
            self.screen, self._reader.read, self._take, group="console", otherwise=self._end_poll
        )

    def _take(self, lines: list[ConsoleLine]) -> None:
        self._end_poll()
        self._lines.extend(lines)
        self._read += len(lines)
        self._write()

    def _end_poll(self) -> None:
        if self._poller is not None:
            self._poller.done()

    def _write(self, *, from_start: bool = False) -> None:
        """Write the new lines; all of them again after a step back in the replay."""
        log = self._log
        if from_start:
            log.clear()
            self._written = 0
        first = self._read - len(self._lines)
        log.auto_scroll = log.is_vertical_scroll_end or not self._written
        for number in range(max(self._written, first), self._read):
            line = self._lines[number - first]
            if line.t is not None and line.t > self._until:
                break
            log.write(_text(line))
            self._written = number + 1
        words = self.query_one("#console-words", Static)
        words.display = not self._written
        update_in_place(words, _NOT_KEPT if self._recorded and not self._read else _NOTHING)

    @property
    def _log(self) -> RichLog:
        return self.query_one("#console-lines", RichLog)


def _text(line: ConsoleLine) -> Text:
    """`14:02:11  epoch 3: loss 0.31`; stderr in italics."""
    style = "italic" if line.stream == "stderr" else ""
    time = "" if line.t is None else f"{clock_time(line.t)}  "
    return Text.assemble((time, "dim"), (clean(line.text), style))

"""The export of what a screen shows: dialogs for format and path, and the writing in a thread."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from edgechaos_tui.export.formats import FORMATS
from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.dialogs.ask import AskText, Confirm
from edgechaos_tui.screens.dialogs.choose import Choose
from engine.storage.user_folders import expanded

if TYPE_CHECKING:
    from edgechaos_tui.presentation.compare.comparison import Axis
    from engine.storage.session.session import Session

Write = Callable[[Path], object]
"""Writes to a path; raises SessionError with a sentence where it cannot."""

_SUFFIX = {"markdown": ".md", "latex": ".tex", "tensorboard": ""}


def session_formats(sessions: "Sequence[Session]") -> dict[str, Write]:
    """The ways to write sessions, by format."""

    def write(file_format: str, path: Path) -> None:
        # Imported here: the import is slow, and few need it.
        from edgechaos_tui.export.sessions import export

        export(sessions, file_format, path)

    return {file_format: partial(write, file_format) for file_format in FORMATS}


def comparison_formats(
    sessions: "Sequence[Session]",
    axis: str,
    place: float | None,
    *,
    reference: int | None,
    every: bool,
) -> dict[str, Write]:
    """The ways to write a comparison, by format: the whole overlay, or the table as of `place`."""

    def draw(path: Path) -> None:
        from edgechaos_tui.export import comparison as compare_output

        compare_output.draw(compare_output.read_members(sessions), axis, path)

    def tabulate(file_format: str, path: Path) -> None:
        from edgechaos_tui.export import comparison as compare_output
        from edgechaos_tui.export.atomic_files import whole_file
        from edgechaos_tui.presentation.compare.landmarks import as_of

        members = as_of(compare_output.read_members(sessions), cast("Axis", axis), place)
        text = compare_output.rendered(members, axis, file_format, reference=reference, every=every)
        with whole_file(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")

    figures: dict[str, Write] = dict.fromkeys(("svg", "png", "pdf"), draw)
    return figures | {
        name: partial(tabulate, name) for name in ("csv", "markdown", "latex", "json")
    }


def ask_export(screen: Screen[Any], subject: str, stem: str, formats: Mapping[str, Write]) -> None:
    """Ask for a format and a path, and write `subject`. stem: of the proposed file name."""

    def ask_path(name: str | None) -> None:
        if name is not None:
            path = _current_folder() / f"{stem}{_SUFFIX.get(name, '.' + name)}"
            _ask_path(screen, f"Export {subject} as {name} to", str(path), formats[name])

    choices = [(name, name) for name in formats]
    screen.app.push_screen(Choose(f"Export {subject} as", choices, next(iter(formats))), ask_path)


def _current_folder() -> Path:
    """The current folder; the home folder where that was removed."""
    try:
        return Path.cwd()
    except OSError:
        return expanded("~")


def _ask_path(screen: Screen[Any], question: str, proposed: str, write: Write) -> None:
    def ask_replace(text: str | None) -> None:
        if not text:
            return
        path = expanded(text)
        # Not Path.is_file, which raises where the folder may not be read: writing says why.
        if os.path.isfile(path):
            screen.app.push_screen(
                Confirm(f"Replace {clean(str(path))}?", "Its content is lost.", "Replace"),
                lambda agreed: _write(screen, write, path) if agreed else None,
            )
        else:
            _write(screen, write, path)

    screen.app.push_screen(AskText(question, proposed, "enter: write   esc: cancel"), ask_replace)


def _write(screen: Screen[Any], write: Write, path: Path) -> None:
    path_words = clean(str(path))
    screen.notify(f"writing {path_words} …")
    run_in_thread(
        screen, lambda: write(path), lambda _: screen.notify(f"wrote {path_words}"), group="export"
    )

"""`E`: what is on the screen as a file. Asks for a format, then for a path; works in a thread."""

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
"""Writes to a path; raises SessionError, in a sentence, where it cannot."""

_SUFFIX = {"markdown": ".md", "latex": ".tex", "tensorboard": ""}


def session_formats(sessions: "Sequence[Session]") -> dict[str, Write]:
    """How sessions can be written, by format."""

    def write(form: str, path: Path) -> None:
        # Imported here: it is slow, and needed by few.
        from edgechaos_tui.export.sessions import export

        export(sessions, form, path)

    return {form: partial(write, form) for form in FORMATS}


def comparison_formats(
    sessions: "Sequence[Session]",
    axis: str,
    place: float | None,
    *,
    reference: int | None,
    every: bool,
) -> dict[str, Write]:
    """How a comparison can be written: its overlay in whole, its table as of `place`."""

    def draw(path: Path) -> None:
        from edgechaos_tui.export import comparison as compare_output

        compare_output.draw(compare_output.read_members(sessions), axis, path)

    def tabulate(form: str, path: Path) -> None:
        from edgechaos_tui.export import comparison as compare_output
        from edgechaos_tui.export.atomic_files import whole_file
        from edgechaos_tui.presentation.compare.landmarks import as_of

        members = as_of(compare_output.read_members(sessions), cast("Axis", axis), place)
        text = compare_output.rendered(members, axis, form, reference=reference, every=every)
        with whole_file(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")

    tables = {form: partial(tabulate, form) for form in ("csv", "markdown", "latex", "json")}
    return {**dict.fromkeys(("svg", "png", "pdf"), draw), **tables}


def ask_export(screen: Screen[Any], what: str, stem: str, formats: Mapping[str, Write]) -> None:
    """Ask how and where to write `what`; `stem` begins the name that is proposed."""

    def chosen(form: str | None) -> None:
        if form is not None:
            path = _here() / f"{stem}{_SUFFIX.get(form, '.' + form)}"
            _ask_path(screen, f"Export {what} as {form} to", str(path), formats[form])

    choices = [(form, form) for form in formats]
    screen.app.push_screen(Choose(f"Export {what} as", choices, next(iter(formats))), chosen)


def _here() -> Path:
    """The current folder; the home where that is gone."""
    try:
        return Path.cwd()
    except OSError:
        return expanded("~")


def _ask_path(screen: Screen[Any], question: str, proposed: str, write: Write) -> None:
    def given(text: str | None) -> None:
        if not text:
            return
        path = expanded(text)
        # Not Path.is_file, which raises for a path that may not be looked at: writing tells why.
        if os.path.isfile(path):
            screen.app.push_screen(
                Confirm(f"Replace {clean(str(path))}?", "What is in it is lost.", "Replace"),
                lambda agreed: _write(screen, write, path) if agreed else None,
            )
        else:
            _write(screen, write, path)

    screen.app.push_screen(AskText(question, proposed, "enter: write   esc: not"), given)


def _write(screen: Screen[Any], write: Write, path: Path) -> None:
    shown = clean(str(path))
    screen.notify(f"writing {shown} …")
    run_in_thread(
        screen, lambda: write(path), lambda _: screen.notify(f"wrote {shown}"), group="export"
    )

"""Edits of the session under the library's cursor: name, note, tags, pin, deletion."""

from collections.abc import Callable
from typing import TypeVar

from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.dialogs.ask import AskText, Confirm
from edgechaos_tui.screens.library.pane import LibraryPane
from engine.storage import names
from engine.storage.errors import EdgeChaosError, SessionError
from engine.storage.session import edit
from engine.storage.session.session import Session, refuse_reference

Result = TypeVar("Result")


class SessionEdits:
    """Edits sessions in threads, since another app may hold the lock, and a disk may be slow.

    changed: called when a session was changed. Questions and refusals show on the pane's screen.
    """

    def __init__(self, pane: LibraryPane, changed: Callable[[], object]) -> None:
        self._pane = pane
        self._changed = changed

    def rename(self) -> None:
        """Ask for another name."""
        session = self._editable_session()
        if session is None:
            return

        def keep(name: str | None) -> None:
            if name and name != session.name:
                self._act(lambda: edit.rename(session, name), self._expect)

        hint = "letters, digits, '.', '_', '-'   enter: rename   esc: cancel"
        question = f"Rename {clean(session.name)}"
        self._pane.app.push_screen(AskText(question, session.name, hint, names.check_name), keep)

    def write_note(self) -> None:
        """Ask for a note."""
        self._ask_words(
            "Note on",
            lambda session: session.info().note,
            edit.set_note,
            edit.check_note,
            "enter: save   esc: cancel",
        )

    def write_tags(self) -> None:
        """Ask for tags."""
        self._ask_words(
            "Tags of",
            lambda session: " ".join(session.info().tags),
            lambda session, text: edit.set_tags(session, _tags_in(text)),
            lambda text: edit.check_tags(_tags_in(text)),
            "words, separated by spaces; the filter finds them as tag:word   enter: save   "
            "esc: cancel",
        )

    def toggle_pin(self) -> None:
        """Pin the session to the top, or unpin it."""
        session = self._editable_session()
        if session is not None:
            self._act(lambda: edit.toggle_pin(session))

    def delete(self) -> None:
        """Ask whether to move the session to the trash, then move it."""
        session = self._editable_session()
        if session is None:
            return
        name = clean(session.name)

        def report(_: Session) -> None:
            self._pane.notify(f"{name} is in the trash; u restores it")

        def decide(agreed: bool | None) -> None:
            if agreed:
                self._act(lambda: edit.trash(session), report)

        question = Confirm(f"Delete {name}?", "It goes to the trash; u restores it.", "Delete")
        self._pane.app.push_screen(question, decide)

    def _ask_words(
        self,
        subject: str,
        read: Callable[[Session], str],
        write: Callable[[Session, str], object],
        check: Callable[[str], object],
        hint: str,
    ) -> None:
        session = self._editable_session()
        if session is None:
            return
        try:
            current = clean(read(session))
        except EdgeChaosError as error:
            self._pane.notify(clean(str(error)), severity="error")
            return

        def keep(text: str | None) -> None:
            if text is not None and text != current:
                self._act(lambda: write(session, text), otherwise=lambda: ask(text))

        def ask(text: str) -> None:
            question = f"{subject} {clean(session.name)}"
            self._pane.app.push_screen(AskText(question, text, hint, check), keep)

        ask(current)

    def _editable_session(self) -> Session | None:
        """The session under the cursor; None, with a notice, where it is a reference."""
        row = self._pane.current_row
        if row is None:
            return None
        try:
            refuse_reference(row.session)
        except SessionError as error:
            self._pane.notify(clean(str(error)), severity="warning")
            return None
        return row.session

    def _expect(self, session: Session) -> None:
        self._pane.expect(session.name)

    def _act(
        self,
        act: Callable[[], Result],
        then: Callable[[Result], object] = lambda _: None,
        *,
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        def done(result: Result) -> None:
            then(result)
            self._changed()

        run_in_thread(self._pane.screen, act, done, group="edits", otherwise=otherwise)


def _tags_in(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace("#", " ").split()))

"""Actions on the session under the library's cursor: words, name, pin, trash."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from edgechaos_tui.presentation.text import clean
from edgechaos_tui.screens.dialogs.export import ask_export, session_formats
from engine.storage.errors import EdgeChaosError, SessionError

# Not at the start: the first paint needs neither a session nor what changes one.
if TYPE_CHECKING:
    from edgechaos_tui.presentation.library.library import LibraryRow
    from engine.storage.session.session import Session


class SessionWords(Screen[None]):
    """The part of the library's screen that changes what is written on a session."""

    def __init__(self) -> None:
        super().__init__()
        # What was deleted since the app began, with the names it had; the last one comes first.
        self._trashed: list[tuple[Session, str]] = []

    def changed_sessions(self) -> None:
        """A session was changed: the library is to look again."""
        raise NotImplementedError

    def marked_sessions(self) -> "list[Session]":
        """The sessions that the person marked."""
        raise NotImplementedError

    def current_row(self) -> "LibraryRow | None":
        """The row with the cursor."""
        raise NotImplementedError

    def expect_session(self, name: str) -> None:
        """Put the cursor on the session called `name` as soon as it is there."""
        raise NotImplementedError

    def action_export(self) -> None:
        chosen = self._chosen()
        sessions = self.marked_sessions() or ([chosen] if chosen else [])
        if not sessions:
            return
        one = len(sessions) == 1
        what = clean(sessions[0].name) if one else f"{len(sessions)} sessions"
        stem = sessions[0].name if one else "sessions"
        ask_export(self, what, stem, session_formats(sessions))

    def action_rename(self) -> None:
        session = self._chosen()
        if session is None:
            return

        # Late, here and below: the first paint needs neither dialogs nor what they lead to.
        from edgechaos_tui.screens.dialogs.ask import AskText
        from engine.storage import names
        from engine.storage.session import edit

        def rename(name: str | None) -> None:
            if name and name != session.name:
                self._act(lambda: self._renamed(edit.rename(session, name)))

        hint = "letters, digits, '.', '_', '-'   enter: rename   esc: change nothing"
        question = f"Rename {clean(session.name)}"
        self.app.push_screen(AskText(question, session.name, hint, names.check_name), rename)

    def action_note(self) -> None:
        from engine.storage.session import edit

        self._ask_words(
            "Note on", lambda session: session.info().note, edit.set_note, "enter: keep   esc: not"
        )

    def action_tags(self) -> None:
        from engine.storage.session import edit

        self._ask_words(
            "Tags of",
            lambda session: " ".join(session.info().tags),
            lambda session, text: edit.set_tags(session, text.replace("#", " ").split()),
            "words with spaces between; the filter finds them by tag:word",
        )

    def action_pin(self) -> None:
        from engine.storage.session import edit

        session = self._chosen()
        if session is not None:
            self._act(lambda: edit.toggle_pin(session))

    def action_delete(self) -> None:
        session = self._chosen()
        if session is None:
            return

        from edgechaos_tui.screens.dialogs.ask import Confirm
        from engine.storage.session import edit

        def delete(agreed: bool | None) -> None:
            if agreed:
                self._act(lambda: self._deleted(edit.trash(session), session.name))

        question = f"Delete {clean(session.name)}?"
        self.app.push_screen(
            Confirm(question, "It goes to the trash; u brings it back.", "Delete"), delete
        )

    def action_undo(self) -> None:
        if not self._trashed:
            self.notify("nothing was deleted since the app was started")
            return

        from engine.storage.session import edit

        trashed, name = self._trashed[-1]
        self._act(lambda: self._restored(edit.restore(trashed, name)))

    def _ask_words(
        self,
        what: str,
        read: "Callable[[Session], str]",
        write: "Callable[[Session, str], object]",
        hint: str,
    ) -> None:
        session = self._chosen()
        if session is None:
            return
        try:
            words = clean(read(session))
        except EdgeChaosError as error:
            self.notify(clean(str(error)), severity="error")
            return

        from edgechaos_tui.screens.dialogs.ask import AskText

        def keep(text: str | None) -> None:
            if text is not None and text != words:
                self._act(lambda: write(session, text))

        self.app.push_screen(AskText(f"{what} {clean(session.name)}", words, hint), keep)

    def _chosen(self) -> "Session | None":
        row = self.current_row()
        if row is None:
            return None

        from engine.storage.session.session import refuse_reference

        try:
            refuse_reference(row.session)
        except SessionError as error:
            self.notify(clean(str(error)), severity="warning")
            return None
        return row.session

    def _renamed(self, session: "Session") -> None:
        self.app.call_from_thread(self.expect_session, session.name)

    def _deleted(self, trashed: "Session", name: str) -> None:
        self._trashed.append((trashed, name))
        self.app.call_from_thread(self.notify, f"{clean(name)} is in the trash; u brings it back")

    def _restored(self, session: "Session") -> None:
        self._trashed.pop()
        self.app.call_from_thread(self.expect_session, session.name)

    @work(thread=True, group="words", exit_on_error=False)
    def _act(self, act: Callable[[], object]) -> None:
        """In a thread, since another app may hold the lock, and a disk may be slow."""

        try:
            act()
        except EdgeChaosError as error:
            self.app.call_from_thread(self.notify, clean(str(error)), severity="error")
        self.app.call_from_thread(self.changed_sessions)

"""The trash dialog: restore what was deleted, or empty the trash for good."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from edgechaos_tui import keys
from edgechaos_tui.presentation.text import clean, date_and_time
from edgechaos_tui.screens.base.background import run_in_thread
from edgechaos_tui.screens.dialogs.ask import Confirm
from edgechaos_tui.screens.dialogs.dialog import Dialog
from engine.storage.session.session import Session
from engine.storage.trash import Trashed, bring_back, empty_trash, list_trash

_EMPTY = "empty"


class TrashDialog(Dialog[str]):
    """Asks for the position of the item to restore, or `empty`."""

    BINDINGS = keys.bindings(keys.TRASH)
    CSS = """
    TrashDialog > Vertical { max-width: 72; min-width: 24; }
    TrashDialog OptionList { margin: 1 0; }
    """

    def __init__(self, trashed: Sequence[Trashed]) -> None:
        super().__init__()
        self._trashed = trashed

    def compose(self) -> ComposeResult:
        options = [Option(_line(item), id=str(i)) for i, item in enumerate(self._trashed)]
        with Vertical():
            yield Static(Text("Trash: enter restores the item under the cursor", "bold"))
            yield OptionList(*options)
            with Horizontal():
                yield Button("Empty (X)", id="empty", compact=True)
                yield Button("Cancel (esc)", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_restore(self) -> None:
        self.query_one(OptionList).action_select()

    def action_empty(self) -> None:
        self.dismiss(_EMPTY)


def undo_delete(screen: Screen[None], root: Path, restored: Callable[[str], object]) -> None:
    """Restore the session that was deleted last, and call `restored` with its name."""

    def report(session: Session | None) -> None:
        if session is None:
            screen.notify("the trash is empty")
        else:
            restored(session.name)

    def restore() -> Session | None:
        deleted = list_trash(root, "session")
        return bring_back(deleted[0]) if deleted else None

    run_in_thread(screen, restore, report, group="trash")


def open_trash(screen: Screen[None], root: Path, restored: Callable[[str], object]) -> None:
    """Show the trash of the sessions folder `root`; call `restored` with the name of what a person
    restores."""

    def show(trashed: Sequence[Trashed]) -> None:
        if trashed:
            screen.app.push_screen(TrashDialog(trashed), lambda choice: act(trashed, choice))
        else:
            screen.notify("the trash is empty")

    def act(trashed: Sequence[Trashed], choice: str | None) -> None:
        if choice == _EMPTY:
            _ask_to_empty(screen, root, len(trashed))
        elif choice is not None:
            run_in_thread(screen, lambda: bring_back(trashed[int(choice)]), report, group="trash")

    def report(session: Session) -> None:
        screen.notify(f"{clean(session.name)} is restored")
        restored(session.name)

    run_in_thread(screen, lambda: list_trash(root), show, group="trash")


def _ask_to_empty(screen: Screen[None], root: Path, count: int) -> None:
    def report(_: int) -> None:
        screen.notify("the trash is empty")

    def decide(agreed: bool | None) -> None:
        if agreed:
            run_in_thread(screen, lambda: empty_trash(root), report, group="trash")

    items = "The item in it is" if count == 1 else f"All {count} items in it are"
    screen.app.push_screen(Confirm("Empty the trash?", f"{items} lost for good.", "Empty"), decide)


def _line(item: Trashed) -> Text:
    kind = "" if item.kind == "session" else "  record of a sweep"
    deleted = f"  deleted {date_and_time(item.deleted)}{kind}"
    return Text.assemble(clean(item.name), (deleted, "dim"))

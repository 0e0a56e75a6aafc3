"""The base of all dialogs: a box in the middle of the screen beneath, which is dimmed."""

from pathlib import Path
from typing import Generic, TypeVar

from textual import on
from textual.screen import ModalScreen
from textual.widgets import Button

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer | None], Generic[Answer]):
    """A question; its answer, or None where the person cancels.

    The id of a button is the name of its action.
    """

    # The whole path, since dialogs lie in other folders too.
    CSS_PATH = Path(__file__).with_suffix(".tcss")

    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        await self.run_action(event.button.id or "cancel")

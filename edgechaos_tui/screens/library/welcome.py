"""The welcome before there is any session: an explanation, and three ways to begin."""

import os
from pathlib import Path

from rich.text import Text
from textual.widgets import Static

from edgechaos_tui.presentation.text import clean
from engine.storage import user_folders


class Welcome(Static):
    """Four lines of explanation and the keys to begin with."""

    def __init__(self, root: Path) -> None:
        super().__init__(_words(root), id="welcome")


def _words(root: Path) -> Text:
    bold = "bold"
    return Text.assemble(
        ("Watch a neural network walk from order to the edge of chaos.\n", bold),
        "An engine trains in the background, and this app shows loss, accuracy and J², epoch by "
        "epoch. At J² = 1 the hidden layer turns from order to chaos, and the paper's network "
        "generalises best near there. You can change lr, momentum, batch size and λ during a run, "
        "or leave and come back.\n",
        "\n",
        ("  f  ", bold),
        "start on Fashion-MNIST, the data of the paper\n",
        (f"     {_where()}\n", "dim"),
        ("  y  ", bold),
        "start on the built-in synthetic set: nothing to download\n",
        ("     the same picture in about two minutes\n", "dim"),
        ("  o  ", bold),
        "replay and compare the recorded runs that come with the program\n",
        ("  ?  ", bold),
        "all keys\n\n",
        (f"Sessions are stored in {clean(str(root))}", "dim"),
    )


def _where() -> str:
    """The place of Fashion-MNIST."""
    folder = os.environ.get("EDGECHAOS_DATA")
    if folder:
        return f"read from {clean(folder)} (EDGECHAOS_DATA)"
    return f"read from {user_folders.cache_folder()}, or downloaded there (30 MB)"

"""The welcome before there is any session: what this is, and three ways to begin."""

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
        "An engine trains in the background; here you see loss, accuracy and J² grow, epoch by "
        "epoch. At J² = 1 the hidden layer turns from order to chaos: networks generalise best "
        "about there. Change lr, momentum, batch size and λ while it runs; leave, and come back.\n",
        "\n",
        ("  f  ", bold),
        "start on Fashion-MNIST, the data of the paper\n",
        (f"     {_where()}\n", "dim"),
        ("  y  ", bold),
        "start on the built-in synthetic set: nothing to download\n",
        ("     the same picture in about two minutes\n", "dim"),
        ("  o  ", bold),
        "look at the recorded runs that come with it: replay and compare them\n",
        ("  ?  ", bold),
        "all keys\n\n",
        (f"Sessions will be kept in {clean(str(root))}", "dim"),
    )


def _where() -> str:
    given = os.environ.get("EDGECHAOS_DATA")
    if given:
        return f"looked for in {clean(given)} (EDGECHAOS_DATA)"
    cache = user_folders.cache_folder()
    return f"looked for in {cache}; else downloads 30 MB into it"

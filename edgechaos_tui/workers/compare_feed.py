"""The worker of a comparison: one thread looks at all its sessions in turn."""

import threading
from collections.abc import Sequence

from textual.message import Message
from textual.widget import Widget

from edgechaos_tui.presentation.run.watch import Sight, Watch
from edgechaos_tui.workers.log_feed import wait_until_taken
from engine.storage.errors import NewerSchema

_PERIOD_SECONDS = 0.1
# Bytes of each log in a round: eight long logs must leave the screen its turn.
_BATCH = 48 * 1024


class Looked(Message):
    """A round of looks saw something new. sights: what is new, by the session's position.

    taken: to be set once it was taken in; of long records no more is read before that.
    """

    def __init__(self, sights: dict[int, Sight], behind: bool) -> None:
        super().__init__()
        self.sights = sights
        self.behind = behind
        self.taken = threading.Event()


class Lost(Message):
    """A session can no longer be read; `sentence` says why. The others are followed on."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


def follow_all(target: Widget, watches: Sequence[Watch], ended: threading.Event) -> None:
    """Look at all sessions, round after round, until `ended` is set; post what is new."""
    followed = dict(enumerate(watches))
    statuses: dict[int, object] = {}
    first = True
    while not ended.is_set():
        sights: dict[int, Sight] = {}
        behind = False
        for index, watch in list(followed.items()):
            try:
                sight = watch.look(_BATCH)
            except (NewerSchema, OSError) as error:
                del followed[index]
                target.post_message(Lost(f"{watch.session.name}: {error}"))
                continue
            behind = behind or sight.behind
            if sight.events or statuses.get(index) != sight.status:
                statuses[index] = sight.status
                sights[index] = sight
        if sights or first:
            first = False
            looked = Looked(sights, behind)
            target.post_message(looked)
            wait_until_taken(looked.taken, ended)
        if not behind:
            ended.wait(_PERIOD_SECONDS)

"""The app's workers that follow logs: of one session, or of all sessions of a comparison."""

import threading
from collections.abc import Sequence

from textual.message import Message
from textual.widget import Widget

from edgechaos_tui.presentation.run.watch import Sight, Watch
from engine.storage.errors import NewerSchema

_PERIOD_SECONDS = 0.1
# Bytes of each log in a round: with eight long logs the screen must still get its turn.
_BATCH = 48 * 1024


class Seen(Message):
    """A look at the session saw something new: events, another status, more progress.

    taken: to be set by the receiver once the sight was taken in; until then no more is read.
    """

    def __init__(self, sight: Sight) -> None:
        super().__init__()
        self.sight = sight
        self.taken = threading.Event()


class LogUnreadable(Message):
    """The session can no longer be read; `sentence` says why. The feed has ended."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


def follow(target: Widget, watch: Watch, ended: threading.Event) -> None:
    """Poll the session, in a thread, until `ended` is set; post news to `target` as `Seen`.

    Batches are bounded, so that the screen gets its turn between them. Each waits until the
    previous one was taken in, so that at most two are in memory.
    """
    previous: Sight | None = None
    while not ended.is_set():
        try:
            sight = watch.look()
        except (NewerSchema, OSError) as error:
            target.post_message(LogUnreadable(str(error)))
            return
        if sight.events or previous is None or _beside(sight) != _beside(previous):
            news = Seen(sight)
            target.post_message(news)
            wait_until_taken(news.taken, ended)
        previous = sight
        if not sight.behind:
            ended.wait(_PERIOD_SECONDS)


def wait_until_taken(taken: threading.Event, ended: threading.Event) -> None:
    """Return when `taken` is set, or soon after `ended` is."""
    while not taken.wait(_PERIOD_SECONDS) and not ended.is_set():
        pass


def _beside(sight: Sight) -> tuple[object, ...]:
    return (sight.status, sight.progress, sight.problem, sight.gone)


class Looked(Message):
    """A round of looks saw something new. sights: the news, by the session's position.

    taken: to be set by the receiver once these were taken in; until then no more is read.
    """

    def __init__(self, sights: dict[int, Sight], behind: bool) -> None:
        super().__init__()
        self.sights = sights
        self.behind = behind
        self.taken = threading.Event()


class Lost(Message):
    """A session can no longer be read; `sentence` says why. The feed of the others continues."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


def follow_all(target: Widget, watches: Sequence[Watch], ended: threading.Event) -> None:
    """Poll all sessions in rounds until `ended` is set; post news to `target` as `Looked`."""
    followed = dict(enumerate(watches))
    statuses: dict[int, object] = {}
    is_first_round = True
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
        if sights or is_first_round:
            is_first_round = False
            news = Looked(sights, behind)
            target.post_message(news)
            wait_until_taken(news.taken, ended)
        if not behind:
            ended.wait(_PERIOD_SECONDS)

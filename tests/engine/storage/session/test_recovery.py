"""A session whose session.json is lost or damaged shows what its log says."""

from pathlib import Path

import msgspec
import pytest

from engine.storage.errors import NewerSchema, SessionError
from engine.storage.hyperparameters import build
from engine.storage.session import edit
from engine.storage.session.events import encode
from engine.storage.session.recovery import info_to_show
from engine.storage.session.session import Session, create, list_sessions
from tests.support.event_samples import epoch_event, started_event

CHOSEN = build({"lr": 0.07, "dataset": "synthetic", "epochs": 12})


@pytest.fixture
def created(sessions_root: Path) -> Session:
    session = create(sessions_root, CHOSEN, "s")
    logged_values = msgspec.to_builtins(CHOSEN) | {"of the future": 1}
    start = started_event(t=1234.5, hyperparameters=logged_values)
    session.log.write_bytes(encode(start) + encode(epoch_event(0)))
    return session


def _break(session: Session, content: str | None) -> None:
    path = session.folder / "session.json"
    path.unlink()
    if content is not None:
        path.write_text(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no session.json"),
        ("", "session.json is damaged"),
        ('{"id":', "session.json is damaged"),
        ("\0" * 300, "session.json is damaged"),
    ],
)
def test_the_start_in_the_log_stands_in_its_place(
    created: Session, sessions_root: Path, content: str | None, says: str
) -> None:
    assert info_to_show(created) == (created.info(), "")
    _break(created, content)
    info, problem = info_to_show(created)
    assert (info.name, info.created, info.hyperparameters) == ("s", 1234.5, CHOSEN)
    assert says in problem
    assert "\n" not in problem
    assert [listed.name for listed in list_sessions(sessions_root)] == ["s"]
    # What would write it anew from a guess refuses.
    with pytest.raises(SessionError, match=says):
        edit.set_note(created, "a note")


@pytest.mark.parametrize(
    "log",
    [
        b"",
        b"what?\n",
        encode(epoch_event(0)),
        encode(started_event(hyperparameters={})),
        encode(started_event(hyperparameters={"lr": -1})),
    ],
)
def test_where_the_log_does_not_say_it_either_the_reason_is_told(
    created: Session, log: bytes
) -> None:
    created.log.write_bytes(log)
    _break(created, "{")
    with pytest.raises(SessionError, match=r"session\.json is damaged"):
        info_to_show(created)


def test_a_newer_format_is_not_shown_by_guessing(created: Session) -> None:
    _break(created, '{"format": 2}')
    with pytest.raises(NewerSchema, match="install a newer"):
        info_to_show(created)


def test_a_folder_that_is_being_made_is_no_session_yet(sessions_root: Path) -> None:
    (sessions_root / "new").mkdir(parents=True)
    assert list(list_sessions(sessions_root)) == []

"""Damaged sessions open with what is whole and one sentence about what is not, everywhere."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edgechaos_tui.app import EdgeChaosApp
from edgechaos_tui.cli.output import sessions as listing
from edgechaos_tui.control import session as control
from edgechaos_tui.presentation.run import reading
from engine.runtime import resume as takeup
from engine.storage.errors import SessionError
from engine.storage.fork.fork_points import origin_of
from engine.storage.hyperparameters import build
from engine.storage.session import edit
from engine.storage.session.events import Finished, encode
from engine.storage.session.session import Session, create
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event, started_event
from tests.support.library_samples import write_checkpoint
from tests.support.screens import text_with

CHOSEN = build({"dataset": "synthetic", "epochs": 9})
TORN = "skipped lines of the log: the last one, cut short"


def _lines(epochs: int) -> list[bytes]:
    start = started_event(
        hyperparameters=msgspec.to_builtins(CHOSEN), host=os.uname().nodename.split(".")[0]
    )
    return [encode(start), *[encode(epoch_event(k)) for k in range(epochs + 1)]]


@pytest.fixture
def made(sessions_root: Path) -> Session:
    """An interrupted run of four epochs."""
    session = create(sessions_root, CHOSEN, "torn")
    session.log.write_bytes(b"".join(_lines(4)))
    return session


def test_a_log_torn_at_each_byte_of_its_last_two_lines(
    made: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = made.log.read_bytes()
    info = made.info()
    for cut in range(len(b"".join(_lines(2))), len(whole) + 1):
        made.log.write_bytes(whole[:cut])
        complete = whole[:cut].count(b"\n")
        readings = reading.read(made)
        assert readings.status is Status.INTERRUPTED
        assert readings.summary.epochs_done == complete - 2
        assert readings.problem == ("" if whole[cut - 1 : cut] == b"\n" else TORN)
        # What an engine takes up: a line that lacks only its newline is whole for it.
        resume_point = takeup.read_point(made, info, "i")
        assert resume_point.history.last_epoch == (whole[:cut] + b"\n").count(b"}\n") - 2
        if cut % 50 == 0:
            for say in (_show(made), _list(made)):
                say()
                output = capsys.readouterr().out
                assert output.count("skipped lines of the log") == (readings.problem != "")
                assert f"{complete - 2} of 9" in output or f"{complete - 2}/9" in output


def _show(made: Session) -> Callable[[], None]:
    return lambda: listing.print_session(made, json=False)


def _list(made: Session) -> Callable[[], None]:
    return lambda: listing.print_sessions(made.folder.parent, json=False)


def _damage(made: Session) -> None:
    lines = _lines(4)
    lines[3] = lines[3][:40] + b"\0\0\0" + lines[3][43:]
    lines.insert(4, b'{"type":"dream","t":1,"elapsed":1,"text":"of the future"}\n')
    made.log.write_bytes(b"".join(lines) + b'{"type":"epo')


DAMAGE = (
    "skipped lines of the log: 1 damaged, 1 of a kind this version does not know, "
    "the last one, cut short"
)


@pytest.mark.parametrize("content", [None, "", "{"], ids=["missing", "empty", "damaged"])
def test_all_of_it_at_once_is_shown_and_listed(
    made: Session, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    _damage(made)
    (made.folder / "session.json").unlink()
    if content is not None:
        (made.folder / "session.json").write_text(content)
    listing.print_session(made, json=True)
    record = json.loads(capsys.readouterr().out)
    assert (record["epochs_done"], record["hyperparameters"]["epochs"]) == (4, 9)
    assert record["problem"].endswith(DAMAGE)
    assert "session.json" in record["problem"]
    listing.print_session(made, json=False)
    assert DAMAGE in capsys.readouterr().out
    listing.print_sessions(made.folder.parent, json=False)
    output = capsys.readouterr().out
    assert "torn" in output
    assert "session.json" in output
    assert "unreadable" not in output
    # Nothing that would have to write or to train goes on from a guess.
    for refused in (
        lambda: control.resume(made),
        lambda: edit.set_note(made, "x"),
        lambda: origin_of(made),
    ):
        with pytest.raises(SessionError, match=r"session\.json") as caught:
            refused()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("lost", [False, True], ids=["session.json", "no session.json"])
async def test_it_opens_on_the_screen(made: Session, lost: bool) -> None:
    _damage(made)
    if lost:
        (made.folder / "session.json").unlink()
    app = EdgeChaosApp(made.folder.parent, session="torn", quiet=True, diagram=False)
    async with app.run_test(size=(200, 60)) as pilot:
        text = await text_with(pilot, "1 damaged, 1 of a kind")
        assert "epoch 4/9" in text
        assert "interrupted after epoch 4" in text
        assert ("there is no session.json" in text) == lost
        await pilot.press("escape")
        text = await text_with(pilot, "sessions · 1")
        assert "torn" in text
        assert "unreadable" not in text


def test_a_checkpoint_that_does_not_fit_is_no_matter_to_look_at(
    made: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (b"", b"what?", bytes(1000), b"\xff" * 1000):
        made.checkpoint.write_bytes(content)
        assert reading.read(made).problem == ""
        with pytest.raises(SessionError, match="checkpoint cannot be read"):
            origin_of(made)
        assert takeup.read_point(made, made.info(), "i").problem
    write_checkpoint(made, 8)
    assert takeup.read_point(made, made.info(), "i").problem == (
        "it is of epoch 8, and the log ends at epoch 4"
    )
    listing.print_session(made, json=False)
    assert "epoch 4 of 9" in capsys.readouterr().out


async def test_what_happens_now_rings_whatever_the_clocks_say(
    made: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events lie in 1970: this clock was set since, or the machine was suspended."""
    rung: list[str] = []
    app = EdgeChaosApp(made.folder.parent, session="torn", quiet=True, diagram=False)
    monkeypatch.setattr(app, "alert", rung.append)
    async with app.run_test(size=(120, 40)) as pilot:
        await text_with(pilot, "epoch 4/9")
        assert rung == []
        with made.log.open("ab") as file:
            file.write(encode(Finished(t=1010.0, elapsed=9.0, epoch=4)))
        await text_with(pilot, "finished")
        assert rung == ["torn finished after epoch 4"]

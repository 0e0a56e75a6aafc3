"""The retraining of a recorded run: agreement, disagreement, and runs that cannot be judged."""

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from engine.storage import commands
from engine.storage.commands import Set, Stop
from engine.storage.errors import SessionError
from engine.storage.fork import fork
from engine.storage.fork.fork_points import origin_of
from engine.storage.host import host_name
from engine.storage.session import edit
from engine.storage.session.events import Changed, Epoch, Started
from engine.storage.session.session import Session
from engine.verify.recorded_run import Unverifiable
from engine.verify.tolerance import TrainingSite
from tests.support.engine_process import finish, has, log_of, make_session, say, start, wait_for
from tests.support.event_samples import epoch_event, started_event
from tests.support.verification import judged


def why_not(session: Session) -> str:
    with pytest.raises((Unverifiable, SessionError)) as caught:
        judged(session)
    return str(caught.value)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A run whose lr, batch size and λ were changed while it trained, and that was taken up."""
    session = make_session(tmp_path_factory.mktemp("sessions"), "edited", epochs=100_000, lr=0.05)
    for k, values in enumerate([{"lr": 0.03, "batch_size": 20}, {"l2": 1e-4, "momentum": 0.3}]):
        engine = start(session)
        wait_for(session, has(Started, 1 + k))
        wait_for(session, has(Epoch, 3))
        say(session, Set, values=values)
        wait_for(session, has(Epoch, len(_epochs(session)) + 2))
        say(session, Stop)
        finish(engine)
    assert sum(isinstance(event, Changed) for event in log_of(session)) == 2
    return session


def _epochs(session: Session) -> list[Epoch]:
    return [event for event in log_of(session) if isinstance(event, Epoch)]


@pytest.fixture
def copy(edited: Session, tmp_path: Path) -> Session:
    session = Session(tmp_path / "copy")
    shutil.copytree(edited.folder, session.folder)
    return session


def _rewrite(session: Session, number: int, old: str, new: str) -> None:
    """Put `new` for `old` in the line of epoch `number`; in all lines with -1."""
    lines = session.log.read_text().splitlines(keepends=True)
    mark = f'"epoch":{number},"train_loss"'
    changed = [ln.replace(old, new) if number < 0 or mark in ln else ln for ln in lines]
    assert changed != lines
    session.log.write_text("".join(changed))


def test_an_edited_run_that_was_taken_up_agrees_and_is_not_touched(edited: Session) -> None:
    before = {path.name: path.stat() for path in edited.folder.iterdir()}
    edited.folder.chmod(0o500)
    try:
        verdict = judged(edited)
    finally:
        edited.folder.chmod(0o700)
    assert (verdict.agrees, verdict.exact, verdict.differences, verdict.notes) == (
        True,
        True,
        [],
        [],
    )
    assert verdict.through == _epochs(edited)[-1].epoch
    after = {path.name: path.stat() for path in edited.folder.iterdir()}
    assert [(n, s.st_mtime_ns) for n, s in after.items()] == [
        (n, s.st_mtime_ns) for n, s in before.items()
    ]
    assert judged(edited, 1).through == 1


def test_the_last_bit_of_one_metric_is_found(copy: Session) -> None:
    event = _epochs(copy)[2]
    assert event.j is not None
    off = float(f"{event.j:.17g}") * (1 + 2**-51)
    _rewrite(copy, 2, f'"j":{event.j!r}', f'"j":{off!r}')
    verdict = judged(copy)
    assert not verdict.agrees
    assert verdict.first is not None
    assert (verdict.first.epoch, verdict.first.metric) == (2, "j")
    assert (verdict.first.recorded, verdict.first.again) == (off, event.j)
    assert judged(copy, 1).agrees


def test_elsewhere_it_says_what_differs_and_judges_within_a_tolerance(copy: Session) -> None:
    loss = _epochs(copy)[1].test_loss
    assert loss is not None
    _rewrite(copy, -1, f'"host":"{host_name()}"', '"host":"far-away"')
    _rewrite(copy, 1, f'"test_loss":{loss!r}', f'"test_loss":{loss * 1.015!r}')
    verdict = judged(copy)
    assert verdict.differences == [f"machine far-away then, {host_name()} now"]
    assert verdict.agrees
    assert not verdict.exact
    assert verdict.first_inexact is not None
    assert (verdict.first_inexact.epoch, verdict.first_inexact.metric) == (1, "test_loss")
    assert "2 % on train loss, test loss and gain" in verdict.tolerance
    _rewrite(copy, 1, f'"test_loss":{loss * 1.015!r}', f'"test_loss":{loss * 1.025!r}')
    verdict = judged(copy)
    assert not verdict.agrees
    assert verdict.first == verdict.first_inexact


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        ({"threads": 4}, "threads 4 then, 1 now"),
        ({"device": "cuda (H100)"}, "device cuda (H100) then, cpu now"),
        ({"versions": {"torch": "2.6.0"}}, "torch 2.6.0 then, 2.7.1 now"),
        ({"versions": {}}, "torch unknown then, 2.7.1 now"),
        ({"host": "there"}, "machine there then, here now"),
        ({}, None),
    ],
)
def test_each_thing_that_the_last_bits_depend_on_is_named(
    recorded: dict[str, object], says: str | None
) -> None:
    now = TrainingSite("here", "cpu", 1, {"torch": "2.7.1"})
    started = started_event(host="here", device="cpu", threads=1, versions=now.versions)
    differences = now.differences(msgspec.structs.replace(started, **recorded))
    assert differences == ([says] if says else [])


def test_a_value_that_is_missing_in_the_log_disagrees(copy: Session) -> None:
    gain = _epochs(copy)[1].gain
    _rewrite(copy, 1, f'"gain":{gain!r}', '"gain":null')
    verdict = judged(copy, 1)
    assert verdict.first is not None
    assert (verdict.first.metric, verdict.first.recorded, verdict.first.again) == (
        "gain",
        None,
        gain,
    )


def test_a_damaged_line_is_passed_over_and_told_of(copy: Session) -> None:
    lines = copy.log.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"epoch":1,"train_loss"' in line)
    lines[number] = lines[number][:40] + b"\n"
    copy.log.write_bytes(b"".join(lines))
    verdict = judged(copy)
    assert verdict.agrees
    assert verdict.notes == [
        "1 epoch has no line in the log",
        "1 damaged line of the log was skipped",
    ]


def test_beside_a_living_engine_it_compares_what_is_there(sessions_root: Path) -> None:
    session = make_session(sessions_root, epochs=100_000)
    engine = start(session)
    try:
        wait_for(session, has(Epoch, 3))
        verdict = judged(session)
        assert verdict.agrees
        assert verdict.through >= 2
    finally:
        say(session, Stop)
        finish(engine)


def test_a_diverged_run_agrees_up_to_there(sessions_root: Path) -> None:
    session = make_session(sessions_root, lr=100.0, l2=1.0)
    finish(start(session))
    assert judged(session).agrees
    # A log that has an epoch where training again diverges: it disagrees there.
    last = _epochs(session)[-1]
    values = {name: getattr(last, name) for name in ("lr", "momentum", "batch_size", "l2")}
    made_up = epoch_event(last.epoch + 1, **values)
    with session.log.open("ab") as file:
        file.write(msgspec.json.encode(made_up) + b"\n")
    verdict = judged(session)
    assert verdict.first is not None
    assert (verdict.first.epoch, verdict.first.metric) == (last.epoch + 1, "train_loss")


def test_what_cannot_be_judged_is_said_in_a_sentence(copy: Session, tmp_path: Path) -> None:
    empty = make_session(tmp_path, "empty")
    assert why_not(empty) == "empty: there is no epoch in its log to compare with"
    assert "no session.json" in why_not(Session(tmp_path / "none"))
    log_text = copy.log.read_text()
    _rewrite(copy, -1, '"dataset_checksum":"', '"dataset_checksum":"0')
    assert "the data are not those this run began with" in why_not(copy)
    copy.log.write_text(log_text)
    os.truncate(copy.folder / "session.json", 20)
    assert "session.json is damaged" in why_not(copy)
    assert not list(tmp_path.glob("**/.*"))
    assert commands.CommandReader(copy.commands).read()


def test_a_fork_is_trained_again_from_the_first_epoch_of_its_lineage(tmp_path: Path) -> None:
    parent = make_session(tmp_path, "parent", epochs=4, snapshot_every=2)
    assert finish(start(parent)) == (0, "")
    child = fork.fork(origin_of(parent, 2), {"lr": 0.05, "epochs": 5}, "child")
    assert finish(start(child)) == (0, "")
    grandchild = fork.fork(origin_of(child, 4), {"batch_size": 20}, "grandchild")
    assert finish(start(grandchild)) == (0, "")
    for session, last in ((child, 5), (grandchild, 5)):
        verdict = judged(session)
        assert (verdict.agrees, verdict.exact, verdict.through, verdict.notes) == (
            True,
            True,
            last,
            [],
        )
    edit.rename(parent, "elsewhere")
    assert "before its fork from child are missing" in why_not(grandchild)
    assert "some epochs before its fork from parent are missing" in why_not(child)

"""The state of a fork: its parents' epochs and its own, as one run."""

import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgechaos_tui.export.sessions import read_epochs
from edgechaos_tui.presentation.compare.comparison import read_members
from edgechaos_tui.presentation.library.facts import Gatherer
from edgechaos_tui.presentation.run.playback import Playback
from edgechaos_tui.presentation.run.state import Edit, RunState, read_state
from edgechaos_tui.presentation.run.watch import Watch
from engine.storage.fork.lineage import LineageReader
from engine.storage.hyperparameters import build
from engine.storage.session.events import Changed, Epoch, Finished, LoggedEvent
from engine.storage.session.info import Parent
from engine.storage.session.session import Session, create
from engine.storage.session.status import Status
from tests.support.event_samples import epoch_event
from tests.support.fork_family import write_fork, write_log, write_run
from tests.support.library_facts import any_run, facts, position_after


@pytest.fixture
def parent(sessions_root: Path) -> Session:
    return write_run(sessions_root, "parent", 8)


@pytest.fixture
def child(parent: Session) -> Session:
    return write_fork(parent, "child", 5, 9)


def _forked(
    root: Path, theirs: list[LoggedEvent], own: list[LoggedEvent], at: int
) -> tuple[Session, list[LoggedEvent]]:
    """A fork at the `at`-th of the epochs that count in `theirs`, and the events for its log."""
    parent = create(root, build({}), "parent")
    write_log(parent, theirs)
    state = read_state(parent)
    begins = epoch_event(0)
    for event in theirs:
        if isinstance(event, Epoch) and event.epoch == at % max(len(state.metric("epoch")), 1):
            begins = event
    parent_entry = Parent(id=parent.info().id, name="parent", epoch=begins.epoch)
    child = create(root, build({"lr": 0.05}), "child", parent_entry)
    edit = Changed(
        t=begins.t, elapsed=begins.elapsed, epoch=begins.epoch + 1,
        values={"lr": 0.05}, previous={"lr": begins.lr},
    )  # fmt: skip
    shifted = [
        msgspec.structs.replace(event, epoch=event.epoch + begins.epoch)
        if isinstance(event, Epoch)
        else event
        for event in own
    ]
    return child, [begins, edit, *shifted]


@settings(max_examples=40)
@given(
    theirs=any_run,
    own=any_run,
    at=st.integers(0, 9),
    limits=st.lists(st.integers(20, 900), min_size=1, max_size=4),
)
def test_live_replayed_and_read_whole_give_the_same_state_at_each_epoch(
    theirs: list[LoggedEvent], own: list[LoggedEvent], at: int, limits: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        child, log = _forked(Path(folder) / "sessions", theirs, own, at)
        write_log(child, log[:1])
        watch = Watch(child)
        playback = Playback(watch.start)
        for turn, event in enumerate(log[1:]):
            playback.take(watch.look(limits[turn % len(limits)]).events)
            write_log(child, [event])
        while watch.changed:
            playback.take(watch.look(limits[0]).events)
        whole = facts(read_state(child))
        assert facts(playback.state) == whole
        happened = list(LineageReader(child, child.info()).read_all())
        for epoch in playback.whole.metric("epoch").astype(int).tolist()[:-1]:
            playback.seek(epoch)
            state = RunState(watch.start)
            state.apply_all(happened[: position_after(happened, epoch)])
            assert facts(playback.state) == facts(state)
        playback.end()
        assert facts(playback.state) == whole


def test_curves_edits_and_hyperparameters_go_through_the_fork(child: Session) -> None:
    state = read_state(child)
    assert state.metric("epoch").tolist() == list(range(10))
    assert state.edits == [
        Edit(2, "lr 0.02 → 0.03", True),
        Edit(6, "fork of parent at epoch 5"),
        Edit(6, "lr 0.03 → 0.05", True),
    ]  # fmt: skip
    lrs = [state.as_of(k).summary.hyperparameters.lr for k in (0, 1, 2, 5, 6, 9)]
    assert lrs == [0.02, 0.02, 0.03, 0.03, 0.05, 0.05]
    # Of the law too: the last stretch of one setting is the fork's own.
    assert state.law.tau == pytest.approx(sum((0.02, *[0.03] * 4, *[0.05] * 4)) / 16)


def test_the_end_of_the_parent_is_not_the_fork_s(parent: Session, child: Session) -> None:
    watch = Watch(child)
    sight = watch.look()
    while sight.behind:
        sight = watch.look()
    # Its engine is gone without a word; the parent's `finished` says nothing of it.
    assert sight.status in (Status.INTERRUPTED, Status.ELSEWHERE)
    assert not any(isinstance(event, Finished) for event in sight.events)


def test_the_comparison_has_the_lineage_and_the_library_and_tables_the_own_log(
    parent: Session, child: Session
) -> None:
    members = read_members([parent, child])
    first, second = (member.state.metric("test_loss").tolist() for member in members)
    assert first[:6] == second[:6]
    assert len(second) == 10
    watch = Watch(child, ancestors=False)
    gatherer = Gatherer(watch.info)
    gatherer.take(watch.look().events)
    assert gatherer.facts(watch.summary).epochs_done == 9
    assert len(gatherer.facts(watch.summary).loss_curve) == 5
    assert [event.epoch for event in read_epochs(child)] == [5, 6, 7, 8, 9]


def test_a_parent_that_is_gone_is_told_in_the_events(parent: Session, child: Session) -> None:
    shutil.rmtree(parent.folder)
    state = read_state(child)
    assert state.metric("epoch").tolist() == [5, 6, 7, 8, 9]
    words = [line.words for line in state.events]
    assert words[0] == (
        "fork of parent at epoch 5; that session is missing or changed, so its epochs are not shown"
    )
    assert state.edits[0] == Edit(6, "fork of parent at epoch 5")

"""Forks without an edit of their parent, and the sentences where there can be none."""

from pathlib import Path

import msgspec
import pytest

from engine.storage.errors import SessionError
from engine.storage.fork import snapshots
from engine.storage.fork.counterfactual import Counterfactual, counterfactual_of
from engine.storage.hyperparameters import Value, build
from engine.storage.session.events import Changed
from engine.storage.session.info import Parent, PlannedEdit, UndoneEdit, write_info
from engine.storage.session.session import Session, create, reference_sessions
from tests.support.event_samples import epoch_event, started_event
from tests.support.fork_family import epochs_in, write_fork, write_header, write_log
from tests.support.recorded_runs import record


def _changed(epoch: int, by: str = "", **values: float) -> Changed:
    previous: dict[str, float] = dict.fromkeys(values, 0.02)
    times = {"t": 999.0 + epoch, "elapsed": epoch - 1.0}
    return Changed(**times, epoch=epoch, values=dict(values), previous=previous, by=by)


def _write(root: Path, name: str, last: int, *edits: Changed, **given: Value) -> Session:
    """A run of `last` epochs in which λ is 1e-5 and, as edits say, what they change."""
    session = create(root, build({"l2": 1e-5, **given}), name)
    write_log(session, [started_event()])
    values: dict[str, float] = {}
    for k in range(last + 1):
        here = [edit for edit in edits if edit.epoch == k]
        for edit in here:
            values |= edit.values
        write_log(session, [*here, epoch_event(k, **{"l2": 1e-5, **values}, test_loss=1 / (k + 2))])
    return session


def _keep(session: Session, *epochs: int) -> None:
    for event in epochs_in(session):
        if event.epoch in epochs:
            write_header(session, event, snapshots.path_of(session, event.epoch))


def _refusal(session: Session, epoch: int) -> str:
    with pytest.raises(SessionError) as refused:
        counterfactual_of(session, epoch)
    return str(refused.value)


def _edits(counterfactual: Counterfactual) -> list[tuple[int, dict[str, float]]]:
    return [(edit.epoch, edit.values) for edit in counterfactual.edits]


def test_it_begins_before_the_edit_with_the_old_values_and_repeats_the_later_edits(
    sessions_root: Path,
) -> None:
    run = _write(
        sessions_root, "run", 9, _changed(3, lr=0.04), _changed(5, l2=2e-5, lr=0.05),
        _changed(5, "hold_j2", l2=3e-5), _changed(7, epochs=20), _changed(8, batch_size=64),
    )  # fmt: skip
    _keep(run, 2)
    counterfactual = counterfactual_of(run, 3)
    hyperparameters = counterfactual.origin.hyperparameters
    assert (
        counterfactual.origin.epoch,
        hyperparameters.lr,
        hyperparameters.l2,
        hyperparameters.epochs,
    ) == (2, 0.02, 1e-5, 9)
    assert (counterfactual.edit.values, counterfactual.edit.previous) == (
        {"lr": 0.04},
        {"lr": 0.02},
    )
    assert _edits(counterfactual) == [(5, {"l2": 2e-5}), (8, {"batch_size": 64})]
    assert counterfactual.left_out == ("lr",)
    assert counterfactual.undoes == UndoneEdit(session=run.info().id, epoch=3)


def test_what_one_boundary_put_in_force_is_one_edit(sessions_root: Path) -> None:
    run = _write(sessions_root, "run", 6, _changed(3, lr=0.04), _changed(3, momentum=0.9))
    _keep(run, 2)
    counterfactual = counterfactual_of(run, 3)
    assert counterfactual.edit.values == {"lr": 0.04, "momentum": 0.9}
    assert counterfactual.origin.hyperparameters.momentum == 0.5


def test_holding_that_an_edit_began_is_undone_with_it(sessions_root: Path) -> None:
    run = _write(
        sessions_root, "run", 6, _changed(3, hold_j2=1.0), _changed(3, "hold_j2", l2=7e-5),
        _changed(4, "hold_j2", l2=8e-5),
    )  # fmt: skip
    _keep(run, 2)
    counterfactual = counterfactual_of(run, 3)
    hyperparameters = counterfactual.origin.hyperparameters
    assert (hyperparameters.hold_j2, hyperparameters.l2, counterfactual.edits) == (0, 1e-5, ())


def test_refusals_are_sentences(sessions_root: Path) -> None:
    run = _write(sessions_root, "run", 6, _changed(3, lr=0.04), _changed(5, snapshot_every=2))
    assert _refusal(run, 4) == "run has no edit at epoch 4; its edit is in force from epoch 3 on"
    assert "at epoch 5 does not affect its results" in _refusal(run, 5)
    assert _refusal(run, 3).startswith(
        "the edit at epoch 3 cannot be undone: run has no checkpoint to fork from"
    )
    _keep(run, 4)
    assert _refusal(run, 3) == (
        "the edit at epoch 3 cannot be undone: nothing is kept of epoch 2 of run; "
        "it can be forked at epoch 4"
    )
    early = _write(sessions_root, "early", 2)
    write_log(early, [_changed(3, lr=0.04)])
    assert _refusal(early, 3) == (
        "early has trained 2 epochs, and the edit is in force from epoch 3 on: without it the run "
        "is the same so far"
    )
    plain = _write(sessions_root, "plain", 2)
    assert _refusal(plain, 1) == "plain has no edit at epoch 1; it was never edited"
    assert "is a reference session" in _refusal(reference_sessions()[0], 3)


def test_a_session_without_checkpoints_says_so(sessions_root: Path) -> None:
    assert "record-1 has no checkpoint to fork from" in _refusal(
        record(sessions_root, "record-1"), 20
    )


def test_an_edit_of_a_parent_is_undone_in_the_parent_and_the_fork_s_edits_follow(
    sessions_root: Path,
) -> None:
    parent = _write(sessions_root, "parent", 9, _changed(3, lr=0.04), _changed(8, momentum=0.9))
    _keep(parent, 2)
    child = write_fork(parent, "child", 5, 8, lr=0.04, l2=1e-5)
    write_log(child, [_changed(9, batch_size=64), epoch_event(9, batch_size=64, lr=0.04)])
    counterfactual = counterfactual_of(child, 3)
    assert (counterfactual.origin.session.name, counterfactual.origin.epoch) == ("parent", 2)
    # Not the parent's edit at 8, which the fork never saw.
    assert _edits(counterfactual) == [(9, {"batch_size": 64})]
    assert counterfactual.undoes.session == child.info().id
    assert _refusal(child, 6) == (
        "at epoch 6 child begins as a fork of parent, which is the run without that change: "
        "`edgechaos-tui compare parent child`"
    )


def test_a_twin_is_not_undone_through_its_disturbance(sessions_root: Path) -> None:
    parent = _write(sessions_root, "parent", 9, _changed(3, lr=0.04))
    _keep(parent, 2)
    twin = write_fork(parent, "twin", 5, 8, lr=0.04, l2=1e-5)
    info = twin.info()
    link = Parent(id=parent.info().id, name="parent", epoch=5, epsilon=1e-6)
    write_info(twin.folder, msgspec.structs.replace(info, parent=link))
    assert "twin was disturbed as a twin after that edit of parent" in _refusal(twin, 3)


def test_a_fork_that_repeats_edits_says_so_in_its_session_json(sessions_root: Path) -> None:
    edits = (PlannedEdit(epoch=5, values={"lr": 0.1}),)
    link = Parent(id="p", name="p", epoch=2, edits=edits, undoes=UndoneEdit(session="p", epoch=3))
    forked = create(sessions_root, build({}), "made", link)
    assert forked.info().parent == link

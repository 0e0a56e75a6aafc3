from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgechaos_tui.presentation.run.analysis.law_report import run_advice
from edgechaos_tui.presentation.run.state import RunState, read_state
from edgechaos_tui.presentation.run.summary import Best, Summary
from edgechaos_tui.presentation.run.watch import Watch
from engine.recorder import record as engine_record
from engine.storage.hyperparameters import build
from engine.storage.session import session
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Changed, LoggedEvent, Rewound
from engine.storage.step_size import step_size_ratio
from tests.support.event_samples import any_event, epoch_event
from tests.support.library_facts import any_run, facts, position_after


def _state(happened: list[LoggedEvent]) -> RunState:
    state = RunState(build({}))
    for event in happened:
        state.apply(event)
    return state


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    happened=st.lists(any_event | st.builds(epoch_event, st.integers(0, 9)), max_size=12),
    limits=st.lists(st.integers(20, 600), min_size=1, max_size=5),
)
def test_a_log_read_in_any_batches_gives_the_same_state(
    tmp_path: Path, happened: list[LoggedEvent], limits: list[int]
) -> None:
    new_session = session.create(tmp_path / "sessions", build({}))
    writer = LogWriter(new_session.log)
    watch, live = Watch(new_session), RunState(new_session.info().hyperparameters)
    for turn, event in enumerate(happened):
        writer.append(event)
        live.apply_all(watch.look(limits[turn % len(limits)]).events)
    while watch.changed:
        live.apply_all(watch.look(limits[0]).events)
    writer.close()
    assert facts(live) == facts(_state(happened))


@settings(max_examples=60)
@given(happened=any_run)
def test_the_state_as_of_an_epoch_is_what_was_read_up_to_it(happened: list[LoggedEvent]) -> None:
    whole = _state(happened)
    said_before = facts(whole)
    for epoch in whole.metric("epoch").astype(int).tolist():
        read = position_after(happened, epoch)
        then = whole.as_of(epoch)
        assert facts(then) == facts(_state(happened[:read]))
        for event in happened[read:]:
            then.apply(event)
        assert facts(then) == said_before
    assert facts(whole) == said_before


def test_before_the_first_epoch_there_is_no_state() -> None:
    with pytest.raises(ValueError, match="no epoch up to 3 is recorded"):
        _state([epoch_event(4)]).as_of(3)


def test_the_horizon_is_that_of_the_whole_run() -> None:
    more = Changed(t=1.0, elapsed=1.0, epoch=2, values={"epochs": 300}, previous={"epochs": 100})
    state = _state([epoch_event(0), epoch_event(1), more, epoch_event(2)])
    assert state.as_of(1).horizon == state.horizon == 300
    assert state.as_of(1).summary.hyperparameters.epochs == 100


def test_best_crossing_and_last_follow_a_rewind() -> None:
    losses = [0.9, 0.5, 0.6, 0.3, 0.4]
    happened: list[LoggedEvent] = [
        epoch_event(k, test_loss=loss, edge_distance=-0.4 + 0.2 * k)
        for k, loss in enumerate(losses)
    ]
    state = _state(happened)
    assert state.summary.test_loss.best == Best(3, 0.3)
    assert state.best_index == 3
    assert state.summary.crossed == 2
    state.apply(Rewound(t=1.0, elapsed=1.0, epoch=1, reason="other results"))
    assert state.summary.test_loss.best == Best(1, 0.5)
    assert state.summary.crossed is None
    assert state.metric("test_loss").tolist() == [0.9, 0.5]
    state.apply(epoch_event(2, test_loss=0.2))
    assert state.summary.test_loss.best == Best(2, 0.2)
    assert state.metric("epoch").tolist() == [0, 1, 2]


def test_an_epoch_that_stands_twice_counts_once() -> None:
    state = _state([epoch_event(0), epoch_event(1), epoch_event(1, test_loss=0.0)])
    assert state.metric("epoch").tolist() == [0, 1]
    assert state.summary.test_loss.best == Best(0, 0.6)


def test_edits_are_in_force_and_told() -> None:
    change = Changed(t=1.0, elapsed=1.0, epoch=4, values={"lr": 0.05}, previous={"lr": 0.02})
    state = _state([change])
    assert state.summary.hyperparameters.lr == 0.05
    assert state.edits[0].words == "lr 0.02 → 0.05"
    assert state.edits[0].epoch == 4


@pytest.mark.parametrize("values", [{"lr": -5.0}, {"batch_size": 0}, {"momentum": 2.0}])
def test_an_impossible_change_in_a_log_changes_nothing(values: dict[str, float]) -> None:
    summary = Summary(build({}))
    summary.apply(Changed(t=1.0, elapsed=1.0, epoch=1, values=values, previous={}))
    assert summary.hyperparameters == build({})


def test_not_measured_is_a_gap_and_not_finite_is_kept() -> None:
    state = _state([epoch_event(0, train_loss=None), epoch_event(1, train_loss=float("inf"))])
    values = state.metric("train_loss")
    assert np.isnan(values[0])
    assert np.isinf(values[1])
    assert state.columns["train_loss"].not_finite == 1


def test_a_long_run_is_fitted_at_some_epochs_and_no_edit_between_them_is_lost() -> None:
    lrs = [0.02 if epoch < 4105 else 0.08 for epoch in range(4201)]
    state = _state([epoch_event(epoch, lr=lr) for epoch, lr in enumerate(lrs)])
    tau = state.law.tau
    whole = sum(step_size_ratio(lr, 0.5, 32, 60_000) for lr in lrs[1:])
    assert tau == pytest.approx(whole, rel=1e-9)
    assert len(state.metric("epoch")) == 4201
    assert len(state.law._rows) < 4040


def test_a_law_that_passes_epochs_over_stands_at_each_as_it_was_read_then() -> None:
    happened = [epoch_event(e, lr=(0.02, 0.04, 0.08)[e // 3 % 3]) for e in range(3_990, 4_040)]
    whole = _state(list(happened))
    for read in range(1, len(happened) + 1):
        assert facts(whole.as_of(happened[read - 1].epoch)) == facts(_state([*happened[:read]]))


def test_the_slope_of_a_long_run_is_that_of_all_its_epochs() -> None:
    # J² starts too fast and ends above its average, as on real data: no straight line.
    share = np.arange(5801) / 5800
    j = np.sqrt(0.25 + 0.74 * (0.8 * share + 0.1 * np.sqrt(share) + 0.1 * share**4))
    state = _state([epoch_event(e, j=float(j[e]), edge_distance=j[e] - 1) for e in range(5801)])
    fit = state.law.fit()
    assert fit is not None
    assert len(state.law._rows) < 4200
    every = np.polyfit(np.arange(5801), j**2, 1)[0]
    assert fit.slope == pytest.approx(every, rel=1e-3)
    # What it would be with the epochs after 4,000 counted a tenth of what they are.
    some = np.r_[0:4001, 4010:5801:10]
    assert abs(np.polyfit(some, j[some] ** 2, 1)[0] / every - 1) > 0.01


def test_a_record_that_begins_late_is_fitted_from_three_of_its_epochs_on() -> None:
    state = _state([epoch_event(e, j=0.6 + 1e-5 * e) for e in range(5000, 5020)])
    assert state.law.fit() is None
    state.apply_all([epoch_event(e, j=0.6 + 1e-5 * e) for e in range(5020, 5031)])
    fit = state.law.fit()
    assert fit is not None
    assert fit.points == 4


def test_an_edit_after_the_crossing_leaves_the_slope_before_it_as_it_was() -> None:
    j2 = [0.25 + 0.05 * epoch for epoch in range(20)]
    happened = [epoch_event(e, j=y**0.5, edge_distance=y**0.5 - 1) for e, y in enumerate(j2)]
    state = _state([*happened])
    before = state.law.fit()
    assert before is not None
    assert before.slope == pytest.approx(0.05)
    assert before.last == 14
    state.apply_all([epoch_event(20 + k, j=1.1, lr=0.002) for k in range(5)])
    after = state.law.fit()
    assert after is not None
    assert (after.slope, after.c) == (before.slope, before.c)


def test_a_recorded_run_has_the_learning_rate_of_each_step_and_no_law_over_steps(
    tmp_path: Path,
) -> None:
    config = {"lr": 0.1, "momentum": 0.9, "batch_size": 64, "train_size": 60_000}
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    with engine_record("scheduled", config, sessions=tmp_path) as run:
        run.tune(optimizer)
        for step in range(6):
            optimizer.param_groups[0]["lr"] = 0.1 / (step + 1)
            run.log(step=step, train_loss=1.0, j=0.5)
    state = read_state(session.Session(tmp_path / "scheduled"))
    rates = [state.as_of(step).summary.last for step in range(6)]
    assert [epoch.lr for epoch in rates if epoch] == [0.1 / (step + 1) for step in range(6)]
    assert [epoch.batch_size for epoch in rates if epoch] == [64] * 6
    assert state.law.forecast().fit is None, "τ counts epochs: steps are none"
    assert run_advice(state).text.endswith("they count epochs, and this run counts steps.")

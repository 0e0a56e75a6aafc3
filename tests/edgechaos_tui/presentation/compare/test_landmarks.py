import pytest

from edgechaos_tui.presentation.compare.comparison import Axis, Member
from edgechaos_tui.presentation.compare.landmarks import as_of, next_stop, stops
from edgechaos_tui.presentation.compare.results import results_of
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from engine.storage.session.events import Changed
from tests.support.comparisons import epochs_of, member, straight


def _edited(epochs: int, at: int) -> Member:
    """A run whose λ becomes 1e-5 from epoch `at` on."""
    start = build({"epochs": epochs})
    state = RunState(start)
    for event in epochs_of(straight(epochs)):
        if event.epoch == at:
            state.apply(
                Changed(
                    t=event.t, elapsed=event.elapsed, epoch=at, values={"l2": 1e-5},
                    previous={"l2": 0.0},
                )
            )  # fmt: skip
        state.apply(event)
    return Member("edited", start, state)


def test_results_and_hyperparameters_are_those_known_at_the_place() -> None:
    runs = [_edited(60, 20), member("short", straight(10))]
    then = as_of(runs, "epoch", 15.0)
    assert results_of(then[0].state).epochs_done == 15
    assert results_of(then[0].state).best_test_loss_epoch == 15
    assert then[0].state.summary.hyperparameters.l2 == 0
    assert results_of(then[1].state) == results_of(runs[1].state)
    assert as_of(runs, "epoch", 25.0)[0].state.summary.hyperparameters.l2 == 1e-5
    assert as_of(runs, "epoch", None) == runs


def test_on_rescaled_time_each_run_is_at_an_epoch_of_its_own() -> None:
    runs = [member("slow", straight(40), lr=0.01), member("fast", straight(20), lr=0.02)]
    tau = float(runs[0].state.metric("tau")[30])
    then = as_of(runs, "tau", tau)
    assert [m.state.summary.epochs_done for m in then] == [30, 15]


def test_a_run_without_a_place_on_the_axis_has_no_results_there() -> None:
    adam = member("adam", straight(5), optimizer="adam", momentum=0.0)
    then = as_of([adam, member("sgd", straight(5))], "tau", 0.001)
    assert results_of(then[0].state).epochs_done is None


@pytest.mark.parametrize("axis", ["epoch", "tau", "time"])
def test_jumps_go_from_run_to_run_and_round_again(axis: Axis) -> None:
    runs = [member("fast", straight(60, 0.05)), member("slow", straight(60, 0.02))]
    first = next_stop(runs, axis, "edge", None, 1)
    assert first is not None
    assert (first.index, first.epoch) == (0, 15)
    second = next_stop(runs, axis, "edge", first.place, 1)
    assert second is not None
    assert (second.index, second.epoch) == (1, 38)
    assert next_stop(runs, axis, "edge", second.place, 1) == first
    assert next_stop(runs, axis, "edge", second.place, -1) == first


def test_edits_of_all_runs_are_stops_and_there_may_be_none() -> None:
    runs = [_edited(60, 20), _edited(60, 12)]
    assert [(stop.index, stop.epoch) for stop in stops(runs, "epoch", "edit")] == [(1, 12), (0, 20)]
    assert next_stop([member("a", straight(5))], "epoch", "edit", 2.0, 1) is None

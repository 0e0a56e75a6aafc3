import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgechaos_tui.presentation.compare import comparison
from edgechaos_tui.presentation.compare.comparison import AXES, Axis, Member
from edgechaos_tui.presentation.compare.results import (
    groups,
    results_of,
    results_of_all,
    spreads,
)
from edgechaos_tui.presentation.compare.table import collapse_words, table_of
from edgechaos_tui.presentation.run.state import RunState
from engine.recorder import record
from engine.storage.errors import SessionError
from engine.storage.hyperparameters import build
from engine.storage.session.events import RECORDED_FORMAT, Changed, Logged
from engine.storage.session.recorded import from_config
from engine.storage.session.recorded_epochs import EpochTranslator
from engine.storage.session.session import Session
from tests.support.comparisons import append, member, recorded_member, straight, written
from tests.support.event_samples import epoch_event, started_event
from tests.support.own_loops import by_steps

axes = st.sampled_from(AXES)
odd_numbers = st.none() | st.floats(0, 10) | st.sampled_from([math.nan, math.inf])


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    """Runs of any lengths, places and gaps."""
    members = []
    for index in range(draw(st.integers(2, 4))):
        start = build({"lr": draw(st.sampled_from((0.01, 0.02)))})
        state = RunState(start)
        for k in range(draw(st.integers(0, 12))):
            state.apply(epoch_event(
                k, tau=draw(odd_numbers), elapsed=draw(st.floats(0, 100)),
                j=draw(odd_numbers), test_loss=draw(odd_numbers),
            ))  # fmt: skip
        members.append(Member(f"run-{index}", start, state))
    return members


@given(members(), axes)
def test_every_axis_rises_and_holds_only_places(runs: list[Member], axis: Axis) -> None:
    for run in runs:
        x, y = comparison.curve(run.state, axis, "test_loss")
        assert x.shape == y.shape
        assert np.isfinite(x).all()
        assert (np.diff(x) >= 0).all()


@given(members(), axes, st.floats(0, 120))
def test_a_reading_is_the_last_epoch_at_or_before_the_place(
    runs: list[Member], axis: Axis, place: float
) -> None:
    for run in runs:
        row = comparison.row_at(run.state, axis, place)
        x = comparison.axis_values(run.state, axis)
        if row is None:
            reached = x[np.isfinite(x)]
            assert not len(reached) or place > reached.max() or place < reached.min()
        else:
            assert x[row] <= place * (1 + 1e-6) + 1e-6
            assert not (x[row + 1 :] < place * (1 - 1e-6) - 1e-6).any()


@given(members(), axes, st.lists(st.sampled_from((-10, -1, 1, 10)), max_size=8))
def test_the_cursor_stays_on_places_and_comes_back(
    runs: list[Member], axis: Axis, steps: list[int]
) -> None:
    places = comparison.curve(runs[comparison.leader(runs, axis)].state, axis, "epoch")[0]
    place = None
    for step in steps:
        place = comparison.moved(runs, axis, place, step)
        assert place is None or place in places
    assert comparison.moved(runs, axis, place, 10**6) is None


@given(members(), axes)
def test_the_whole_table_can_be_made_of_anything(runs: list[Member], axis: Axis) -> None:
    table = table_of(runs, reference=0, every=True)
    assert all(len(row.cells) == len(runs) for row in table.rows)
    result = comparison.collapse_of(runs, axis)
    assert result is None or result.low < result.high


def test_equal_tau_of_different_sums_is_one_place() -> None:
    """0.1 + 0.2 is not 0.3: the same place reached by other steps must be read all the same."""
    slow, fast = member("slow", straight(30), lr=0.01), member("fast", straight(15), lr=0.02)
    place = 7 * 0.02 / (0.5 * 32)
    assert comparison.row_at(slow.state, "tau", place) == 14
    assert comparison.row_at(fast.state, "tau", place) == 7


def test_real_runs_coincide_in_tau_and_not_in_epochs() -> None:
    """Recorded J² of real Fashion-MNIST, 0.0031 and 0.00125 of τ an epoch."""
    slow, fast = recorded_member("main"), recorded_member("lr0.1")
    in_tau = comparison.collapse_of([slow, fast], "tau")
    in_epochs = comparison.collapse_of([slow, fast], "epoch")
    assert in_tau is not None
    assert in_epochs is not None
    assert in_tau.spread <= 0.05
    assert in_epochs.spread >= 0.2
    assert in_tau.high == pytest.approx(0.066, rel=0.05)
    assert in_epochs.high == pytest.approx(21, abs=1)


def test_real_runs_of_one_pace_coincide_in_both() -> None:
    runs = [recorded_member("main"), recorded_member("b8")]
    for axis in ("tau", "epoch"):
        result = comparison.collapse_of(runs, axis)
        assert result is not None
        assert result.spread <= 0.05


def test_adam_has_no_tau_and_is_told() -> None:
    runs = [member("a", straight(9)), member("b", straight(9), optimizer="adam", momentum=0.0)]
    assert comparison.lacks_axis(runs[1], "tau") == "b has no τ: the law is for SGD"
    assert comparison.collapse_of(runs, "tau") is None
    assert "τ none (b has no τ: the law is for SGD)" in collapse_words(runs)
    assert comparison.value_at(runs[1].state, "tau", "test_loss", 0.001) is None


def test_the_table_shows_only_what_differs_and_marks_the_best() -> None:
    runs = [member("a", straight(60)), member("b", straight(60, 0.0068), lr=0.01)]
    table = table_of(runs, reference=0)
    rows = {row.label.strip(): row for row in table.rows}
    assert table.rows[0].label == "lr"
    assert rows["lr"].cells == ("0.02", "0.01")
    assert "momentum" not in rows
    assert "momentum" in {row.label for row in table_of(runs, every=True).rows}
    assert rows["best test loss"].cells[0] == "0.340 @51"
    assert rows["best test loss"].best == {0}
    assert rows["best test loss"].cells[1].endswith("(+0.0058)")
    assert rows["edge at epoch"].cells == ("55", "–")
    assert rows["slope A of J²"].cells[0].startswith("0.0137 ±")
    assert rows["over epochs"].cells == ("0–54", "0–60")
    assert table.names == ("a (ref)", "b")


def test_an_edit_is_part_of_the_setting() -> None:
    edited, plain = member("a", straight(4)), member("b", straight(4))
    change = Changed(t=1, elapsed=1, epoch=3, values={"lr": 0.03}, previous={"lr": 0.02})
    edited.state.apply(change)
    row = next(row for row in table_of([edited, plain]).rows if row.label == "lr")
    assert row.cells == ("0.02 → 0.03", "0.02")
    assert groups([edited, plain]) == []


def test_seeds_whose_j2_is_held_are_of_one_setting_whatever_lambda_holds_it() -> None:
    runs = [member(f"s{seed}", straight(9), seed=seed, hold_j2=1.0) for seed in (0, 1)]
    for run, l2 in zip(runs, (7e-5, 8e-5), strict=True):
        times = {"t": 2e3, "elapsed": 20.0}
        run.state.apply(
            Changed(**times, epoch=10, values={"l2": l2}, previous={"l2": 0.0}, by="hold_j2")
        )
    assert groups(runs) == [[0, 1]]


def test_seeds_of_one_setting_have_mean_and_spread() -> None:
    runs = [member(f"s{seed}", straight(60, 0.0137 + 0.001 * seed), seed=seed) for seed in (0, 1)]
    runs.append(member("other", straight(60), lr=0.01))
    assert groups(runs) == [[0, 1]]
    result = spreads([results_of(runs[i].state) for i in (0, 1)])["edge_epoch"]
    assert (result.mean, result.count) == (53.5, 2)
    assert result.deviation == pytest.approx(math.sqrt(4.5))
    assert "2 runs of one setting (s0, s1)" in table_of(runs).notes[0]


def test_c_is_compared_over_the_j2_that_all_runs_went_through() -> None:
    bent = [0.25 + 0.005 * n + 0.0002 * n * n for n in range(60)]
    whole, part = member("whole", bent), member("part", bent[:30])
    shrinking = member("shrinking", [0.25 - 0.001 * n for n in range(60)], l2=1e-4)
    first, second, third = results_of_all([whole, part, shrinking])
    # Each by itself is an average over its own way, and the ways differ.
    assert first.c != pytest.approx(second.c, rel=0.05)
    assert first.c_shared == pytest.approx(second.c_shared)
    assert first.c_shared_low == 0.25
    assert first.c_shared_high == pytest.approx(0.95 * bent[29])
    assert third.c_shared is None
    labels = [row.label for row in table_of([whole, part, shrinking]).rows]
    assert "c, J² .25–.54" in labels
    assert "c of these" in [row.label for row in table_of([whole, shrinking]).rows]


def test_reading_names_what_is_wrong(tmp_path: Path) -> None:
    one, two = written(tmp_path, "one", 3), written(tmp_path, "two", 3)
    (two.folder / "session.json").write_text("{")
    with pytest.raises(SessionError, match=r"two: session\.json is damaged"):
        comparison.read_members([one, two])
    with pytest.raises(SessionError, match="2 to 8 sessions can be compared, not 1"):
        comparison.read_members([one])
    with pytest.raises(SessionError, match="one is named twice"):
        comparison.read_members([one, one])
    three = written(tmp_path, "three", 3)
    append(three, epoch_event(4))
    with three.log.open("ab") as log:
        log.write(b'{"type":"started","schema":99}\n')
    with pytest.raises(SessionError, match="three: this log was written in format 99"):
        comparison.read_members([one, three])


def _own(name: str, rows: list[tuple[int | None, float | None]]) -> Member:
    """A recorded run that logged these steps and epochs, with a loss and a metric of its own."""
    start = from_config({})
    state, translator = RunState(start), EpochTranslator()
    logged = [
        Logged(t=1000.0 + k, elapsed=float(k), metrics={"loss": 1 / (k + 1)}, step=s, epoch=e)
        for k, (s, e) in enumerate(rows)
    ]
    started = started_event(schema=RECORDED_FORMAT)
    state.apply_all(translator.translate([started, *logged]))
    return Member(name, start, state)


def test_runs_by_steps_and_by_epochs_meet_on_the_axis_that_both_have() -> None:
    steps = _own("steps", [(0, 0.0), (10, None), (20, 1.0), (30, None)])
    epochs = _own("epochs", [(None, 0.0), (None, 1.0)])
    alone = _own("alone", [(0, None), (5, None)])
    assert comparison.curve(steps.state, "epoch", "train_loss")[0].tolist() == [0.0, 0.5, 1.0]
    assert comparison.curve(steps.state, "step", "train_loss")[0].tolist() == [0, 10, 20, 30]
    assert comparison.curve(epochs.state, "epoch", "train_loss")[0].tolist() == [0.0, 1.0]
    assert comparison.curve(epochs.state, "step", "train_loss")[0].tolist() == []
    assert comparison.lacks_axis(epochs, "step") == "epochs counts epochs, not steps"
    assert comparison.lacks_axis(alone, "epoch") == "alone counts steps and logged no epochs"
    assert comparison.axes_of([steps, epochs]) == ("epoch", "step", "tau", "time")
    assert comparison.axes_of([epochs, epochs]) == ("epoch", "tau", "time")
    assert comparison.axes_of([alone, alone]) == ("step", "tau", "time")
    assert comparison.axis_with_places([alone, alone], "epoch") == "step"
    assert comparison.axis_with_places([alone, epochs], "epoch") == "epoch"
    assert [comparison.reach(m.state, "epoch") for m in (steps, epochs, alone)] == [1.0, 1.0, 0.0]
    # Whatever was read back as of a step knows its epoch.
    assert comparison.axis_values(steps.state.as_of(20), "epoch").tolist() == [0.0, 0.5, 1.0]


def test_metrics_of_a_loop_s_own_are_compared_where_they_were_logged(tmp_path: Path) -> None:
    with record("a", {}, sessions=tmp_path, raise_errors=True) as run:
        for step in range(6):
            run.log({"grad/norm": float(step)} if step % 2 else {}, step=step, loss=1.0)
    one, two = comparison.read_members([Session(tmp_path / "a"), by_steps(tmp_path, "b")])
    engine = member("c", straight(3))
    assert comparison.free_metrics([engine, one, two]) == ["grad/norm", "tokens"]
    x, y = comparison.curve(one.state, "step", "grad/norm")
    assert (x.tolist(), y.tolist()) == ([1, 3, 5], [1.0, 3.0, 5.0])
    assert comparison.value_at(one.state, "step", "grad/norm", 4.0) == 3.0
    assert comparison.value_at(one.state, "step", "grad/norm", 0.0) is None
    for other in (two, engine):
        assert not np.isfinite(comparison.curve(other.state, "time", "grad/norm")[1]).any()

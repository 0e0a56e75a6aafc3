"""The record of a sweep: its plan, its log, its sessions and its status."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.storage.errors import DamagedLine, InvalidName, NewerSchema, SessionError, UnknownEvent
from engine.storage.host import host_name
from engine.storage.hyperparameters import Hyperparameters, build
from engine.storage.session.edit import rename
from engine.storage.session.session import create, list_sessions
from engine.storage.sweep import events as sweep_events
from engine.storage.sweep.events import (
    AnySweepEvent,
    RunEnded,
    RunStarted,
    RunStopping,
    SweepAnswer,
    SweepFailed,
    SweepFinished,
    SweepLogReader,
    SweepLogWriter,
    SweepPaused,
    SweepResumed,
    SweepStarted,
    SweepStopped,
)
from engine.storage.sweep.plan import Rule, Sweep, create_sweep, list_sweeps, numbered, open_sweep
from engine.storage.sweep.sessions import find_renamed, find_session, make_session
from engine.storage.sweep.state import SweepState, SweepStatus, read_state, status_of
from engine.storage.sweep.value_ranges import grid

SMALL: dict[str, str | int | float] = {"dataset": "synthetic", "epochs": 2}


def _sweep(root: Path, name: str = "s", count: int = 2, jobs: int = 2) -> Sweep:
    several = grid({name: (value,) for name, value in SMALL.items()} | {"seed": range(count)})
    return create_sweep(root, name, numbered(name, several), varied=["seed"], jobs=jobs)


def _started(t: float = 1.0, incarnation: str = "i", host: str = "") -> SweepStarted:
    return SweepStarted(
        t=t, incarnation=incarnation, host=host or host_name(), boot_id="", pid=1, jobs=2
    )


def test_a_plan_is_read_as_it_was_made_in_private_folders(sessions_root: Path) -> None:
    rule = Rule(past_edge=0.1, stale_epochs=20)
    runs = numbered("fig", [build(SMALL | {"lr": lr}) for lr in (0.01, 0.02)])
    created = create_sweep(sessions_root, "fig", runs, varied=["lr"], rule=rule, jobs=1, note="why")
    plan = open_sweep(sessions_root, "fig").plan()
    assert [(run.name, run.hyperparameters) for run in plan.runs] == runs
    assert (plan.name, plan.varied, plan.rule, plan.jobs, plan.note) == (
        "fig", ["lr"], rule, 1, "why",
    )  # fmt: skip
    assert len({run.id for run in plan.runs}) == 2
    assert [run.name for run in plan.runs] == ["fig-001", "fig-002"]
    assert created.folder.stat().st_mode & 0o777 == 0o700
    assert created.root == sessions_root
    assert list(list_sweeps(sessions_root)) == [created]
    assert list(list_sessions(sessions_root)) == [], "the library lists no sweep"


def test_runs_in_parallel_get_one_thread_unless_they_were_given_some(sessions_root: Path) -> None:
    several = [build(SMALL), build(SMALL | {"threads": 3})]
    parallel = create_sweep(sessions_root, "p", numbered("p", several), jobs=2).plan()
    assert [run.hyperparameters.threads for run in parallel.runs] == [1, 3]
    alone = create_sweep(sessions_root, "a", numbered("a", several), jobs=1).plan()
    assert [run.hyperparameters.threads for run in alone.runs] == [0, 3]


def test_data_are_found_from_any_folder(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGECHAOS_DATA", "some/where")
    runs = numbered("s", [build({}), build({"data_dir": "here"}), build(SMALL)])
    plan = create_sweep(sessions_root, "s", runs).plan()
    assert [run.hyperparameters.data_dir for run in plan.runs] == [
        str(Path("some/where").absolute()), str(Path("here").absolute()), "",
    ]  # fmt: skip


def test_what_cannot_be_planned_leaves_nothing_behind(sessions_root: Path) -> None:
    hyperparameters: Hyperparameters = build(SMALL)
    create(sessions_root, hyperparameters, "taken")
    with pytest.raises(SessionError, match="there is a session taken already"):
        create_sweep(sessions_root, "s", [("free", hyperparameters), ("taken", hyperparameters)])
    with pytest.raises(InvalidName, match="two runs are called a"):
        create_sweep(sessions_root, "s", [("a", hyperparameters), ("a", hyperparameters)])
    with pytest.raises(InvalidName, match="is not a valid name"):
        create_sweep(sessions_root, "../s", [("a", hyperparameters)])
    with pytest.raises(InvalidName, match="40 characters of a tag"):
        create_sweep(sessions_root, "s" * 41, [("a", hyperparameters)])
    with pytest.raises(ValueError, match="from 1 up to 10000 runs, not 0"):
        create_sweep(sessions_root, "s", [])
    deep = build({"model": "mlp"})
    with pytest.raises(ValueError, match="the mlp takes each step by itself"):
        create_sweep(sessions_root, "s", [("a", hyperparameters), ("b", deep)], together=2)
    assert list(list_sweeps(sessions_root)) == []
    create_sweep(sessions_root, "s", [("a", hyperparameters)])
    with pytest.raises(SessionError, match="there is a sweep s already"):
        create_sweep(sessions_root, "s", [("b", hyperparameters)])
    with pytest.raises(SessionError, match="there is no sweep t in"):
        open_sweep(sessions_root, "t")
    with pytest.raises(SessionError, match=r"there is no sweep \.\./x in"):
        open_sweep(sessions_root, "../x")


def test_a_damaged_or_newer_plan_is_refused_with_a_sentence(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    path = sweep.folder / "sweep.json"
    plain = msgspec.json.decode(path.read_bytes())
    evil = plain | {"runs": [plain["runs"][0] | {"name": "../../x"}]}
    for data in (b"", b"{", b"[]", msgspec.json.encode(evil)):
        path.write_bytes(data)
        with pytest.raises(SessionError, match=r"s: sweep\.json is damaged"):
            sweep.plan()
    path.write_bytes(msgspec.json.encode(plain | {"format": 2, "runs": 3}))
    with pytest.raises(NewerSchema, match="install a newer edgechaos-tui"):
        sweep.plan()


def test_its_sessions_are_ordinary_ones_with_the_sweep_for_a_tag(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    run = sweep.plan().runs[0]
    assert find_session(sweep, run) is None
    session = make_session(sweep, run)
    info = session.info()
    assert (info.id, info.name, info.tags) == (run.id, run.name, ["s"])
    assert info.hyperparameters == run.hyperparameters
    assert make_session(sweep, run) == session, "made once"
    assert [s.name for s in list_sessions(sessions_root)] == [run.name]
    assert not sessions_root.stat().st_mode & 0o077
    assert session.folder.stat().st_mode & 0o777 == 0o700
    shared = make_session(sweep, sweep.plan().runs[1], share=True)
    assert shared.folder.stat().st_mode & 0o777 == 0o750
    assert (shared.folder / "session.json").stat().st_mode & 0o777 == 0o640


def test_a_kill_while_a_session_is_made_leaves_neither_half_nor_second(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every system call that makes the session is the last one once."""

    class Killed(BaseException):
        pass

    calls = ("mkdir", "open", "fsync", "replace", "rename")
    for number in range(20):
        sweep = _sweep(sessions_root, f"s{number}", count=1)
        run = sweep.plan().runs[0]
        remaining = number

        def fatal(call: str) -> Callable[..., Any]:
            true = getattr(os, call)

            def maybe(*arguments: object, **options: object) -> object:
                nonlocal remaining
                remaining -= 1
                if remaining < 0:
                    raise Killed
                return true(*arguments, **options)

            return maybe

        with monkeypatch.context() as patch:
            for call in calls:
                patch.setattr(os, call, fatal(call))
            try:
                make_session(sweep, run)
            except Killed:
                killed = True
            else:
                killed = False
        session = make_session(sweep, run)
        assert session.info().id == run.id
        assert not list(sessions_root.glob(".*.making"))
        if not killed:
            break
    else:
        raise AssertionError("it was killed every time")
    assert number > 4
    assert len(list(list_sessions(sessions_root))) == number + 1


def test_a_session_of_somebody_else_is_neither_taken_nor_touched(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    run, other = sweep.plan().runs
    foreign = create(sessions_root, build(SMALL), run.name)
    before = (foreign.folder / "session.json").read_bytes()
    with pytest.raises(SessionError, match="another session is called s-001"):
        make_session(sweep, run)
    assert (foreign.folder / "session.json").read_bytes() == before
    (sessions_root / other.name).mkdir()
    with pytest.raises(SessionError, match="there is a session s-002 already"):
        make_session(sweep, other)
    assert not list(sessions_root.glob(".*.making"))


def test_a_renamed_session_is_found_by_its_id(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    runs = sweep.plan().runs
    sessions = [make_session(sweep, run) for run in runs]
    renamed = rename(sessions[0], "better")
    assert find_session(sweep, runs[0]) is None
    assert find_renamed(sweep, runs) == {"s-001": renamed}


times = st.floats(0, 1e10)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
several = st.lists(words, max_size=3)
epochs = st.integers(0, 10**6)
any_sweep_event = st.one_of(
    st.builds(
        SweepStarted, t=times, incarnation=words, schema=st.just(1), host=words, boot_id=words,
        pid=epochs, jobs=epochs,
    ),
    st.builds(RunStarted, t=times, run=words, epoch=epochs),
    st.builds(
        RunStopping, t=times, run=words, rule=st.sampled_from(["past_edge", "stale"]),
        epoch=epochs, text=words,
    ),
    st.builds(
        RunEnded, t=times, run=words, epoch=epochs, text=words,
        outcome=st.sampled_from(["finished", "diverged", "failed", "stopped"]),
        rule=st.sampled_from([None, "past_edge", "stale"]),
    ),
    st.builds(SweepPaused, t=times, runs=several),
    st.builds(SweepResumed, t=times),
    st.builds(
        SweepAnswer, t=times, id=words, command=words, applied=st.booleans(), text=words,
        offset=epochs,
    ),
    st.builds(SweepStopped, t=times, reason=words),
    st.builds(SweepFinished, t=times),
    st.builds(SweepFailed, t=times, text=words, traceback=words),
)  # fmt: skip


@given(event=any_sweep_event)
def test_every_event_is_read_as_it_was_written(event: AnySweepEvent) -> None:
    line = sweep_events.encode(event)
    assert line.startswith(b'{"type":')
    assert line.count(b"\n") == 1
    assert sweep_events.decode(line) == event


@given(line=st.binary(max_size=60))
def test_no_line_breaks_the_reader(line: bytes) -> None:
    with contextlib.suppress(DamagedLine, UnknownEvent):
        sweep_events.decode(line)


def test_lines_of_the_future_are_skipped_and_logs_of_the_future_refused() -> None:
    with pytest.raises(UnknownEvent, match="adopted"):
        sweep_events.decode(b'{"type":"adopted","t":1}')
    with pytest.raises(NewerSchema, match="install a newer"):
        sweep_events.decode(b'{"type":"started","schema":2,"t":"later"}')


def test_a_torn_log_is_sealed_and_goes_on(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    sweep.log.write_bytes(sweep_events.encode(_started()) + b'{"type":"run_sta')
    writer = SweepLogWriter(sweep.log)
    writer.append(RunStarted(t=2.0, run="s-001", epoch=0), sync=True)
    writer.close()
    events = list(SweepLogReader(sweep.log).read_all())
    assert [type(event) for event in events] == [SweepStarted, RunStarted]


def test_the_state_follows_the_log() -> None:
    state = SweepState()
    stopping = RunStopping(t=3, run="b", rule="stale", epoch=4, text="no better")
    ended = RunEnded(t=4, run="b", outcome="stopped", epoch=4, rule="stale")
    happened: list[AnySweepEvent] = [
        _started(), RunStarted(t=2, run="a", epoch=0), RunStarted(t=2, run="b", epoch=0), stopping,
        ended, SweepPaused(t=5, runs=["a"]),
    ]  # fmt: skip
    for event in happened:
        state.apply(event)
    assert state.outcomes() == {"stopped": 1}
    assert state.ended == 1
    assert state.paused == ["a"]
    assert state.runs["b"].stopping == stopping
    state.apply(SweepResumed(t=6))
    assert state.paused == []
    state.apply(RunStarted(t=8, run="b", epoch=4))
    assert state.ended == 0, "a run that was begun again has not ended"


def test_one_word_for_what_a_sweep_is_doing(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    plan = sweep.plan()
    assert status_of(sweep, plan, read_state(sweep)) is SweepStatus.STARTING
    old = msgspec.structs.replace(plan, created=1.0)
    assert status_of(sweep, old, read_state(sweep)) is SweepStatus.INTERRUPTED
    for last, status in (
        (RunStarted(t=2, run="s-001", epoch=0), SweepStatus.INTERRUPTED),
        (SweepPaused(t=3, runs=[]), SweepStatus.INTERRUPTED),
        (SweepStopped(t=4, reason=""), SweepStatus.STOPPED),
        (SweepFailed(t=5, text="no room"), SweepStatus.FAILED),
        (SweepFinished(t=6), SweepStatus.FINISHED),
    ):
        state = SweepState()
        state.apply(_started())
        state.apply(last)
        assert status_of(sweep, plan, state) is status
    elsewhere = SweepState()
    elsewhere.apply(_started(host="another-host"))
    assert status_of(sweep, plan, elsewhere) is SweepStatus.ELSEWHERE


@pytest.mark.process
def test_while_a_coordinator_has_the_lock_it_runs_or_is_paused(sessions_root: Path) -> None:
    sweep = _sweep(sessions_root)
    plan = sweep.plan()
    program = (
        "import sys; from pathlib import Path; from engine.storage.lock import *\n"
        "held = EngineLock(Path(sys.argv[1]), Holder('i', 1, 'h', ''))\n"
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(sweep.lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as coordinator:
        assert coordinator.stdout is not None
        coordinator.stdout.readline()
        state = SweepState()
        assert status_of(sweep, plan, state) is SweepStatus.STARTING
        state.apply(SweepFinished(t=0.5))
        state.apply(_started())
        assert status_of(sweep, plan, state) is SweepStatus.RUNNING
        state.apply(SweepPaused(t=3, runs=[]))
        assert status_of(sweep, plan, state) is SweepStatus.PAUSED
        state.apply(_started(incarnation="earlier"))
        assert status_of(sweep, plan, state) is SweepStatus.STARTING

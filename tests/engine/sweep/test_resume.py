"""The runs that a coordinator resumes, on real folders and logs, with engines that end at once."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage import commands
from engine.storage.commands import CommandLine, CommandReader
from engine.storage.hyperparameters import Value, build
from engine.storage.session.edit import rename
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Epoch, EpochTimes, Failed, Finished, LoggedEvent, Stopped
from engine.storage.session.session import Session, create
from engine.storage.sweep.events import RunEnded, RunStarted, RunStopping, SweepStarted
from engine.storage.sweep.plan import Rule, Sweep
from engine.storage.sweep.sessions import make_session
from engine.storage.sweep.state import read_state
from engine.sweep import resume
from engine.sweep.command_queue import SweepCommandQueue
from engine.sweep.coordinator import Coordinator, Interruption
from engine.sweep.launchers.local import EngineProcess, RunningEngine
from engine.sweep.log_writer import SweepEventRecorder
from engine.sweep.run_monitor import RunMonitor, broken_rule
from tests.support.event_samples import epoch_event, started_event
from tests.support.sweep_process import TINY, log_of, make_sweep

END: EpochTimes = {"t": 2e9, "elapsed": 9.0, "epoch": 3}


def _write(session: Session, *events: LoggedEvent) -> None:
    writer = LogWriter(session.log)
    for event in events:
        writer.append(event)
    writer.close()


def _sweep_of(root: Path, *ends: LoggedEvent | None) -> tuple[Sweep, list[Session]]:
    """A sweep whose sessions' logs end so; None: the engine was killed."""
    sweep = make_sweep(root, [{"seed": seed} for seed in range(len(ends))])
    log = SweepEventRecorder(sweep)
    sessions = []
    for run, end in zip(sweep.plan().runs, ends, strict=True):
        session = make_session(sweep, run)
        _write(session, started_event(), epoch_event(0), *([end] if end else []))
        log.add(RunStarted(t=log.now(), run=run.name, epoch=0))
        sessions.append(session)
    log.close()
    return sweep, sessions


def _unfinished(sweep: Sweep) -> resume.UnfinishedRuns:
    return resume.unfinished_runs(sweep, sweep.plan(), read_state(sweep))


def test_which_runs_are_over_and_which_go_on(sessions_root: Path) -> None:
    sweep, _ = _sweep_of(
        sessions_root,
        Finished(**END),
        Stopped(**END, reason="stopped on request"),
        Stopped(**END, reason=resume.HALTED),
        Stopped(**END, reason="terminated by SIGTERM"),
        Failed(**END, text="no data"),
        None,
    )
    unfinished = _unfinished(sweep)
    assert [run.name for run in unfinished.ended] == ["s-001", "s-002"]
    assert [run.name for run in unfinished.waiting] == ["s-003", "s-004", "s-005", "s-006"]
    assert (unfinished.at_work, unfinished.unusable) == ([], [])


def test_a_run_is_known_by_its_id_and_not_by_its_name(sessions_root: Path) -> None:
    sweep, (renamed, deleted, taken) = _sweep_of(sessions_root, None, None, None)
    better = rename(renamed, "better")
    shutil.rmtree(deleted.folder)
    shutil.rmtree(taken.folder)
    create(sessions_root, build(TINY), "s-003")
    unfinished = _unfinished(sweep)
    # What was deleted is trained again.
    assert [run.name for run in unfinished.waiting] == ["s-001", "s-002"]
    assert unfinished.waiting[0].session == better
    assert not unfinished.waiting[1].has_session
    assert [(run.name, why) for run, why in unfinished.unusable] == [
        ("s-003", "another session is called s-003, so this run cannot be made"),
    ]


def test_what_the_log_knows_to_have_ended_stays_so_but_for_failures(sessions_root: Path) -> None:
    sweep, _ = _sweep_of(sessions_root, None, Failed(**END, text="no data"))
    log = SweepEventRecorder(sweep)
    log.add(RunEnded(t=log.now(), run="s-001", outcome="stopped", epoch=3))
    log.add(RunEnded(t=log.now(), run="s-002", outcome="failed", epoch=3))
    log.close()
    unfinished = _unfinished(sweep)
    assert [run.name for run in unfinished.waiting] == ["s-002"]


def test_a_finished_run_whose_session_is_gone_is_trained_again(sessions_root: Path) -> None:
    sweep, (kept, deleted, renamed) = _sweep_of(sessions_root, None, None, None)
    log = SweepEventRecorder(sweep)
    for name in ("s-001", "s-002", "s-003"):
        log.add(RunEnded(t=log.now(), run=name, outcome="finished", epoch=3))
    log.close()
    assert _unfinished(sweep).waiting == []
    shutil.rmtree(deleted.folder)
    rename(renamed, "better")
    unfinished = _unfinished(sweep)
    assert [run.name for run in unfinished.waiting] == ["s-002"]
    assert kept.folder.is_dir()


class _EndsAtOnce:
    """A fault: engines that say a line and end without a log. Counts them."""

    def __init__(self) -> None:
        self.started = 0
        self.places = 1

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        self.started += 1
        script = session.folder / "engine.py"
        script.write_text("import sys; sys.exit('torch is broken')")
        with pytest.MonkeyPatch.context() as patch:
            shell = [sys.executable, str(script)]
            true = subprocess.Popen
            patch.setattr(subprocess, "Popen", lambda _, **options: true(shell, **options))
            return EngineProcess(session, incarnation)


def test_an_engine_that_ends_at_once_is_tried_three_times_and_the_rest_goes_on(
    sessions_root: Path,
) -> None:
    sweep = make_sweep(sessions_root, [{"seed": seed} for seed in range(2)], jobs=1)
    log, launcher = SweepEventRecorder(sweep), _EndsAtOnce()
    queue = SweepCommandQueue(sweep.commands, "i", log.state)
    Coordinator(sweep, sweep.plan(), log, queue, launcher, 1, Interruption()).run()
    log.close()
    state = read_state(sweep)
    assert state.outcomes() == {"failed": 2}
    assert [record.ended and record.ended.text for record in state.runs.values()] == [
        "torch is broken"
    ] * 2
    assert launcher.started == 6


def test_a_run_that_its_rule_ended_while_nobody_looked_is_over(sessions_root: Path) -> None:
    sweep, _ = _sweep_of(sessions_root, Stopped(**END, reason="past the edge: …"))
    log = SweepEventRecorder(sweep)
    log.add(
        RunStopping(t=log.now(), run="s-001", rule="past_edge", epoch=0, text="past the edge: …")
    )
    queue = SweepCommandQueue(sweep.commands, "i", log.state)
    Coordinator(sweep, sweep.plan(), log, queue, _EndsAtOnce(), 1, Interruption()).run()
    log.close()
    ended = read_state(sweep).runs["s-001"].ended
    assert ended is not None
    assert (ended.outcome, ended.rule) == ("stopped", "past_edge")
    assert not any(isinstance(event, SweepStarted) for event in log_of(sweep))


class _StopsOnCommand:
    """An engine past the edge, which ends at the first command that reaches it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.commands: list[CommandLine] = []

    def at_work(self) -> bool:
        self.commands = CommandReader(self._session.commands).read()
        if self.commands:
            _write(self._session, Stopped(**END, reason="past the edge"))
        return not self.commands

    def last_output(self) -> str:
        return ""


class _OneEngine:
    places = 1

    def flush(self) -> None:
        pass

    def start(self, session: Session, incarnation: str) -> RunningEngine:
        _write(session, started_event(), epoch_event(0, edge_distance=0.5))
        return _StopsOnCommand(session)

    def close(self) -> None:
        pass


def test_on_a_full_disk_a_rule_waits_for_room_and_is_told_once(
    sessions_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = make_sweep(sessions_root, [{}], rule=Rule(past_edge=0.1))
    true, refusals = commands.send, 3

    def send(path: Path, command: commands.AnyCommand) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        true(path, command)

    monkeypatch.setattr(commands, "send", send)
    log = SweepEventRecorder(sweep)
    queue = SweepCommandQueue(sweep.commands, "i", log.state)
    Coordinator(sweep, sweep.plan(), log, queue, _OneEngine(), 1, Interruption()).run()
    log.close()
    assert refusals < 0
    events = log_of(sweep)
    assert sum(isinstance(event, RunStopping) for event in events) == 1
    ended = next(event for event in events if isinstance(event, RunEnded))
    assert (ended.outcome, ended.rule) == ("stopped", "past_edge")


@pytest.mark.parametrize(
    ("rule", "epochs", "reason"),
    [
        (Rule(), [(0.5, 2.0)] * 9, None),
        (Rule(past_edge=0.1), [(-0.5, 2.0), (0.1, 1.0)], None),
        (
            Rule(past_edge=0.1),
            [(-0.5, 2.0), (0.12, 1.0)],
            "past the edge: d = +0.12 after epoch 1 is above 0.1",
        ),
        (Rule(past_edge=0.1), [(None, 2.0)], None),
        (Rule(stale_epochs=2), [(0.0, 2.0), (0.0, 1.0), (0.0, 1.0)], None),
        (
            Rule(stale_epochs=2),
            [(0.0, 2.0), (0.0, 1.0), (0.0, 1.0), (0.0, float("nan"))],
            "stale: no better test loss than that of epoch 1 for 2 epochs",
        ),
        (Rule(stale_epochs=2), [(0.0, None)] * 5, None),
    ],
)
def test_when_a_rule_ends_a_run(
    tmp_path: Path,
    rule: Rule,
    epochs: list[tuple[float | None, float | None]],
    reason: str | None,
) -> None:
    session = Session(tmp_path)
    _write(session, *[_epoch(i, d, loss) for i, (d, loss) in enumerate(epochs)])
    monitor = RunMonitor(session)
    monitor.update()
    broken = broken_rule(rule, monitor)
    assert (broken and broken[1]) == reason


def _epoch(epoch: int, distance: float | None, loss: float | None) -> Epoch:
    values: dict[str, Value | None] = {"edge_distance": distance, "test_loss": loss}
    return epoch_event(epoch, **values)

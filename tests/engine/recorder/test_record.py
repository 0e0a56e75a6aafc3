"""A user's own loop recorded: its log, and the loop undisturbed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgechaos_tui.presentation.run.reading import read, read_with_state
from engine.recorder import Run, record
from engine.storage import lock
from engine.storage.errors import NewerSchema
from engine.storage.line_codec import LineCodec
from engine.storage.session import events
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Failed, Finished, Logged, Stopped
from engine.storage.session.session import Session
from engine.storage.session.status import Status

CONFIG = {"lr": 0.1, "momentum": 0.9, "batch_size": 128, "train_size": 1280, "dataset": "mine"}


def begin(root: Path, name: str = "own", **options: Any) -> Run:
    return record(name, CONFIG, sessions=root, raise_errors=True, **options)


def last_event(session: Session) -> events.AnyEvent:
    return list(LogReader(session.log).read_all())[-1]


def test_epochs_and_metrics_are_read_as_those_of_any_run(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        for epoch in run.epochs(3):
            run.log(train_loss=1 / (epoch + 1), val_loss=2.0, val_acc=0.5, **{"grad/norm": epoch})
    reading, state = read_with_state(Session(tmp_path / "own"))
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [1, 2, 3]
    assert state.metric("train_loss").tolist() == [1, 1 / 2, 1 / 3]
    assert state.metric("test_accuracy").tolist() == [0.5] * 3
    assert state.free_metrics["grad/norm"].view().tolist() == [0, 1, 2]
    assert state.metric("tau")[-1] == pytest.approx(3 * 0.1 / (0.1 * 128))
    assert reading.summary.hyperparameters.epochs == 3
    assert reading.summary.hyperparameters.dataset == "mine"


def test_tau_follows_an_edit_and_a_rewind(tmp_path: Path) -> None:
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.1, "momentum": 0.9}])
    with begin(tmp_path) as run:
        run.tune(optimizer)
        for epoch in (1, 2, 3):
            run.log(epoch=epoch, loss=1.0)
        run.rewind(epoch=1)
        optimizer.param_groups[0]["lr"] = 0.05
        run.tune(optimizer)
        for epoch in (2, 3):
            run.log(epoch=epoch, loss=1.0)
    _, state = read_with_state(Session(tmp_path / "own"))
    assert state.metric("epoch").tolist() == [1, 2, 3]
    first, second = 0.1 / (0.1 * 128), 0.05 / (0.1 * 128)
    assert state.metric("tau").tolist() == pytest.approx(
        [first, first + second, first + 2 * second]
    )


def test_lines_of_one_step_are_one_row_and_a_step_back_drops_what_follows(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        for step in range(0, 50, 10):
            run.log(step=step, loss=float(step))
            run.log(step=step, anything=1.0)
        run.log(step=20, loss=7.0)
    _, state = read_with_state(Session(tmp_path / "own"))
    assert state.metric("epoch").tolist() == [0, 10, 20]
    assert state.metric("train_loss").tolist() == [0, 10, 7]
    assert state.free_metrics["anything"].measured(1) == 1.0


def test_rows_logged_after_a_look_join_the_row_that_was_seen(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        reader = LogReader(Session(tmp_path / "own").log)
        run.log(step=5, loss=1.0)
        earlier = reader.read()
        run.log(step=5, val_loss=2.0)
        later = reader.read()
    from edgechaos_tui.presentation.run.state import RunState
    from engine.storage.session.recorded import RecordedHyperparameters

    state = RunState(RecordedHyperparameters())
    state.apply_all([*earlier, *later])
    assert state.metric("train_loss").tolist() == [1.0]
    assert state.metric("test_loss").tolist() == [2.0]


def test_an_exception_is_told_and_raised_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), begin(tmp_path):
        _ = 1 / 0
    event = last_event(Session(tmp_path / "own"))
    assert isinstance(event, Failed)
    assert event.text == "ZeroDivisionError: division by zero"
    assert "test_record" in event.traceback


def test_ctrl_c_reads_as_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), begin(tmp_path):
        raise KeyboardInterrupt
    assert isinstance(last_event(Session(tmp_path / "own")), Stopped)


def test_a_loop_that_reads_its_own_session_keeps_its_lock(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        run.log(epoch=1, loss=1.0)
        session = Session(tmp_path / "own")
        assert read(session).status is Status.TRAINING
        assert lock.holder(session.lock) is not None
        # Another process asks the system, which knows whether the lock is still there.
        code = (
            "import sys; from pathlib import Path; from engine.storage.lock import is_held; "
            "sys.exit(not is_held(Path(sys.argv[1])))"
        )
        assert (
            subprocess.run([sys.executable, "-c", code, session.lock], check=False).returncode == 0
        )
    assert not lock.is_held(session.lock)


def test_forked_children_write_nothing(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        child = os.fork()
        if child == 0:
            run.log(epoch=1, loss=1.0)
            run.close()
            os._exit(0)
        os.waitpid(child, 0)
    logged = [e for e in _lines(tmp_path / "own") if isinstance(e, Logged | Finished)]
    assert [type(event) for event in logged] == [Finished]


def _lines(folder: Path) -> list[events.AnyEvent]:
    return [events.decode(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID"])
def test_other_ranks_write_nothing(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    with begin(tmp_path) as run:
        for epoch in run.epochs(2):
            assert list(run.batches([1, 2])) == [1, 2]
            run.log(loss=epoch)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken_gets_a_number_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(tmp_path).close()
    run = begin(tmp_path)
    run.close()
    assert run.name == "own-2"
    assert "own-2" in capsys.readouterr().err


LOOP = """
import sys, edgechaos_tui
run = edgechaos_tui.record("own", {"lr": 0.1}, sessions=sys.argv[1], resume="auto")
for epoch in run.epochs(10**6):
    run.log(loss=float(epoch))
    print(epoch + 1, flush=True)
"""


def test_sigkill_loses_no_line_and_auto_goes_on_after_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOOP, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as loop:
        assert loop.stdout is not None
        for _ in range(200):
            loop.stdout.readline()
        loop.send_signal(signal.SIGKILL)
        caught = loop.stdout.read().split()
    reading, state = read_with_state(Session(tmp_path / "own"))
    assert reading.status is Status.INTERRUPTED
    assert len(state.metric("epoch")) >= 200 + len(caught) - 1
    done = int(state.metric("epoch")[-1])
    run = record("own", {"lr": 0.1}, sessions=tmp_path, resume="auto", raise_errors=True)
    assert run.name == "own"
    assert next(iter(run.epochs(done + 1))) == done
    run.close()


def test_a_program_that_closes_nothing_still_tells_its_end(tmp_path: Path) -> None:
    code = (
        "import edgechaos_tui\n"
        f"run = edgechaos_tui.record('own', sessions={str(tmp_path)!r})\n"
        "run.log(epoch=1, loss=1.0)\n"
        "{end}"
    )
    for number, (end, kind) in enumerate((("", Finished), ("1 / 0", Failed)), start=1):
        subprocess.run(
            [sys.executable, "-c", code.format(end=end)], check=False, capture_output=True
        )
        name = "own" if number == 1 else f"own-{number}"
        assert isinstance(last_event(Session(tmp_path / name)), kind)


def test_a_folder_that_is_removed_never_stops_the_loop(tmp_path: Path) -> None:
    with record("own", CONFIG, sessions=tmp_path) as run:
        run.log(epoch=1, loss=1.0)
        shutil.rmtree(tmp_path / "own")
        for epoch in range(2, 10):
            run.log(epoch=epoch, loss=1.0)
            time.sleep(0.02)
    assert epoch == 9


def test_a_fault_of_ours_is_told_once_and_the_training_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with record("own", CONFIG, sessions=tmp_path / "file" / "in") as run:
            for epoch in run.epochs(3):
                run.log(loss=epoch)
            assert epoch == 2
    assert len(caught) == 1
    assert "training continues" in str(caught[0].message)


def test_a_metric_that_is_no_number_costs_its_line_alone(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with record("own", CONFIG, sessions=tmp_path) as run:
            run.log(epoch=1, loss="a word")
            run.log(epoch=2, loss=float("nan"))
    assert len(caught) == 1
    _, state = read_with_state(Session(tmp_path / "own"))
    assert state.metric("epoch").tolist() == [2]
    assert state.columns["train_loss"].not_finite == 1


def test_a_full_disk_never_stops_the_loop_and_its_lines_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    write = os.write

    def failing(fd: int, data: bytes) -> int:
        if full and b'"logged"' in data:
            raise OSError(28, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr(os, "write", failing)
    run = record("own", CONFIG, sessions=tmp_path)
    with pytest.warns(RuntimeWarning, match="room"):
        run.log(epoch=1, loss=1.0)
    run.log(epoch=2, loss=2.0)
    full = False
    run.log(epoch=3, loss=3.0)
    run.close()
    _, state = read_with_state(Session(tmp_path / "own"))
    assert state.metric("train_loss").tolist() == [1, 2, 3]


def test_threads_log_whole_lines(tmp_path: Path) -> None:
    with begin(tmp_path) as run:

        def work(first: int) -> None:
            for k in range(100):
                run.log(step=10**6, **{f"m{first}": float(k)})

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(isinstance(event, Logged) for event in _lines(tmp_path / "own")) == 400


def test_an_older_version_says_newer_format(tmp_path: Path) -> None:
    begin(tmp_path).close()
    session = Session(tmp_path / "own")
    line = session.log.read_bytes().splitlines()[0]
    older = LineCodec[events.LoggedEvent](
        events.LoggedEvent, started=events.Started, version=1, written="the log was written"
    )
    with pytest.raises(NewerSchema, match="newer edgechaos-tui"):
        older.decode(line)
    from engine.storage.session.info import Info

    with pytest.raises(NewerSchema, match="newer edgechaos-tui"):
        session.read_document("session.json", Info, max_size=10**6, version=1)


def test_the_recorder_imports_neither_textual_nor_torch(tmp_path: Path) -> None:
    code = (
        "import sys, edgechaos_tui\n"
        f"with edgechaos_tui.record('own', sessions={str(tmp_path)!r}) as run:\n"
        "    run.log(step=1, a=1)\n"
        "sys.exit(not {'textual', 'torch', 'numpy'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""A person's first hour, in a real pseudo-terminal with the real engine and the real data."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgechaos_tui.presentation.run.reading import read_summary
from engine.storage import lock
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Answer, AnyEvent, Changed, Epoch, Paused, Resumed, Stopped
from engine.storage.session.session import Session, list_sessions
from tests.support.engine_process import Kind, last_of
from tests.support.library_samples import write_session
from tests.support.recorded_runs import record
from tests.support.terminal import Terminal

ENTER, ESCAPE, CTRL_S, BACKSPACE = "\r", "\x1b", "\x13", "\x7f"


@pytest.fixture
def root(sessions_root: Path) -> Iterator[Path]:
    """A sessions folder whose engines are ended after the test."""
    yield sessions_root
    for session in list_sessions(sessions_root):
        holder = lock.holder(session.lock)
        if holder is not None:
            os.kill(holder.pid, 9)


def _log(session: Session) -> list[AnyEvent]:
    return list(LogReader(session.log).read_all())


def _wait(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def _has(session: Session, kind: type) -> bool:
    return any(isinstance(event, kind) for event in _log(session))


def _epochs(session: Session) -> list[int]:
    return [event.epoch for event in _log(session) if isinstance(event, Epoch)]


def test_start_watch_edit_pause_kill_come_back_and_stop(root: Path, fashion_mnist: Path) -> None:
    environment = {"EDGECHAOS_DATA": str(fashion_mnist), "EDGECHAOS_SESSIONS": str(root)}
    options = [
        "new",
        "--no-diagram",
        "--session",
        "first",
        "--train-size",
        "3000",
        "--test-size",
        "1000",
    ]
    app = Terminal([*options, "--epochs", "500", "--quiet"], environment=environment)
    app.wait_for(lambda text: "● training" in text and "epoch 2" in text, 60)
    text = app.text
    for title in ("Loss ", "Acc ", "J² ", "Phase "):
        assert title in text
    assert text.count("waiting for the first epoch") == 0

    session = Session(root / "first")
    app.press(" ")
    _wait(lambda: _has(session, Paused))
    app.wait_for("paused")
    app.press("e" + BACKSPACE * 6 + "0.05" + ENTER)
    app.wait_for("pending")
    assert not _has(session, Changed)
    app.press(ESCAPE)
    time.sleep(0.6)
    app.press(" ")
    _wait(lambda: _has(session, Resumed))
    _wait(lambda: _has(session, Changed))
    app.wait_for(lambda text: "pending" not in text and "lr 0.02 → 0.05" in text)
    _, summary, _ = read_summary(session)
    assert summary.hyperparameters.lr == 0.05

    app.kill()
    done = max(_epochs(session))
    _wait(lambda: max(_epochs(session)) >= done + 3)

    again = Terminal(["open", "first", "--quiet", "--no-diagram"], environment=environment)
    again.wait_for("● training")
    again.wait_for(lambda text: f"epoch {max(_epochs(session))}/500" in text)
    again.press("s")
    again.wait_for("Stop first?")
    # A question takes no key that was typed before it could be read.
    again.pump(0.5)
    again.press("y")
    _wait(lambda: _has(session, Stopped))
    again.wait_for("□ stopped")
    assert _epochs(session) == list(range(max(_epochs(session)) + 1))
    answers = [event for event in _log(session) if isinstance(event, Answer)]
    assert all(answer.applied for answer in answers)
    again.press("q")
    again.wait_for("sessions · 1")
    again.press("q")
    again.wait_for_the_end()
    assert not lock.is_held(session.lock)


@pytest.mark.slow
def test_two_apps_see_the_same_and_both_command(root: Path) -> None:
    environment = {"EDGECHAOS_SESSIONS": str(root)}
    options = ["--dataset", "synthetic", "--epochs", "1000", "--threads", "1", "--no-diagram"]
    first_app = Terminal(["new", "--session", "s", *options, "--quiet"], environment=environment)
    first_app.wait_for(lambda text: "● training" in text and "epoch 1" in text, 60)
    other = Terminal(["open", "s", "--quiet", "--no-diagram"], environment=environment)
    other.wait_for("● training", 60)
    session = Session(root / "s")

    other.press(" ")
    for app in (other, first_app):
        app.wait_for("‖ paused")
        app.wait_for("pause: paused")
    first_app.press("e" + BACKSPACE * 6 + "0.05" + ENTER)
    first_app.wait_for("pending")
    first_app.press(ESCAPE)
    first_app.wait_for(lambda text: "pending" in text)
    first_app.press(" ")
    for app in (first_app, other):
        app.wait_for("lr 0.02 → 0.05")
        app.wait_for(lambda text: "● training" in text and "pending" not in text)
    other.press("s")
    other.wait_for("Stop s?")
    # A question takes no key that was typed before it could be read.
    other.pump(0.5)
    other.press("y")
    last = _wait_for_last(session, Stopped).epoch
    for app in (first_app, other):
        app.wait_for("□ stopped")
        app.wait_for(f"epoch {last}/1000")
    answers = [event for event in _log(session) if isinstance(event, Answer)]
    assert [answer.command for answer in answers] == ["pause", "resume", "set", "stop"]
    assert all(answer.applied for answer in answers)


def _wait_for_last(session: Session, kind: type[Kind]) -> Kind:
    _wait(lambda: isinstance(_log(session)[-1], kind))
    return last_of(session, kind)


def test_a_closed_terminal_leaves_the_engine_training(root: Path) -> None:
    options = [
        "new",
        "--no-diagram",
        "--session",
        "s",
        "--dataset",
        "synthetic",
        "--epochs",
        "1000",
        "--quiet",
    ]
    app = Terminal(options, columns=80, rows=24, environment={"EDGECHAOS_SESSIONS": str(root)})
    app.wait_for(lambda text: "● training" in text and "epoch 1" in text, 60)
    session = Session(root / "s")
    app.close()
    done = max(_epochs(session))
    _wait(lambda: max(_epochs(session)) >= done + 2)
    assert lock.is_held(session.lock)


def test_the_app_ends_when_its_terminal_vanishes_without_a_word(root: Path) -> None:
    deaf = ["sh", "-c", f"trap '' HUP; exec {sys.executable} -m edgechaos_tui"]
    terminal = Terminal([], command=deaf)
    terminal.wait_for("n new")
    assert terminal.vanish(), "the app goes on, reading a terminal that is not there"


def test_the_end_of_a_run_rings_unless_it_is_to_be_quiet(root: Path) -> None:
    tiny = ["--dataset", "synthetic", "--train-size", "100", "--test-size", "50", "--epochs", "3"]
    for name, quiet in (("loud", []), ("still", ["--quiet"])):
        app = Terminal(
            ["new", *tiny, "--session", name, *quiet, "--no-diagram"],
            environment={"EDGECHAOS_SESSIONS": str(root)},
        )
        app.wait_for("■ finished", 60)
        app.pump(0.5)
        asked = f"\x1b]9;{name} finished after epoch 3\x07" in app.raw
        assert asked == (name == "loud")
        app.close()


def test_nothing_is_sent_when_nothing_changes(root: Path) -> None:
    record(root, "brave")
    for arguments in ([], ["open", "brave", "--no-diagram"]):
        app = Terminal(arguments, environment={"EDGECHAOS_SESSIONS": str(root)})
        app.wait_for("brave")
        app.pump(4)
        before = app.bytes_received
        app.pump(4)
        assert app.bytes_received == before
        app.close()


def test_the_form_starts_a_run_on_the_synthetic_set(root: Path) -> None:
    app = Terminal(
        ["--quiet", "--no-diagram"],
        columns=80,
        rows=24,
        environment={"EDGECHAOS_SESSIONS": str(root)},
    )
    app.wait_for("synthetic")
    app.press("y")
    app.wait_for("steps per epoch")
    app.press("x")
    app.wait_for("is not a number above 0")
    app.press(BACKSPACE + "0.03")
    app.wait_for("steps per epoch")
    app.press(CTRL_S)
    app.wait_for(lambda text: "● training" in text and "epoch 1" in text, 60)
    (session,) = list_sessions(root)
    assert session.info().hyperparameters.dataset == "synthetic"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_first_start_explains_itself(root: Path, size: tuple[int, int]) -> None:
    columns, rows = size
    app = Terminal([], columns=columns, rows=rows, environment={"EDGECHAOS_SESSIONS": str(root)})
    app.wait_for("start on Fashion-MNIST")
    app.wait_for(lambda text: "? help" in text.splitlines()[-1])
    app.press("?")
    app.wait_for("Open the session")
    app.child.send("\x1b[F")  # End: the words stand below the keys.
    app.wait_for("distance from the edge of chaos")
    app.press("q")
    app.press("q")
    app.wait_for_the_end()


def test_without_utf8_every_byte_is_ascii(root: Path) -> None:
    environment = {"EDGECHAOS_SESSIONS": str(root), "LANG": "C", "LC_ALL": "C"}
    app = Terminal(["--quiet"], environment=environment)
    app.wait_for("start on Fashion-MNIST")
    assert app.raw.isascii()


def test_without_colorterm_no_truecolor_is_sent(root: Path) -> None:
    app = Terminal(["--quiet"], environment={"EDGECHAOS_SESSIONS": str(root)})
    app.wait_for("start on Fashion-MNIST")
    assert "38;2;" not in app.raw
    assert "38;5;" in app.raw


def test_the_library_is_filtered_and_marked_in_a_terminal(root: Path) -> None:
    for number, name in enumerate(("first", "second", "third")):
        write_session(root, name, 3, lr=0.01 * (number + 1))
    environment = {"EDGECHAOS_SESSIONS": str(root), "XDG_CACHE_HOME": str(root.parent)}
    app = Terminal(["--quiet"], columns=80, rows=24, environment=environment)
    app.wait_for(lambda text: text.count("■ finished") == 3)
    app.press("/lr>=0.02 epoch<10")
    app.wait_for("2 shown")
    app.press(ENTER + " ")
    app.wait_for(lambda text: "✓  third" in text and "›   second" in text)
    app.press(ESCAPE)
    app.wait_for("first")
    app.press("q")
    app.wait_for_the_end()

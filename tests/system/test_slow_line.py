"""The real app in a real pseudo-terminal that is read slowly, as over a bad SSH line."""

import itertools
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from engine.storage.host import boot_id, host_name
from engine.storage.lock import EngineLock, Holder
from engine.storage.session.event_log import LogWriter
from tests.support.event_samples import epoch_event
from tests.support.recorded_runs import record
from tests.support.terminal import Terminal

_BYTES, _SECONDS = 200, 0.05


class SlowTerminal(Terminal):
    """Takes 4 kB a second and no more."""

    def pump(self, seconds: float = 0.1) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(_SECONDS)
            try:
                self.take(self.child.read_nonblocking(_BYTES, timeout=0))
            except (pexpect.TIMEOUT, pexpect.EOF):
                return


@contextmanager
def _growing(root: Path) -> Iterator[None]:
    """A session `busy` in training, ten epochs a second, each with much to draw."""
    session = record(root, "busy", planned=100_000)
    holder = Holder("test", os.getpid(), host_name(), boot_id())
    lock, ended = EngineLock(session.lock, holder), threading.Event()

    def grow() -> None:
        writer, epoch, dice = LogWriter(session.log), 61, random.Random(0)
        while not ended.wait(0.1):
            values = {name: dice.random() for name in ("train_loss", "test_loss", "j")}
            writer.append(epoch_event(epoch, t=time.time(), epochs=100_000, **values))
            epoch += 1
        writer.close()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        lock.release()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def _redraws(terminal: Terminal, seconds: float) -> int:
    """How often the epoch on the screen changes."""
    seen, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        terminal.pump(0.1)
        seen.append(_epoch(terminal))
    return sum(a != b for a, b in itertools.pairwise(seen))


def _epoch(terminal: Terminal) -> str:
    return terminal.text.partition("epoch ")[2].partition("/")[0]


def test_a_slow_line_makes_the_screen_calm_by_itself_and_keys_are_answered(tmp_path: Path) -> None:
    with _growing(tmp_path):
        terminal = SlowTerminal(["open", "busy", "--no-diagram", "--sessions", str(tmp_path)])
        try:
            terminal.wait_for("The line is slow", 60)
            assert 1 <= _redraws(terminal, 6) <= 4
            terminal.child.send("?")
            began = time.monotonic()
            terminal.wait_for("Pause or resume the run", 60)
            assert time.monotonic() - began < 10
        finally:
            terminal.close()


@pytest.mark.parametrize("calm", [True, False])
def test_a_calm_screen_draws_an_epoch_seldom_on_a_fast_line_too(tmp_path: Path, calm: bool) -> None:
    with _growing(tmp_path):
        options = ["open", "busy", "--no-diagram", "--sessions", str(tmp_path)]
        terminal = Terminal(options + ["--calm"] * calm)
        try:
            terminal.wait_for("training")
            terminal.pump(1.0)
            least, most = (1, 2) if calm else (8, 13)
            assert least <= _redraws(terminal, 3) <= most
        finally:
            terminal.close()

"""The diagram's way to the screen, with the real process and a small cache of its own."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from textual.message import Message
from textual.widget import Widget

from edgechaos_tui.control import launcher
from edgechaos_tui.workers import phase_diagram as diagrams
from engine.theory.phase_diagram import file as diagram_file
from engine.theory.phase_diagram.file import DiagramParameters, PhaseDiagram, cache_path, save


class _Screen(Widget):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[diagrams.Diagram] = []

    def post_message(self, message: Message) -> bool:
        assert isinstance(message, diagrams.Diagram)
        self.messages.append(message)
        return True


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return launcher.diagram_folder()


def _put(parameters: DiagramParameters, cache: Path, log10: float) -> None:
    across, up = parameters.j0_over_j.values(), parameters.one_over_j.values()
    field = np.full((up.size, across.size), log10, dtype=np.float32)
    curves = {"edge": np.ones(2)}
    diagram = PhaseDiagram(parameters, across, up, field, np.array([-1.0, 1.0]), curves)
    save(diagram, cache_path(parameters, cache))


def test_a_cached_diagram_comes_at_once_and_starts_nothing(cache: Path) -> None:
    _put(diagram_file.default_parameters("tanh"), cache, -100.0)
    screen = _Screen()
    diagrams.provide(screen, "tanh", threading.Event())
    (message,) = screen.messages
    assert message.words == ""
    assert message.field is not None
    assert message.field.values.shape == (100, 151)
    assert (message.field.values > 0).all(), "a logarithm of 0 must not reach the colours"


def test_computing_tells_its_progress_and_ends_with_the_screen(cache: Path) -> None:
    screen, ended = _Screen(), threading.Event()
    worker = threading.Thread(target=diagrams.provide, args=(screen, "tanh", ended))
    worker.start()
    deadline = time.monotonic() + 60
    while not any(" %" in message.words for message in screen.messages):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ended.set()
    worker.join(30)
    assert not worker.is_alive()
    assert not [path for path in cache.glob(".*") if path.is_file()]

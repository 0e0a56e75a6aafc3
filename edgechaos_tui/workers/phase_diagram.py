"""The phase diagram for a screen: from the cache at once, else coarse first and then in full.

A process at low priority computes it, and ends with the screen that shows it.
"""

import json
import subprocess
import threading
import time

import numpy as np
from textual.message import Message
from textual.widget import Widget

from edgechaos_tui.charts.models import Field
from edgechaos_tui.control import launcher
from edgechaos_tui.presentation.text import brief_duration
from engine.theory.phase_diagram.file import (
    DiagramFileError,
    DiagramParameters,
    cache_path,
    default_parameters,
    load,
)

_COLOUR_SCALE = {"tanh": (1e-4, 1.0), "relu": (1e-5, 100.0)}
# One, since a training run has the other cores.
_WORKERS = 1


class Diagram(Message):
    """A phase diagram. field: a new, better one, or None; words: the progress until then."""

    def __init__(self, field: Field | None, words: str) -> None:
        super().__init__()
        self.field = field
        self.words = words


def provide(target: Widget, activation: str, ended: threading.Event) -> None:
    """Post `Diagram` messages to `target`, in a thread, until the full one is ready or `ended`."""
    full = default_parameters(activation)
    field = _read(full)
    if field is not None:
        target.post_message(Diagram(field, ""))
        return
    target.post_message(Diagram(_read(full.coarse()), "computing the diagram"))
    try:
        process = launcher.start_diagram(activation, launcher.diagram_folder(), workers=_WORKERS)
    except OSError:
        target.post_message(Diagram(None, ""))
        return
    watcher = threading.Thread(target=_end_with, args=(process, ended), daemon=True)
    watcher.start()
    assert process.stdout is not None
    pace = _TimeToGo()
    with process.stdout as lines:
        for line in lines:
            message = json.loads(line)
            coarse = None
            if message.get("stage") == "full" and field is None:
                field = coarse = _read(full.coarse())
            target.post_message(Diagram(coarse, pace.words(message)))
    process.wait()
    if not ended.is_set():
        target.post_message(Diagram(_read(full), ""))


def _end_with(process: "subprocess.Popen[bytes]", ended: threading.Event) -> None:
    while process.poll() is None:
        if ended.wait(0.5):
            process.terminate()
            return


class _TimeToGo:
    """The progress of a stage in words, with the time left by its pace so far."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = 0.0

    def words(self, message: dict[str, object]) -> str:
        """`diagram 41 %, 0:25 left`; "" for the last line, which names the file."""
        stage, fraction = message.get("stage"), message.get("fraction")
        if not isinstance(fraction, float) or not isinstance(stage, str):
            return ""
        if stage != self._stage:
            self._stage, self._began = stage, time.monotonic()
        name = "coarse diagram" if stage == "coarse" else "diagram"
        progress = f"{name} {fraction:.0%}".replace("%", " %")
        if not 0.05 <= fraction < 1:
            return progress
        seconds_left = (time.monotonic() - self._began) * (1 - fraction) / fraction
        return f"{progress}, {brief_duration(seconds_left)} left"


def _read(parameters: DiagramParameters) -> Field | None:
    try:
        diagram = load(cache_path(parameters, launcher.diagram_folder()))
    except (OSError, DiagramFileError):
        return None
    low, high = _COLOUR_SCALE[parameters.activation]
    # The colour scale ends at `low`; distances of exactly zero would underflow.
    exponents = np.clip(diagram.log10_distance, np.log10(low) - 1, np.log10(high) + 1)
    return Field(diagram.j0_over_j, diagram.one_over_j, 10.0**exponents, low, high)

"""Runs to compare: members made of events, and sessions on disk from the recorded J²."""

import json
import math
from pathlib import Path
from typing import Any

from edgechaos_tui.presentation.compare.comparison import Member
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import build
from engine.storage.session import session
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Epoch, Finished, LoggedEvent
from engine.storage.session.session import Session
from tests.support.event_samples import epoch_event, started_event

_RECORDED = Path(__file__).parent / "data" / "j2_runs.json"


def recorded(name: str) -> dict[str, Any]:
    """A recorded run on real Fashion-MNIST: J² an epoch, and the plan it followed."""
    runs = json.loads(_RECORDED.read_text(encoding="utf-8"))["runs"]
    return next(run for run in runs if run["name"] == name)


def recorded_member(name: str, epochs: int | None = None) -> Member:
    """The recorded run as a member of a comparison, as far as `epochs`."""
    run = recorded(name)
    _, lr, momentum, batch_size, l2 = run["plan"][0]
    chosen = {"lr": lr, "momentum": momentum, "batch_size": batch_size, "l2": l2}
    return member(name, run["j2"][: None if epochs is None else epochs + 1], **chosen)


def epochs_of(j2: list[float], *, pace: float = 2.0, **chosen: Any) -> list[Epoch]:
    """Epoch events of a run with these J² and hyperparameters; a plausible loss beside them."""
    values = {"lr": 0.02, "momentum": 0.5, "batch_size": 32, "l2": 0.0, "epochs": len(j2) - 1}
    values |= {name: value for name, value in chosen.items() if name in values}
    adam = chosen.get("optimizer") == "adam"
    rate = values["lr"] / ((1 - values["momentum"]) * values["batch_size"])
    return [
        epoch_event(
            k, j=math.sqrt(value), edge_distance=math.sqrt(value) - 1, elapsed=pace * k,
            t=1000.0 + pace * k, seconds=pace, tau=None if adam else rate * k,
            train_loss=0.3 + 2 * math.exp(-k / 9), test_loss=0.34 + 0.02 * abs(value - 0.95),
            test_accuracy=0.89 - 0.02 * abs(value - 0.95), **values,
        )
        for k, value in enumerate(j2)
    ]  # fmt: skip


def member(name: str, j2: list[float], *, pace: float = 2.0, **chosen: Any) -> Member:
    """A member with these J² and hyperparameters."""
    start = build({"epochs": max(len(j2) - 1, 1), **chosen})
    state = RunState(start)
    for event in epochs_of(j2, pace=pace, **chosen):
        state.apply(event)
    return Member(name, start, state)


def straight(epochs: int, slope: float = 0.0137) -> list[float]:
    """J² that grows in a line from 0.25."""
    return [0.25 + slope * k for k in range(epochs + 1)]


def written(
    root: Path, name: str, epochs: int = 60, *, finished: bool = True, **chosen: Any
) -> Session:
    """A session on disk whose J² grows in proportion to its lr."""
    chosen = {"lr": 0.02, **chosen}
    created = session.create(root, build({"epochs": epochs, **chosen}), name)
    events: list[LoggedEvent] = [started_event(host="host")]
    events += epochs_of(straight(epochs, 0.685 * chosen["lr"]), **chosen)
    if finished:
        events.append(Finished(t=1e9, elapsed=2.0 * epochs, epoch=epochs))
    append(created, *events)
    return created


def append(created: Session, *events: LoggedEvent) -> None:
    """Add events to a session's log, as its engine would."""
    writer = LogWriter(created.log)
    for event in events:
        writer.append(event)
    writer.close()

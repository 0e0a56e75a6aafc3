"""Events for tests: every type, with values that hypothesis chooses."""

import math
from typing import Any

from hypothesis import strategies as st

from engine.storage.session.events import (
    Answer,
    Changed,
    Diverged,
    Epoch,
    Failed,
    Finished,
    Layer,
    Notice,
    Paused,
    Resumed,
    Rewound,
    Started,
    Stopped,
)
from engine.storage.session.machine import MachineUse

# Surrogates cannot stand in UTF-8, and no engine writes them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
times = st.floats(0, 1e10)
numbers = st.none() | st.floats()
counts = st.integers(0, 10**6)
sizes = st.integers(1, 10**6)
_BASE = {"t": times, "elapsed": times}


def epoch_event(epoch: int, **values: object) -> Epoch:
    """An epoch whose metrics are plausible unless `values` says otherwise."""
    plain: dict[str, Any] = {
        "t": 1000.0 + epoch, "elapsed": float(epoch), "epoch": epoch, "train_loss": 0.5,
        "test_loss": 0.6, "train_accuracy": 0.8, "test_accuracy": 0.79, "j": 0.5, "j0": 0.0,
        "edge_distance": -0.5, "tau": epoch * 1.25e-3, "seconds": 1.0, "lr": 0.02,
        "momentum": 0.5, "batch_size": 32, "l2": 0.0, "epochs": 100, "indicators_every": 1,
    }  # fmt: skip
    return Epoch(**(plain | values))


def started_event(**values: object) -> Started:
    """A start on this machine's like."""
    plain: dict[str, Any] = {
        "t": 1000.0, "elapsed": 0.0, "incarnation": "i", "host": "host", "boot_id": "b", "pid": 1,
        "versions": {}, "device": "cpu", "threads": 1, "dataset": "synthetic",
        "dataset_checksum": "c", "train_size": 10, "test_size": 10, "hyperparameters": {},
        "from_epoch": 0,
    }  # fmt: skip
    return Started(**(plain | values))


_METRICS = (
    "train_loss", "test_loss", "train_accuracy", "test_accuracy", "j", "j0", "edge_distance",
    "gain", "asymptotic_distance", "lyapunov", "jacobian_norm", "tau", "bulk_j", "spikes",
    "saturation", "lambda_depth", "lambda_depth_error", "lambda_angle", "lambda_angle_error",
    "gross_growth", "twin_distance", *MachineUse.__struct_fields__,
)  # fmt: skip
layers = st.builds(
    Layer, name=texts, readout=st.booleans(), fan_in=st.none() | sizes,
    **dict.fromkeys(("growth", "angle", "gain", "j", "j0"), numbers),
)  # fmt: skip
epochs = st.builds(
    Epoch, **_BASE, layers=st.none() | st.lists(layers, max_size=3).map(tuple),
    epoch=counts, **dict.fromkeys(_METRICS, numbers),
    seconds=times, lr=st.floats(1e-9, 1), momentum=st.floats(0, 0.99), batch_size=sizes,
    l2=st.floats(0, 1), epochs=counts, indicators_every=counts,
)  # fmt: skip
_values = st.dictionaries(st.sampled_from(("lr", "l2", "momentum")), st.floats(0, 1))
any_event = st.one_of(
    epochs,
    st.builds(started_event, t=times, host=texts, pid=counts),
    st.builds(Changed, **_BASE, epoch=counts, values=_values, previous=_values),
    st.builds(Answer, **_BASE, id=texts, command=texts, applied=st.booleans(), text=texts,
              offset=counts),
    st.builds(Notice, **_BASE, text=texts),
    st.builds(Failed, **_BASE, epoch=counts, text=texts, traceback=texts),
    st.builds(Diverged, **_BASE, epoch=counts, text=texts),
    *[st.builds(kind, **_BASE, epoch=counts, reason=texts) for kind in (Paused, Rewound, Stopped)],
    *[st.builds(kind, **_BASE, epoch=counts) for kind in (Resumed, Finished)],
)  # fmt: skip


def same(first: object, second: object) -> bool:
    """Equality that lets nan equal nan."""
    if isinstance(first, float) and isinstance(second, float):
        return first == second or (math.isnan(first) and math.isnan(second))
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if type(first) is not type(second) or not hasattr(first, "__struct_fields__"):
        return first == second
    return all(same(getattr(first, f), getattr(second, f)) for f in first.__struct_fields__)

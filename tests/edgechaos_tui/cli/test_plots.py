"""`show --plot` of runs without a number to draw, and of numbers that hardly are any."""

import math
from pathlib import Path

import pytest

from edgechaos_tui.cli.main import _run
from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogWriter
from engine.storage.session.session import Session, create
from tests.support.event_samples import epoch_event, started_event

_METRICS = (
    "train_loss",
    "test_loss",
    "train_accuracy",
    "test_accuracy",
    "j",
    "j0",
    "edge_distance",
)


def _made(root: Path, *values: float) -> Session:
    session = create(root, build({"epochs": 29}), "s")
    writer = LogWriter(session.log)
    writer.append(started_event())
    for epoch, value in enumerate(values):
        writer.append(epoch_event(epoch, epochs=29, **dict.fromkeys(_METRICS, value)))
    writer.close()
    return session


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "accuracy: waiting for the first epoch"),
        ((math.nan,) * 30, "accuracy: no finite value in 30 epochs"),
        ((math.inf, -math.inf), "accuracy: no finite value in 2 epochs"),
        ((1e-310,) * 30, "accuracy"),
        ((1e308, -1e308, 5e-324, -0.0, math.nan), "accuracy"),
        ((0.5,), "accuracy"),
    ],
)
@pytest.mark.parametrize("columns", ["80", "10"])
def test_a_plot_or_the_reason_why_there_is_none(
    sessions_root: Path,
    values: tuple[float, ...],
    said: str,
    columns: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    _made(sessions_root, *values)
    assert _run(["show", "s", "--plot", "--sessions", str(sessions_root)]) == 0
    if columns == "80":
        assert said in capsys.readouterr().out

"""The tables on networks with depth in docs/reproduction.md, held against the sessions shipped."""

import re
from pathlib import Path

import numpy as np
import pytest

from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch
from engine.storage.session.folder import REFERENCES

PAGE = Path(__file__).parents[3] / "docs" / "reproduction.md"


def _epochs(name: str) -> list[Epoch]:
    events = LogReader(REFERENCES / name / "events.jsonl").read_all()
    by_epoch = {event.epoch: event for event in events if isinstance(event, Epoch)}
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is `heading`, row by row."""
    table = re.search(rf"\| {heading} \|.*\n((?: *\|.*\n)+)", PAGE.read_text())
    assert table is not None
    rows = table[1].splitlines()[1:]
    return [[cell.strip() for cell in row.strip(" |").split("|")] for row in rows]


def _signed(value: float | None, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("MLP, epoch", "reference-deep-mlp3-lr-0.02"),
        ("CNN, epoch", "reference-deep-cnn-lr-0.02"),
    ],
)
def test_the_tables_of_networks_with_depth_are_those_of_the_sessions(
    heading: str, name: str
) -> None:
    epochs, rows = _epochs(name), _rows(heading)
    assert len(rows) >= 8
    for epoch, scores, depth, angle, growths, j2 in rows:
        event = epochs[int(epoch)]
        layers = (event.layers or ())[:3]
        assert scores == f"{event.test_loss:.3f}, {event.test_accuracy:.3f}"
        assert depth == f"{_signed(event.lambda_depth, 3)} ± {event.lambda_depth_error:.3f}"
        assert angle == f"{_signed(event.lambda_angle, 3)} ± {event.lambda_angle_error:.3f}"
        assert growths == ", ".join(_signed(layer.growth, 2) for layer in layers)
        assert j2 == ", ".join(f"{(layer.j or 0) ** 2:.3f}" for layer in layers)


def test_the_slope_of_each_layer_over_the_learning_rate_is_that_of_the_sessions() -> None:
    for lr, *slopes in _rows("η"):
        epochs = _epochs(f"reference-deep-mlp3-lr-{lr}")[1:16]
        tau = [event.tau or 0.0 for event in epochs]
        for layer, slope in enumerate(slopes):
            j2 = [((event.layers or ())[layer].j or 0.0) ** 2 for event in epochs]
            assert f"{np.polyfit(tau, j2, 1)[0]:.1f}" == slope

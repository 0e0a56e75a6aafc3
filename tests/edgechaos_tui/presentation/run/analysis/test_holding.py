"""Runs whose J² is held: what is held, and the sentences that say so."""

import numpy as np
import pytest

from edgechaos_tui.presentation.run.analysis.holding import held_j2, held_layers, holding_words
from edgechaos_tui.presentation.run.analysis.law_report import run_advice
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.hyperparameters import Value, build
from engine.storage.session.events import Layer
from tests.support.event_samples import epoch_event

LAYERS = (
    Layer(name="hidden1", j=0.5),
    Layer(name="hidden2", j=1.0),
    Layer(name="readout", j=9.0, readout=True),
)


def _state(growth: float | None, layers: tuple[Layer, ...] | None, **values: Value) -> RunState:
    state = RunState(build({"hold_j2": 0.25, **values}))
    held = {"j": 0.5, "gross_growth": growth, "hold_j2": 0.25, "layers": layers}
    state.apply_all([epoch_event(n, **held) for n in range(30)])
    return state


@pytest.mark.parametrize(
    ("which", "j2", "layers", "words"),
    [
        (1, 0.25, ("hidden1",), "J² of hidden1 held at 0.25 by λ 0"),
        (2, 1.0, ("hidden2",), "J² of hidden2 brought to 0.25 by λ 0"),
        (
            0,
            0.625,
            ("hidden1", "hidden2"),
            "the mean J² of the hidden layers brought to 0.25 by λ 0",
        ),
    ],
)
def test_of_a_network_with_depth_the_layer_is_named(
    which: int, j2: float, layers: tuple[str, ...], words: str
) -> None:
    state = _state(12.0, LAYERS, model="mlp", depth=2, hold_layer=which)
    assert held_layers(state) == layers
    assert np.allclose(held_j2(state), j2)
    assert holding_words(state) == words


def test_of_the_papers_network_it_is_just_j2() -> None:
    state = _state(12.0, None)
    assert held_layers(state) == ()
    assert holding_words(state) == "J² held at 0.25 by λ 0"


def test_where_it_shrinks_by_itself_the_guideline_says_that_it_waits() -> None:
    state = _state(-1.0, LAYERS, model="mlp", depth=2, hold_layer=2)
    assert run_advice(state).text == (
        "J² of hidden2 is 1.00 and shrinks by itself: λ is 0 until it grows to 0.25, since no λ "
        "makes it grow."
    )

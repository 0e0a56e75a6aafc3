"""The hidden layers of a network with depth, from the line of an epoch."""

from collections.abc import Sequence

from engine.storage.session.events import Layer


def hidden_layers(layers: Sequence[Layer] | None) -> tuple[Layer, ...]:
    """`layers` without the readout."""
    return tuple(layer for layer in layers or () if not layer.readout)


def held_j2(j: float, layers: Sequence[Layer] | None, which: int) -> float:
    """The J² that is held at a target.

    which: the hidden layer with weights, counted from 1 at the input; 0: the mean of all. Without
    `layers`, as in the paper's network, it is that of the one hidden layer, whose J is `j`.
    """
    each = [layer.j * layer.j for layer in hidden_layers(layers) if layer.j is not None]
    if not each:
        return j * j
    return each[which - 1] if which else sum(each) / len(each)

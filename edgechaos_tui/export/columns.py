"""The columns of an exported table: the fields of an epoch in the log, their units and meaning."""

from typing import Final

from engine.storage import metrics
from engine.storage.hyperparameters import CHANGEABLE, PARAMETERS
from engine.storage.session.events import Epoch

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "session": ("", "the session's name"),
    "t": ("s since 1970", "when the epoch ended"),
    "elapsed": ("s", "training so far, without pauses"),
    "epoch": ("epochs", "0: before training"),
    **{name: (metric.unit, metric.meaning) for name, metric in metrics.METRICS.items()},
    **{
        name: (PARAMETERS[name].unit or "1", f"in force: {PARAMETERS[name].help}")
        for name in CHANGEABLE
    },
}
"""By the log's own names, in the order of the table: (unit, meaning)."""

WHOLE: Final = frozenset({"epoch", *(n for n in CHANGEABLE if PARAMETERS[n].kind is int)})
"""Columns of whole numbers; the others are numbers, `session` is a text."""

METRICS: Final = tuple(metrics.METRICS)
"""What was measured: the scalars of TensorBoard."""


def layer_cells(event: Epoch) -> dict[str, float | int | None]:
    """What the log has of each layer, by `layers/hidden1/growth` and the like."""
    return {
        f"layers/{layer.name}/{name}": getattr(layer, name)
        for layer in event.layers or ()
        for name in layer.__struct_fields__
        if name != "name"
    }

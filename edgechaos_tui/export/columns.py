"""The columns of an exported table: fields of an epoch, with their units and meaning."""

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
"""(unit, meaning) by the names in the log, in the order of the table."""

WHOLE: Final = frozenset({"epoch", *(n for n in CHANGEABLE if PARAMETERS[n].kind is int)})
"""Columns of whole numbers; the others are numbers, `session` is a text."""

METRICS: Final = tuple(metrics.METRICS)
"""The metrics, which are the scalars of TensorBoard."""


def layer_cells(event: Epoch) -> dict[str, float | int | None]:
    """The values of each layer of an epoch, by names such as `layers/hidden1/growth`."""
    return {
        f"layers/{layer.name}/{name}": getattr(layer, name)
        for layer in event.layers or ()
        for name in layer.__struct_fields__
        if name != "name"
    }

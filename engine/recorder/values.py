"""The metrics of one call of `log`, as plain numbers."""

from collections.abc import Mapping
from typing import Any

from engine.storage.errors import InvalidInput


def plain_metrics(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Every metric as a float; None (not measured), nan and inf are kept.

    Tensors and arrays of one element are read once. Raises InvalidInput, which names the metric.
    """
    return {_name(name): _number(name, value) for name, value in metrics.items()}


def _name(name: object) -> str:
    if not isinstance(name, str) or not name or len(name) > 200 or not name.isprintable():
        raise InvalidInput(f"{name!r} cannot name a metric: give 1 to 200 printable characters")
    return name


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    item = getattr(value, "item", None)
    try:
        return float(item() if callable(item) else value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise InvalidInput(f"{name}: {type(value).__name__} is not one number") from None

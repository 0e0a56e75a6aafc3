"""The selection of a few items from many."""

from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def evenly_spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """At most `most` ≥ 2 of `items`, evenly spread over them, the first and the last included."""
    if len(items) <= most:
        return list(items)
    step = (len(items) - 1) / (most - 1)
    return [items[round(index * step)] for index in range(most)]

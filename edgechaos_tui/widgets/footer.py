"""Keys that a footer leaves out where it has no room for all; they work all the same."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from textual.binding import ActiveBinding


def without(
    bindings: Mapping[str, ActiveBinding], unshown: Collection[str]
) -> dict[str, ActiveBinding]:
    """`bindings`, those for the actions `unshown` kept out of the footer."""
    return {
        key: active._replace(binding=replace(active.binding, show=False))
        if active.binding.action in unshown
        else active
        for key, active in bindings.items()
    }


def too_wide(levels: Mapping[int, Collection[str]], width: int) -> list[str]:
    """The actions that `levels` leaves out of a footer in `width` columns: those of all widths
    that are more."""
    return [action for least, actions in levels.items() if width < least for action in actions]

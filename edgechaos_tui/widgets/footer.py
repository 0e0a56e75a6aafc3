"""Keys that a footer leaves out where it has no space for all; they still work."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from textual.binding import ActiveBinding


def without(
    bindings: Mapping[str, ActiveBinding], unshown: Collection[str]
) -> dict[str, ActiveBinding]:
    """`bindings`, with those for the actions `unshown` hidden from the footer."""
    return {
        key: active._replace(binding=replace(active.binding, show=False))
        if active.binding.action in unshown
        else active
        for key, active in bindings.items()
    }


def too_wide(levels: Mapping[int, Collection[str]], width: int) -> list[str]:
    """The actions that a footer of `width` columns leaves out: those of all larger widths in
    `levels`."""
    return [action for least, actions in levels.items() if width < least for action in actions]

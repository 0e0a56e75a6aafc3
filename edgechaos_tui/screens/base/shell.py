"""The app, with its own type, for the screens and dialogs that it shows."""

from typing import TYPE_CHECKING, cast

from textual.dom import DOMNode

# The app imports the screens.
if TYPE_CHECKING:
    from edgechaos_tui.app import EdgeChaosApp


def shell(node: DOMNode) -> "EdgeChaosApp":
    """The app that `node` belongs to."""
    return cast("EdgeChaosApp", node.app)

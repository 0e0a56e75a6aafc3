"""The judge of Fig. 1b: agreement of the computed phase diagram with the theoretical edge."""

from typing import Final

import numpy as np

from edgechaos_tui.paper.scorecard import ScorecardLine, judged
from engine.theory.phase_diagram.file import PhaseDiagram

AGREES: Final = 0.95
"""The least share of the points away from the edge that must be in the phase of their side."""
_EDGE: Final = {"tanh": "edge", "relu": "growth"}
# With tanh and finite N and T the distance decays slowly just above the edge.
_AWAY: Final = {"tanh": (0.1, 0.4), "relu": (0.1, 0.1)}
_ORDERED_BELOW: Final = -3.0
_CHAOTIC_ABOVE: Final = -1.0


def judge(diagram: PhaseDiagram) -> list[ScorecardLine]:
    """Two lines for a diagram: the ordered points and the chaotic ones."""
    activation = diagram.parameters.activation
    below, above = _AWAY[activation]
    edge = np.interp(diagram.j0_over_j, diagram.curve_r, diagram.curves[_EDGE[activation]])
    distance = edge[np.newaxis, :] / diagram.one_over_j[:, np.newaxis] - 1
    distances = diagram.log10_distance
    ordered = float((distances[distance < -below] < _ORDERED_BELOW).mean())
    chaotic = float((distances[distance > above] > _CHAOTIC_ABOVE).mean())
    name = {"tanh": "tanh", "relu": "ReLU"}[activation]
    of_points = f"{AGREES:.0%} of the points".replace("%", " %")
    return [
        ScorecardLine(
            what=f"{name}, ordered",
            published="distance 0",
            source="figure",
            ours=ordered,
            window=f"J < {1 - below:g} J_edge",
            tolerance=f"at least {of_points}",
            verdict=judged(ordered >= AGREES),
        ),
        ScorecardLine(
            what=f"{name}, chaotic",
            published="distance O(√N)",
            source="figure",
            ours=chaotic,
            window=f"J > {1 + above:g} J_edge",
            tolerance=f"at least {of_points}",
            verdict=judged(chaotic >= AGREES),
        ),
    ]

"""The edge curves as a table that ships with the package, so that the app need not import scipy.

`python -m engine.theory.edge.table` writes the table from `mean_field`; a test compares the two.
"""

import json
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FILE = "edge_table.json"
_RANGES = {"tanh": (-3.0, 3.0, 301), "relu": (-6.0, 2.0, 321)}


@cache
def edge_table(activation: str) -> dict[str, tuple[Floats, Floats]]:
    """By curve (`edge` for tanh; `growth` and `gain` for ReLU): J₀/J and 1/J, each shape (n,)."""
    text = resources.files("engine.theory.edge").joinpath(_FILE).read_text(encoding="utf-8")
    curves = json.loads(text)[activation]
    return {
        name: (np.array(points["j0_over_j"]), np.array(points["one_over_j"]))
        for name, points in curves.items()
    }


def _write() -> None:
    from pathlib import Path

    from engine.theory import mean_field

    table = {}
    for activation, (low, high, count) in _RANGES.items():
        r = np.round(np.linspace(low, high, count), 6)
        table[activation] = {
            name: {"j0_over_j": r.tolist(), "one_over_j": np.round(y, 9).tolist()}
            for name, y in mean_field.boundary(activation, r).items()
        }
    Path(__file__).with_name(_FILE).write_text(json.dumps(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()

"""The table the screen draws from is what mean_field computes."""

import numpy as np
import pytest

from engine.theory.edge.table import edge_table
from engine.theory.mean_field import boundary


@pytest.mark.parametrize(
    ("activation", "names"), [("tanh", {"edge"}), ("relu", {"gain", "growth"})]
)
def test_the_shipped_table_agrees_with_the_theory(activation: str, names: set[str]) -> None:
    table = edge_table(activation)
    assert set(table) == names
    for name, (r, one_over_j) in table.items():
        np.testing.assert_allclose(one_over_j, boundary(activation, r)[name], atol=1e-8)

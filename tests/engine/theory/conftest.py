"""The recorded runs: J² an epoch on real Fashion-MNIST (data/j2_runs.json says how)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.theory.slope_law.law import LawFit, Prior

Fitted = Callable[..., LawFit]


class Runs:
    """The recorded runs by name."""

    def __init__(self) -> None:
        text = (Path(__file__).parents[2] / "support" / "data" / "j2_runs.json").read_text(
            encoding="utf-8"
        )
        self._runs = {run["name"]: run for run in json.loads(text)["runs"]}

    def j2(self, name: str) -> list[float]:
        """J² at each epoch from 0 on."""
        return list(self._runs[name]["j2"])

    def values(self, name: str, epoch: int) -> dict[str, Any]:
        """The hyperparameters in force during `epoch`, as LawFit.add takes them."""
        plan: list[list[Any]] = self._runs[name]["plan"]
        row = [row for row in plan if row[0] <= max(epoch, 1)][-1]
        return dict(zip(("lr", "momentum", "batch_size", "l2"), row[1:], strict=True))

    def fitted(self, name: str, prior: Prior | None = None, until: int | None = None) -> LawFit:
        """The law fitted to the run, as far as epoch `until`."""
        law = LawFit(60_000, prior=prior)
        for epoch, j2 in enumerate(self.j2(name)[: None if until is None else until + 1]):
            law.add(epoch, j2, **self.values(name, epoch))
        return law


@pytest.fixture(scope="session")
def runs() -> Runs:
    return Runs()


@pytest.fixture(scope="session")
def fitted(runs: Runs) -> Fitted:
    return runs.fitted

"""Recipes: the runs that each of the paper's figures needs, at two scales.

`full` is the paper's own size. `quick` takes less than two hours a figure on two cores, and is
still long enough to judge the paper's statements: a slope is an average over the whole ordered
phase, so that its runs reach the edge.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from edgechaos_tui.paper.published_values import (
    SLOPES_BY_BATCH_SIZE,
    SLOPES_BY_LR,
    SLOPES_BY_MOMENTUM,
    C,
)
from engine.storage.hyperparameters import Hyperparameters, Value, build
from engine.storage.setting import Setting, setting_of
from engine.storage.step_size import step_size_ratio_of

Scale = Literal["quick", "full"]
SCALES: Final[tuple[Scale, ...]] = ("quick", "full")
J2_START: Final = 0.25
"""J² before training: J = 1/2."""
_QUICK_SLOPE_EPOCHS: Final = 300
_BEYOND_THE_EDGE: Final = 1.3
"""The planned length of a run to the edge, relative to the law's forecast."""


@dataclass(frozen=True)
class RecipeRun:
    """One run of a figure. label: its name in the scorecard.

    to_the_edge: a session is long enough once it has reached J² = 1. needs: else, the number of
    epochs it must have; 0: all.
    """

    label: str
    hyperparameters: Hyperparameters
    to_the_edge: bool = False
    needs: int = 0

    @property
    def setting(self) -> Setting:
        """The hyperparameters that a session must share to be this run: all but seed and length."""
        return setting_of(self.hyperparameters)

    @property
    def slope_by_law(self) -> float:
        """A = c·η/((1−α)B) at the paper's c."""
        return C * step_size_ratio_of(self.hyperparameters)


@dataclass(frozen=True)
class Recipe:
    """A figure at one scale: the runs it needs, and those that this scale leaves out.

    axis: the axis over which the app compares its runs.
    """

    figure: str
    title: str
    scale: Scale
    runs: tuple[RecipeRun, ...] = ()
    left_out: tuple[RecipeRun, ...] = ()
    axis: Literal["epoch", "tau"] = "epoch"

    @property
    def settings(self) -> dict[Setting, list[RecipeRun]]:
        """The runs by their setting, each setting with all its seeds, in order."""
        runs_by_setting: dict[Setting, list[RecipeRun]] = {}
        for run in self.runs:
            runs_by_setting.setdefault(run.setting, []).append(run)
        return runs_by_setting


def recipe_of(figure: str, scale: Scale) -> Recipe:
    """The recipe of one of FIGURES, or of "hold". Raises KeyError for another."""
    return _RECIPES[figure](scale)


def _run(
    label: str,
    epochs: int,
    values: Mapping[str, Value],
    *,
    to_the_edge: bool = False,
    needs: int = 0,
) -> RecipeRun:
    return RecipeRun(label, build({**values, "epochs": epochs}), to_the_edge, needs)


def _slope_run(label: str, slope: float, values: Mapping[str, Value]) -> RecipeRun:
    epochs = math.ceil(_BEYOND_THE_EDGE * (1 - J2_START) / slope)
    return _run(label, epochs, {"lr": 0.01, "momentum": 0, **values}, to_the_edge=True)


def _fig1b(scale: Scale) -> Recipe:
    return Recipe("fig1b", "Fig. 1b · the phase diagram", scale)


def _fig2(scale: Scale) -> Recipe:
    run = _run("λ = 0", 105 if scale == "quick" else 501, _FIG2)
    return Recipe("fig2", "Fig. 2 · from order into chaos, η 0.02, α 0.5, B 32", scale, (run,))


def _fig3(scale: Scale) -> Recipe:
    runs = [_slope_run(f"η = {lr}", a, {"lr": lr}) for lr, a in SLOPES_BY_LR.items()]
    runs += [
        _slope_run(f"α = {alpha:g}", a, {"momentum": alpha})
        for alpha, a in SLOPES_BY_MOMENTUM.items()
    ]
    runs += [
        _slope_run(f"B = {size:g}", a, {"batch_size": int(size)})
        for size, a in SLOPES_BY_BATCH_SIZE.items()
    ]
    most = math.inf if scale == "full" else _QUICK_SLOPE_EPOCHS
    return Recipe(
        "fig3",
        "Fig. 3 · slope A of J² per epoch over the ordered phase",
        scale,
        tuple(run for run in runs if run.hyperparameters.epochs <= most),
        tuple(run for run in runs if run.hyperparameters.epochs > most),
        axis="tau",
    )


def _fig4(scale: Scale) -> Recipe:
    settings = ((0.005, 8), (0.01, 16), (0.02, 32), (0.04, 64), (0.08, 128))
    quick = scale == "quick"
    runs = (
        _run(
            f"η = {lr}, B = {size}",
            100 if quick else 501,
            {"lr": lr, "momentum": 0.5, "batch_size": size},
            to_the_edge=quick,
        )
        for lr, size in settings
    )
    return Recipe("fig4", "Fig. 4 · five runs of the same η/B, α 0.5", scale, tuple(runs))


def _fig5(scale: Scale) -> Recipe:
    settings: tuple[tuple[int, float, float], ...] = (
        (501, 0.02, 0.5), (1001, 0.01, 0.5), (2001, 0.01, 0), (4001, 0.005, 0), (8001, 0.0025, 0),
    )  # fmt: skip
    quick = (105, 160, 300) if scale == "quick" else ()
    runs = [
        _run(
            f"η = {lr}, α = {alpha:g}",
            quick[i] if i < len(quick) else epochs,
            {"lr": lr, "momentum": alpha},
            to_the_edge=i < len(quick),
        )
        for i, (epochs, lr, alpha) in enumerate(settings)
    ]
    count = len(quick) or len(runs)
    return Recipe(
        "fig5",
        "Fig. 5 · speeds over rescaled time τ = Σ η/((1−α)B)",
        scale,
        tuple(runs[:count]),
        tuple(runs[count:]),
        axis="tau",
    )


def _fig6(scale: Scale) -> Recipe:
    lambdas = ("0", "1e-5", "5e-5", "9e-5", "1.5e-4", "3e-4", "5e-4", "1e-3")
    if scale == "full":
        runs = _decay_runs(lambdas, 501, _FIG2, seeds=10)
    else:
        # The differences become clear after about 100 epochs, twice as many as to the edge.
        runs = _decay_runs(lambdas, 150, _FIG2, needs=100)
    return Recipe("fig6", "Fig. 6 · weight decay λ, η 0.02, α 0.5, B 32", scale, runs)


def _hold(scale: Scale) -> Recipe:
    """No figure of the paper: J² held below, at and beyond the edge, beside runs of a fixed λ."""
    quick = scale == "quick"
    epochs, needs = (130, 100) if quick else (501, 0)
    runs = [
        _run(f"J² = {target}", epochs, {**_FIG2, "hold_j2": float(target)}, needs=needs)
        for target in ("0.5", "0.7", "0.85", "1", "1.2", "1.5")
    ]
    runs += _decay_runs(("0", "5e-5", "9e-5", "1.5e-4", "5e-4"), epochs, _FIG2, needs=needs)
    return Recipe("hold", "J² held at a value, η 0.02, α 0.5, B 32", scale, tuple(runs))


def _relu_adam(scale: Scale) -> Recipe:
    common: dict[str, Value] = {"activation": "relu", "optimizer": "adam", "lr": 0.001}
    lambdas = ("0", "1e-6", "1e-5", "4e-5", "1e-4", "3e-4", "5e-4", "1e-3")
    runs = _decay_runs(lambdas, 201 if scale == "full" else 60, common)
    return Recipe("relu-adam", "ReLU and Adam · weight decay λ, η 0.001, B 32", scale, runs)


def _decay_runs(
    lambdas: tuple[str, ...],
    epochs: int,
    common: Mapping[str, Value],
    *,
    seeds: int = 1,
    needs: int = 0,
) -> tuple[RecipeRun, ...]:
    return tuple(
        _run(f"λ = {value}", epochs, {**common, "l2": float(value), "seed": seed}, needs=needs)
        for value in lambdas
        for seed in range(seeds)
    )


_FIG2: Final[dict[str, Value]] = {"lr": 0.02, "momentum": 0.5, "batch_size": 32}
_RECIPES: Final = {
    "fig1b": _fig1b, "fig2": _fig2, "fig3": _fig3, "fig4": _fig4, "fig5": _fig5, "fig6": _fig6,
    "relu-adam": _relu_adam, "hold": _hold,
}  # fmt: skip
FIGURES: Final = tuple(name for name in _RECIPES if name != "hold")
"""The paper's own figures, for which `all` stands."""

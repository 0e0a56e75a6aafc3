"""The phase diagram as data: its parameters, its result, and its file.

This module needs only numpy, so the app loads diagrams without scipy. Files are .npz without
pickled objects.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.storage.errors import EdgeChaosError

# Increased with each change of the computation or of the arrays, so that older files are ignored.
FORMAT = 1
COARSENING = 4


class DiagramFileError(EdgeChaosError):
    """The file is not a phase diagram of this format."""


@dataclass(frozen=True)
class DiagramAxis:
    """`count` equally spaced values from `start` to `stop`, both included."""

    start: float
    stop: float
    count: int

    def values(self) -> NDArray[np.float64]:
        return np.linspace(self.start, self.stop, self.count)

    def coarse(self) -> "DiagramAxis":
        """The same range with about a quarter of the points."""
        return replace(self, count=max(2, round(self.count / COARSENING)))


@dataclass(frozen=True)
class DiagramParameters:
    """The parameters of a diagram: φ, the grid, N units, T steps, the seed of G and of the start.

    Raises ValueError for an unknown activation or an invalid grid, N or T.
    """

    activation: str
    j0_over_j: DiagramAxis
    one_over_j: DiagramAxis
    n: int = 784
    steps: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.activation not in ("tanh", "relu"):
            raise ValueError(f"activation must be tanh or relu, not {self.activation!r}")
        if self.n < 1 or self.steps < 1 or self.seed < 0:
            raise ValueError("n and steps must be at least 1, seed at least 0")
        if min(self.j0_over_j.count, self.one_over_j.count) < 1:
            raise ValueError("each axis needs at least one point")
        if min(self.one_over_j.start, self.one_over_j.stop) <= 0:
            raise ValueError("1/J must be above 0")

    def coarse(self) -> "DiagramParameters":
        """The same diagram on a grid with about a sixteenth of the points."""
        return replace(self, j0_over_j=self.j0_over_j.coarse(), one_over_j=self.one_over_j.coarse())


@dataclass(frozen=True)
class PhaseDiagram:
    """Asymptotic distance over the grid, with the edge beside it.

    j0_over_j: (C,).  one_over_j: (R,).  log10_distance: (R, C) float32, rows by 1/J, finite
    everywhere (see phase_diagram.FLOOR).  curve_r: (K,) J₀/J of the edge curves, each (K,) 1/J, by
    name: "edge" for tanh, "gain" and "growth" for ReLU.
    """

    parameters: DiagramParameters
    j0_over_j: NDArray[np.float64]
    one_over_j: NDArray[np.float64]
    log10_distance: NDArray[np.float32]
    curve_r: NDArray[np.float64]
    curves: dict[str, NDArray[np.float64]]


def default_parameters(
    activation: str, *, n: int = 784, steps: int = 100, seed: int = 0
) -> DiagramParameters:
    """The grid of the paper's Fig. 1b: 100 × 151 points for tanh, 100 × 121 for ReLU."""
    across = DiagramAxis(-5.0, 1.0, 121) if activation == "relu" else DiagramAxis(-1.0, 2.0, 151)
    return DiagramParameters(activation, across, DiagramAxis(0.02, 2.0, 100), n, steps, seed)


def cache_path(parameters: DiagramParameters, cache_dir: Path) -> Path:
    """The path of the diagram with these parameters in the cache, computed or not."""
    parameters_json = json.dumps([FORMAT, asdict(parameters)], sort_keys=True)
    key = hashlib.sha256(parameters_json.encode()).hexdigest()[:16]
    return cache_dir / f"phase-diagram-{parameters.activation}-n{parameters.n}-{key}.npz"


def save(diagram: PhaseDiagram, path: Path) -> None:
    """Write whole or not at all (a temporary file, then os.replace). Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = json.dumps({"format": FORMAT, "parameters": asdict(diagram.parameters)})
    arrays: dict[str, Any] = {f"curve_{name}": curve for name, curve in diagram.curves.items()}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(
                file,
                about=np.array(header),
                j0_over_j=diagram.j0_over_j,
                one_over_j=diagram.one_over_j,
                log10_distance=diagram.log10_distance,
                r=diagram.curve_r,
                **arrays,
            )
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def load(path: Path) -> PhaseDiagram:
    """Read a diagram. Raises DiagramFileError for any other file, OSError if it cannot be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _read(arrays)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DiagramFileError(f"{path.name} is not a phase diagram: {error}") from error


def _read(arrays: Any) -> PhaseDiagram:
    about = json.loads(str(arrays["about"]))
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}, expected {FORMAT}")
    fields = about["parameters"]
    axes = {name: DiagramAxis(**fields[name]) for name in ("j0_over_j", "one_over_j")}
    parameters = DiagramParameters(**{**fields, **axes})
    distance = np.asarray(arrays["log10_distance"], dtype=np.float32)
    if distance.shape != (parameters.one_over_j.count, parameters.j0_over_j.count):
        raise ValueError(f"distances of shape {distance.shape}")
    return PhaseDiagram(
        parameters=parameters,
        j0_over_j=arrays["j0_over_j"],
        one_over_j=arrays["one_over_j"],
        log10_distance=distance,
        curve_r=arrays["r"],
        curves={
            name.removeprefix("curve_"): arrays[name]
            for name in arrays.files
            if name.startswith("curve_")
        },
    )

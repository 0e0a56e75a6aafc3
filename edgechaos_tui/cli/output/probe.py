"""The depth profile of a model as a table with a map, or as JSON."""

import json as json_module
import math
from pathlib import Path
from typing import Any, Final

from edgechaos_tui.cli.output.table import print_table
from edgechaos_tui.control.launcher import run_probe
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean
from engine.storage.errors import EdgeChaosError

_HALF: Final = 8
_FULL_SCALE: Final = 0.5


class ProbeError(EdgeChaosError):
    """There is no profile; the message says why."""


def probe(
    model: str, weights: Path | None, shape: str, samples: int, seed: int, *, json: bool
) -> None:
    """Measure in a process of its own and print. Raises ProbeError."""
    options = ["--input", shape, "--samples", str(samples), "--seed", str(seed)]
    if weights:
        options += ["--weights", str(weights)]
    text, errors = run_probe([*options, "--", model])
    try:
        found: dict[str, Any] = json_module.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last = errors.strip().splitlines()[-1:] or ["it printed nothing"]
        raise ProbeError(clean(f"{model}: the measurement ended early: {last[0]}")) from None
    if "error" in found:
        raise ProbeError(clean(found["error"]))
    if json:
        print(json_text(found, indent=2))
        return
    _print(model, found)


def _print(model: str, found: dict[str, Any]) -> None:
    shape = "x".join(map(str, found["input"]))
    print(clean(f"{model}: {found['inputs']} inputs of {shape}, {found['method']}"))
    for name, symbol in (("lambda_depth", "λ_depth"), ("lambda_angle", "λ_angle")):
        print(f"{symbol}  {_estimate(found[name])}")
    rows = [_row(row) for row in found["layers"]]
    print_table(
        ["block", "growth", "angle", "gain χ", "J²", "fan-in", "order · chaos"],
        rows,
        left=["block", "order · chaos"],
        cut=["block"],
    )
    print(f"The map shows the growth from −{_FULL_SCALE} to +{_FULL_SCALE}, 0 in its middle.")
    for name, reason in found["unmeasured"].items():
        print(clean(f"not measured: {name}: {reason}"))


def _estimate(estimate: dict[str, Any] | None) -> str:
    if estimate is None:
        return "not measured"
    return f"{_number(estimate['value'])} ± {_number(estimate['error'])}  {estimate['phase']}"


def _row(row: dict[str, Any]) -> list[str]:
    j = row.get("j")
    growth = row.get("growth")
    return [
        row["name"],
        _number(growth),
        _number(row.get("angle")),
        _number(row.get("gain")),
        "" if j is None else _number(float(j) ** 2),
        str(row.get("fan_in", "")),
        _bar(growth),
    ]


def _number(value: float | str | None) -> str:
    return "" if value is None else f"{float(value):+.4f}"


def _bar(growth: float | str | None) -> str:
    """The growth as a bar to the left (order) or right (chaos) of the edge."""
    value = math.nan if growth is None else float(growth)
    if math.isnan(value):
        return ""
    share = max(-1.0, min(1.0, value / _FULL_SCALE))
    cells = round(abs(share) * _HALF)
    left = ("░" * cells).rjust(_HALF) if share < 0 else " " * _HALF
    right = ("█" * cells).ljust(_HALF) if share > 0 else ""
    return f"{left}│{right}"

"""The output of `edgechaos-tui probe`: the depth profile of a model as a table, or as JSON."""

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
    """The profile could not be measured; the message says why."""


def probe(
    model: str, weights: Path | None, shape: str, samples: int, seed: int, *, json: bool
) -> None:
    """Measure the profile in a process of its own and print it. Raises ProbeError."""
    options = ["--input", shape, "--samples", str(samples), "--seed", str(seed)]
    if weights:
        options += ["--weights", str(weights)]
    text, errors = run_probe([*options, "--", model])
    try:
        profile: dict[str, Any] = json_module.loads(text.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last_line = errors.strip().splitlines()[-1:] or ["it printed nothing"]
        raise ProbeError(clean(f"{model}: the measurement ended early: {last_line[0]}")) from None
    if "error" in profile:
        raise ProbeError(clean(profile["error"]))
    if json:
        print(json_text(profile, indent=2))
        return
    _print(model, profile)


def _print(model: str, profile: dict[str, Any]) -> None:
    shape = "x".join(map(str, profile["input"]))
    print(clean(f"{model}: {profile['inputs']} inputs of {shape}, {profile['method']}"))
    for name, symbol in (("lambda_depth", "λ_depth"), ("lambda_angle", "λ_angle")):
        print(f"{symbol}  {_estimate(profile[name])}")
    rows = [_row(row) for row in profile["layers"]]
    print_table(
        ["block", "growth", "angle", "gain χ", "J²", "fan-in", "order · chaos"],
        rows,
        left=["block", "order · chaos"],
        cut=["block"],
    )
    print(f"The bars show the growth from −{_FULL_SCALE} to +{_FULL_SCALE}, with 0 in the middle.")
    for name, reason in profile["unmeasured"].items():
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
    order_half = ("░" * cells).rjust(_HALF) if share < 0 else " " * _HALF
    chaos_half = ("█" * cells).ljust(_HALF) if share > 0 else ""
    return f"{order_half}│{chaos_half}"

"""`python -m benchmarks [NAME…]`: measure all, or what is named; one table, and benchmarks.json.

Figures that are not measured this time stay in the file. --markdown prints the table for
docs/benchmarks.md from the file and measures nothing.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from benchmarks import depth, first_paint, load, reading, recorder, rooms, screen, training
from benchmarks.figures import Figure, markdown, text

_OUTPUT = Path(__file__).parent.parent / "benchmarks.json"
_MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "training": training.measure,
    "depth": depth.measure,
    "recorder": recorder.measure,
    "attached": load.measure,
    "first-paint": first_paint.measure,
    "screen": screen.measure,
    "reading": reading.measure,
    "million": reading.measure_million,
    "library": rooms.listing,
    "sweep": rooms.side_by_side,
}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_MEASURES))
    parser.add_argument(
        "--markdown", action="store_true", help="print the table for docs/benchmarks.md"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in _MEASURES]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(_MEASURES)}")
    figures_by_name = _read()
    if arguments.markdown:
        print(markdown(list(chain.from_iterable(figures_by_name.values()))))
        return
    for name in arguments.names or _MEASURES:
        begin = time.monotonic()
        figures_by_name[name] = _MEASURES[name]()
        print(f"\n{name}, measured in {time.monotonic() - begin:.0f} s", flush=True)
        print(text(figures_by_name[name]), flush=True)
        _write(figures_by_name)
    print(f"\nwrote {_OUTPUT.name}")


def _read() -> dict[str, list[Figure]]:
    if not _OUTPUT.exists():
        return {}
    stored = json.loads(_OUTPUT.read_text()).get("figures", {})
    return {name: [Figure(**row) for row in stored[name]] for name in _MEASURES if name in stored}


def _write(known: dict[str, list[Figure]]) -> None:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}"
    figures = {name: [asdict(row) for row in known[name]] for name in _MEASURES if name in known}
    _OUTPUT.write_text(json.dumps({"machine": machine, "figures": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()

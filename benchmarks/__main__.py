"""`python -m benchmarks`: every measurement, one table, and the figures in benchmarks.json."""

import json
from pathlib import Path

from benchmarks import first_paint, sweep, training
from engine.record.hyperparameters import build

_OUTPUT = Path("benchmarks.json")


def main() -> None:
    """Measure, print and write."""
    paint = first_paint.measure(rounds=9)
    print(f"first paint against a bare Textual app: {paint['ratio']:.2f}")
    epoch = training.measure(build({"threads": 1}), images=60_000, rounds=5, loader=False)
    training.show(epoch)
    pair = sweep.measure(images=12_000, epochs=1, rounds=3)
    sweep.show(pair)
    figures = {"first_paint": paint, "training": epoch, "sweep": pair}
    _OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"wrote {_OUTPUT}")


if __name__ == "__main__":
    main()

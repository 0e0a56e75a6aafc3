"""Two runs side by side with one thread each, against the same two one after another with two.

Real engine processes; what is timed is the training of their epochs, by the logs, without loading
PyTorch. The two ways are taken in alternation, so that what else the machine does meets both; the
ratio is of medians, with the least and the most.

    python -m benchmarks.sweep [--images 12000] [--epochs 2] [--rounds 3]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.storage.hyperparameters import build
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch
from engine.storage.session.session import Session, create


def _start(root: Path, threads: int, images: int, epochs: int, seed: int) -> tuple[Session, Any]:
    hyperparameters = {
        "dataset": "synthetic", "train_size": images, "test_size": 100, "epochs": epochs,
        "threads": threads, "seed": seed, "indicators_every": 0,
    }  # fmt: skip
    session = create(root, build(hyperparameters))
    return session, subprocess.Popen([sys.executable, "-P", "-m", "engine", str(session.folder)])


def _span(sessions: list[Session]) -> float:
    """Seconds from the first epoch's begin to the last one's end, over all of them."""
    epochs = [
        event
        for session in sessions
        for event in LogReader(session.log).read_all()
        if isinstance(event, Epoch) and event.epoch
    ]
    return max(e.t for e in epochs) - min(e.t - e.seconds for e in epochs)


def _side_by_side(root: Path, images: int, epochs: int) -> float:
    begun = [_start(root, 1, images, epochs, seed) for seed in range(2)]
    for _, engine in begun:
        engine.wait()
    return _span([session for session, _ in begun])


def _one_after_another(root: Path, images: int, epochs: int) -> float:
    seconds = 0.0
    for seed in range(2):
        session, engine = _start(root, 2, images, epochs, seed)
        engine.wait()
        seconds += _span([session])
    return seconds


def measure(images: int, epochs: int, rounds: int) -> dict[str, Any]:
    """Seconds for two runs in each way, and how many times faster side by side is."""
    seconds: dict[str, list[float]] = {"side_by_side": [], "one_after_another": []}
    with tempfile.TemporaryDirectory(prefix="edgechaos-bench-") as folder:
        for _ in range(rounds):
            seconds["side_by_side"].append(_side_by_side(Path(folder), images, epochs))
            seconds["one_after_another"].append(_one_after_another(Path(folder), images, epochs))
    ratios = [
        alone / both
        for both, alone in zip(seconds["side_by_side"], seconds["one_after_another"], strict=True)
    ]
    return {
        "images": images,
        "epochs": epochs,
        "seconds": seconds,
        "ratio": statistics.median(ratios),
        "ratio_least": min(ratios),
        "ratio_most": max(ratios),
    }


def show(result: dict[str, Any]) -> None:
    """The result as lines of text."""
    print(f"two runs of {result['epochs']} epochs of {result['images']} images")
    for name, times in result["seconds"].items():
        words = name.replace("_", " ")
        print(f"  {words:18}" + "  ".join(f"{seconds:.2f} s" for seconds in times))
    print(
        f"  side by side is {result['ratio']:.2f} times as fast "
        f"({result['ratio_least']:.2f} to {result['ratio_most']:.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    show(measure(arguments.images, arguments.epochs, arguments.rounds))


if __name__ == "__main__":
    main()

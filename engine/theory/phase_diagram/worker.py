"""`python -m engine.theory.phase_diagram.worker`: the phase diagram, computed beside a run.

It lowers its priority, caches first the coarse diagram, then the full one (with --coarse only the
coarse one), and reports progress in JSON lines on stdout: {"stage": "coarse", "fraction": 0.42}, …,
and at the end {"path": "…"}. Cached diagrams are not computed again. On SIGTERM, or when the reader
of stdout is gone, it stops and leaves no temporary file.

The launcher sets OPENBLAS_NUM_THREADS=1 (and MKL_NUM_THREADS=1) in its environment, which numpy
reads when it is imported; --workers says how many threads share the work. A BLAS with threads of
its own is several times slower wherever another process, such as a training run, has a core.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from engine.theory.phase_diagram.compute import cached
from engine.theory.phase_diagram.file import cache_path, default_parameters

_SMALLEST_STEP = 0.01


class _DiagramProgress:
    """Prints a stage's progress, at most once per hundredth."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._printed = -1.0

    def __call__(self, fraction: float) -> None:
        if fraction < 1.0 and fraction - self._printed < _SMALLEST_STEP:
            return
        self._printed = fraction
        _print_json({"stage": self._stage, "fraction": round(fraction, 3)})


def main(argv: Sequence[str] | None = None) -> int:
    """Compute and report. Returns 0, or 1 if the diagram could not be written; 143 on SIGTERM."""
    arguments = _parser().parse_args(argv)
    # The lowest priority: on a busy machine it must take almost no time from a training run.
    os.nice(19)
    signal.signal(signal.SIGTERM, _stop)
    full = default_parameters(
        arguments.activation, n=arguments.n, steps=arguments.steps, seed=arguments.seed
    )
    stages = (
        {"coarse": full.coarse()} if arguments.coarse else {"coarse": full.coarse(), "full": full}
    )
    try:
        for stage, parameters in stages.items():
            progress = _DiagramProgress(stage)
            cached(parameters, arguments.cache, progress, arguments.workers)
            progress(1.0)
        _print_json({"path": str(cache_path(parameters, arguments.cache))})
    except BrokenPipeError:
        # Python flushes stdout once more at exit; that must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"the phase diagram could not be written: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine.theory.phase_diagram.worker", description=__doc__)
    parser.add_argument("--activation", choices=("tanh", "relu"), default="tanh")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the diagrams")
    parser.add_argument("--coarse", action="store_true", help="the coarse diagram alone")
    parser.add_argument("--n", type=int, default=784, help="units (default 784)")
    parser.add_argument("--steps", type=int, default=100, help="iterations (default 100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="threads")
    return parser


def _print_json(message: dict[str, object]) -> None:
    print(json.dumps(message), flush=True)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    sys.exit(main())

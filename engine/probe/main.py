"""`python -m engine.probe.main MODEL`: the depth profile of a model, one JSON object on stdout.

An object with `error` says in a sentence why there is no profile. The model's own output goes to
stderr.
"""

import argparse
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from engine.runtime.environment import hold_threads
from engine.storage.errors import EdgeChaosError
from engine.storage.line_codec import encode_line


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status: 1 without a profile."""
    parser = argparse.ArgumentParser(prog="python -m engine.probe.main", description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--input", default="")
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    hold_threads()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            answer = _measure(options)
    except EdgeChaosError as error:
        answer = {"error": str(error)}
    sys.stdout.buffer.write(encode_line(answer))
    return int("error" in answer)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    # Torch takes seconds and a gigabyte, so it is imported after the options are parsed.
    import torch

    from engine.indicators.depth import DepthProbe
    from engine.probe import saved_model

    torch.manual_seed(options.seed)
    model = saved_model.build(options.model)
    if options.weights:
        saved_model.load_weights(model, options.weights)
    shape = _shape(options.input) or _first_width(model)
    generator = torch.Generator().manual_seed(options.seed)
    inputs = torch.randn(options.samples, *shape, generator=generator)
    profile = DepthProbe(model, inputs, seed=options.seed).measure()
    answer: dict[str, Any] = msgspec.to_builtins(profile)
    for name in ("lambda_depth", "lambda_angle"):
        estimate = getattr(profile, name)
        if estimate:
            answer[name]["phase"] = estimate.phase
    return answer | {"layers": profile.layers(), "input": list(shape)}


def _shape(text: str) -> tuple[int, ...]:
    from engine.probe.saved_model import ModelError

    try:
        shape = tuple(int(part) for part in text.split("x")) if text else ()
    except ValueError:
        shape = (0,)
    if any(side < 1 for side in shape):
        raise ModelError(f"--input {text}: give a sample's shape, as in 784 or 3x224x224")
    return shape


def _first_width(model: Any) -> tuple[int, ...]:
    """The shape of a sample, which a linear first layer tells. Raises ModelError for others."""
    from torch import nn

    from engine.indicators.blocks import WEIGHT_LAYERS
    from engine.probe.saved_model import ModelError

    first_layer = next((part for part in model.modules() if isinstance(part, WEIGHT_LAYERS)), None)
    if isinstance(first_layer, nn.Linear):
        return (first_layer.in_features,)
    raise ModelError("the shape of a sample is not known: give it, as in --input 3x224x224")


if __name__ == "__main__":
    sys.exit(main())

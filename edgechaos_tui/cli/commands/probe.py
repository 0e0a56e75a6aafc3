"""`edgechaos-tui probe`: order and chaos in depth of any PyTorch model."""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption


def probe(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="a function that returns the model, as MODULE:NAME or FILE.py:NAME, such as "
            "torchvision.models:resnet18; its code is executed",
        ),
    ],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="the model's weights: a safetensors file, or a state dict, loaded without running "
            "pickled code (default: as the function sets them)",
        ),
    ] = None,
    input: Annotated[
        str,
        typer.Option(
            "--input",
            metavar="SHAPE",
            help="shape of one input, such as 3x224x224 (default: that of the first Linear layer)",
        ),
    ] = "",
    samples: Annotated[
        int,
        typer.Option(
            "--samples", min=2, max=4096, help="number of inputs, drawn from Normal(0, 1)"
        ),
    ] = 32,
    seed: Annotated[
        int,
        typer.Option("--seed", min=0, help="seed of the inputs, and of the weights if not given"),
    ] = 0,
    json: JsonOption = False,
) -> None:
    """Measure order and chaos of a PyTorch model, block by block from input to output.

    Prints λ_depth and λ_angle (nats per block; below 0: order, above 0: chaos), and growth, angle,
    gain χ and J² of each block.
    """
    from edgechaos_tui.cli.output import probe as output

    output.probe(model, weights, input, samples, seed, json=json)

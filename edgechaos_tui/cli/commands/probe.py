"""`edgechaos-tui probe`: the signature only; what does the work is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption


def probe(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="what makes the model: torchvision.models:resnet18, mynet.py:build; it is run",
        ),
    ],
    weights: Annotated[
        Path | None,
        typer.Option("--weights", help="its weights: safetensors or a state dict; never a pickle"),
    ] = None,
    input: Annotated[
        str,
        typer.Option(
            "--input", help="shape of a sample, as in 3x224x224 (default: the first Linear's)"
        ),
    ] = "",
    samples: Annotated[
        int, typer.Option("--samples", min=2, max=4096, help="inputs drawn from Normal(0, 1)")
    ] = 32,
    seed: Annotated[
        int,
        typer.Option("--seed", min=0, help="seed of the inputs, and of weights that are not given"),
    ] = 0,
    json: JsonOption = False,
) -> None:
    """Measure order and chaos of a model block by block, from input to output.

    Prints λ_depth and λ_angle (below 0 order, above 0 chaos), growth, angle and gain of each block,
    and J² of its weights.
    """
    from edgechaos_tui.cli.output import probe as output

    output.probe(model, weights, input, samples, seed, json=json)

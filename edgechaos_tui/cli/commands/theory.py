"""`edgechaos-tui theory`: the paper's mathematics on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption, SessionsOption, find_session

app = typer.Typer(help="Compute the paper's mathematics: the edge, the phase diagram, and λ*.")

ActivationOption = Annotated[
    str, typer.Option("--activation", metavar="NAME", help="the activation φ: tanh or relu")
]


@app.command()
def boundary(activation: ActivationOption = "tanh", json: JsonOption = False) -> None:
    """Print the theoretical edge in the plane of J₀/J and 1/J (mean-field theory, Eq. 3)."""
    from edgechaos_tui.cli.output import theory

    theory.boundary(_checked(activation), json=json)


@app.command("phase-diagram")
def phase_diagram(
    activation: ActivationOption = "tanh",
    n: Annotated[int, typer.Option("--n", min=1, max=20_000, help="number of units N")] = 784,
    steps: Annotated[
        int, typer.Option("--steps", min=1, max=100_000, help="number of iterations T")
    ] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="seed of the Gaussian matrix")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="write the data to FILE.npz, or a figure to FILE.png, .svg or .pdf",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compute the asymptotic distance over the plane of J₀/J and 1/J (Fig. 1b), and cache it."""
    if output is not None and output.suffix not in (".npz", ".png", ".svg", ".pdf"):
        raise typer.BadParameter(f"-o: {output.name} does not end in .npz, .png, .svg or .pdf")
    from edgechaos_tui.cli.output import theory
    from engine.theory.phase_diagram.file import default_parameters

    parameters = default_parameters(_checked(activation), n=n, steps=steps, seed=seed)
    theory.phase_diagram(parameters, output, json=json)


@app.command()
def guideline(
    context: typer.Context,
    session: Annotated[
        str | None, typer.Argument(metavar="SESSION", help="the session's name")
    ] = None,
    c: Annotated[
        float | None, typer.Option("--c", help="constant c of the slope law, instead of a session")
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", min=1, help="number of training images S, with --c")
    ] = 60_000,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """Print the law's fit, forecast and advised λ* for a run, or λ* = c/(4S) for a given c."""
    if (session is None) == (c is None) or (c is not None and not 0 < c < float("inf")):
        raise typer.BadParameter("name a session, or give --c a number above 0")
    from edgechaos_tui.cli.output import theory

    if c is not None:
        theory.guideline_for(c, samples, json=json)
    else:
        theory.guideline_of(find_session(context, sessions, session or ""), json=json)


def _checked(activation: str) -> str:
    if activation not in ("tanh", "relu"):
        raise typer.BadParameter(f"--activation: {activation!r} is not one of tanh, relu")
    return activation

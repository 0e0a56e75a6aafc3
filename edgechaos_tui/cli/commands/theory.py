"""`edgechaos-tui theory …`: the paper's mathematics without a run and without a screen.

The signatures only: what does the work imports numpy, and the app's first paint must not.
"""

from pathlib import Path
from typing import Annotated

import typer

from edgechaos_tui.cli.options import JsonOption, SessionsOption, find_session

app = typer.Typer(help="The paper's mathematics: the edge, the phase diagram, the guideline.")

ActivationOption = Annotated[str, typer.Option("--activation", help="tanh or relu")]


@app.command()
def boundary(activation: ActivationOption = "tanh", json: JsonOption = False) -> None:
    """The theoretical edge in the plane of J₀/J and 1/J (mean-field theory, paper Eq. 3)."""
    from edgechaos_tui.cli.output import theory

    theory.boundary(_checked(activation), json=json)


@app.command("phase-diagram")
def phase_diagram(
    activation: ActivationOption = "tanh",
    n: Annotated[int, typer.Option("--n", min=1, max=20_000, help="units N")] = 784,
    steps: Annotated[int, typer.Option("--steps", min=1, max=100_000, help="iterations T")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="seed of the Gaussian matrix")] = 0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="write to FILE.npz, .png, .svg or .pdf"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Asymptotic distance over the plane (paper Fig. 1b), from the cache or computed."""
    if output is not None and output.suffix not in (".npz", ".png", ".svg", ".pdf"):
        raise typer.BadParameter(f"-o: {output.name} does not end in .npz, .png, .svg or .pdf")
    from edgechaos_tui.cli.output import theory
    from engine.theory.phase_diagram.file import default_parameters

    parameters = default_parameters(_checked(activation), n=n, steps=steps, seed=seed)
    theory.phase_diagram(parameters, output, json=json)


@app.command()
def guideline(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(help="a session's name")] = None,
    c: Annotated[
        float | None, typer.Option("--c", help="c of the slope law, without a run")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, help="S, with --c")] = 60_000,
    sessions: SessionsOption = None,
    json: JsonOption = False,
) -> None:
    """The advised λ* for a run, or λ* = c/(4S) for a given c."""
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

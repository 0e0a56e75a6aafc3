"""The output of `edgechaos-tui theory`: text, JSON and files."""

import json as json_module
import shutil
from pathlib import Path
from typing import Any

import msgspec
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from edgechaos_tui.cli.output.live import stderr_bar
from edgechaos_tui.control import launcher
from edgechaos_tui.export.atomic_files import whole_file
from edgechaos_tui.export.figures import phase_diagram as figures
from edgechaos_tui.export.figures.page import require
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.run.analysis.law_report import law_record
from edgechaos_tui.presentation.run.state import read_state
from engine.storage.errors import SessionError
from engine.storage.host import cores
from engine.storage.session.session import Session
from engine.theory.edge.table import edge_table
from engine.theory.phase_diagram.file import DiagramParameters, PhaseDiagram, cache_path, load
from engine.theory.slope_law import guideline


def boundary(activation: str, *, json: bool) -> None:
    """Print the points of the edge curves; without `json`, every tenth of them as a table."""
    points = [
        {"curve": name, "j0_over_j": round(float(x), 6), "one_over_j": float(y)}
        for name, (xs, ys) in edge_table(activation).items()
        for x, y in zip(xs, ys, strict=True)
    ]
    if json:
        print(json_text({"activation": activation, "points": points}, indent=2))
        return
    print(f"{'curve':<8}{'J₀/J':>8}{'1/J':>12}")
    for point in points[::10]:
        print(f"{point['curve']:<8}{point['j0_over_j']:>8.2f}{point['one_over_j']:>12.6f}")
    print(f"every tenth of {len(points)} points; --json prints all")


def phase_diagram(parameters: DiagramParameters, output: Path | None, *, json: bool) -> None:
    """Compute the diagram unless it is cached; write it to `output` in the format of its ending.

    Raises SessionError when it cannot be computed or written.
    """
    if output is not None and output.suffix != ".npz":
        require()
    path = cache_path(parameters, launcher.diagram_folder())
    if not path.exists():
        compute(parameters)
    if output is not None:
        _write(path, output)
    if json:
        print(json_text(_record(load(path))))
    else:
        print(f"wrote {output}" if output else f"cached in {path}; -o FILE writes a copy or figure")


def guideline_for(c: float, samples: int, *, json: bool) -> None:
    """Print λ* for a given c and S."""
    _print({"c": c, "lambda_star": guideline.lambda_star(c, 0, samples).value}, json=json)


def guideline_of(session: Session, *, json: bool) -> None:
    """Print the law's fit, forecast and advice for a run. Raises SessionError."""
    _print(law_record(read_state(session)), json=json)


def _print(record: dict[str, Any], *, json: bool) -> None:
    if json:
        print(json_text(record, indent=2))
        return
    for name, value in record.items():
        if value is not None:
            text = guideline.figure(value) if isinstance(value, float) else value
            print(f"{name:<28}{text}")


def compute(parameters: DiagramParameters) -> None:
    """Compute the diagram into the cache, with progress on stderr. Raises SessionError."""
    bar = stderr_bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    process = launcher.start_diagram(
        parameters.activation, launcher.diagram_folder(), workers=cores(),
        n=parameters.n, steps=parameters.steps, seed=parameters.seed,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        with bar, process.stdout as lines:
            task = bar.add_task("starting", total=1.0)
            for line in lines:
                message = json_module.loads(line)
                if "stage" in message:
                    stage = f"{message['stage']} diagram"
                    bar.update(task, description=stage, completed=message["fraction"])
    finally:
        process.terminate()
        process.wait()
    if not cache_path(parameters, launcher.diagram_folder()).exists():
        raise SessionError(
            f"the phase diagram could not be written to {launcher.diagram_folder()}; "
            "XDG_CACHE_HOME chooses another cache folder"
        )


def _write(path: Path, output: Path) -> None:
    if output.suffix != ".npz":
        figures.phase_diagram(load(path), output)
        return
    with whole_file(output) as temporary:
        shutil.copyfile(path, temporary)


def _record(diagram: PhaseDiagram) -> dict[str, Any]:
    return {
        "parameters": msgspec.to_builtins(diagram.parameters),
        "j0_over_j": diagram.j0_over_j.tolist(),
        "one_over_j": diagram.one_over_j.tolist(),
        "log10_distance": diagram.log10_distance.round(4).tolist(),
    }

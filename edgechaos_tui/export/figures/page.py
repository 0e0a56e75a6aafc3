"""The page that a figure is drawn on: matplotlib with its own backend and parameters."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgechaos_tui.export.atomic_files import whole_file
from engine.storage.errors import SessionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BACKEND: Final = "MPLBACKEND"


def require() -> None:
    """Raise SessionError, with the installation that helps, where matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise SessionError(
            "pictures need matplotlib: pip install 'edgechaos-tui[figures]' brings it"
        )


@contextmanager
def page(
    output: Path, size: tuple[float, float], *, dpi: int = 300, suffix: str | None = None
) -> Iterator["Figure"]:
    """An empty figure of `size` inches to draw into; it is written to `output`, whole, at the end.

    suffix: as in `whole_file`. Neither $MPLBACKEND nor a matplotlibrc has a say. Raises
    SessionError without matplotlib, or where `output` cannot be written.
    """
    require()
    _import_undirected()
    from matplotlib import rc_context, rcdefaults
    from matplotlib.figure import Figure

    with rc_context():
        rcdefaults()
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        with whole_file(output, suffix=suffix) as temporary:
            # The backend of the format, not the one for windows that a person chose.
            figure.savefig(temporary, format=temporary.suffix[1:], dpi=dpi)


def _import_undirected() -> None:
    """Import matplotlib without $MPLBACKEND, of which it refuses a name that it does not know."""
    chosen = os.environ.pop(_BACKEND, None)
    try:
        import matplotlib.backends.backend_agg  # noqa: F401
    finally:
        if chosen is not None:
            os.environ[_BACKEND] = chosen

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
    """Raise SessionError, with the command that installs it, when matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise SessionError(
            "figures need matplotlib: install it with pip install 'edgechaos-tui[figures]'"
        )


@contextmanager
def page(
    output: Path, size: tuple[float, float], *, dpi: int = 300, suffix: str | None = None
) -> Iterator["Figure"]:
    """An empty figure of `size` inches to draw into, which is written to `output` at the end.

    suffix: as in `whole_file`. $MPLBACKEND and matplotlibrc have no effect. Raises SessionError
    without matplotlib, or when `output` cannot be written.
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
            # The format chooses the backend, not the user's setting for windows.
            figure.savefig(temporary, format=temporary.suffix[1:], dpi=dpi)


def _import_undirected() -> None:
    """Import matplotlib without $MPLBACKEND: an unknown name in it would be refused."""
    backend = os.environ.pop(_BACKEND, None)
    try:
        import matplotlib.backends.backend_agg  # noqa: F401
    finally:
        if backend is not None:
            os.environ[_BACKEND] = backend

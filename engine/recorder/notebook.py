"""The end of a recording with the cell of a notebook in which a framework trained."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recorder.run import Run


def close_with_cell(run: "Run") -> None:
    """Close `run` with the error that ends the cell under way, unless it was closed before.

    A framework tells its callbacks of no error, and the notebook's process lives on after one. To
    be called in the cell; without a notebook it does nothing.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return

    def end(result: Any) -> None:
        shell.events.unregister("post_run_cell", end)
        if result.error_in_exec is not None:
            run.close(result.error_in_exec)

    shell.events.register("post_run_cell", end)

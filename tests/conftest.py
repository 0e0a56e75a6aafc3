"""Fixtures of all tests: the real data set, and a sessions folder for each test."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# The machine is shared: how long one example takes says nothing.
settings.register_profile("shared-machine", deadline=None, print_blob=True)
settings.load_profile("shared-machine")

# A shell ignores it for what it runs in the background, and what tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

_BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared" / "datasets"


@pytest.fixture(scope="session")
def fashion_mnist() -> Path:
    """The folder with the real Fashion-MNIST. CI must have it; elsewhere the test is skipped."""
    folder = Path(os.environ.get("EDGECHAOS_DATA") or _BESIDE_THE_CHECKOUT)
    if (folder / "FashionMNIST").is_dir():
        return folder
    reason = f"no Fashion-MNIST in {folder}; set EDGECHAOS_DATA"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def quick_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot types faster than anybody reads a question."""
    if confirm := sys.modules.get("edgechaos_tui.screens.dialogs.ask"):
        monkeypatch.setattr(confirm.Confirm, "READING_SECONDS", 0.0)


@pytest.fixture
def sessions_root(tmp_path: Path) -> Path:
    """An empty sessions folder."""
    return tmp_path / "sessions"

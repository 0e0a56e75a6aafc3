"""A plugin for `make test-unit`: a test that starts a process fails."""

import sys

_STARTING = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec")


def _refuse(event: str, _: object) -> None:
    if event in _STARTING:
        raise AssertionError("a test that starts a process is marked so: pytest.mark.process")


def pytest_runtest_setup() -> None:
    """Refuse from the first test on: what runs before is pytest's own."""
    if not _refusing:
        _refusing.append(True)
        sys.addaudithook(_refuse)


_refusing: list[bool] = []
"""Whether the hook is there: none can be taken away."""

"""A `--sessions` that cannot be is a sentence, whatever command is given it."""

import pytest

from edgechaos_tui.cli.main import _run

COMMANDS = ("show a", "open a", "compare a b", "sessions", "sweeps", "trash list", "sweep show a")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("folder", ["~nosuchuser/x", "/proc/1/fdinfo/x", "/tmp/" + "x" * 300])
def test_a_sentence_and_no_traceback(
    command: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _run([*command.split(), "--sessions", folder])
    said = capsys.readouterr().err
    assert status in (0, 1)
    assert said.count("\n") == status

"""Output for a terminal alone: files do not get it, also where FORCE_COLOR is set."""

import pytest
from rich.progress import TextColumn

from edgechaos_tui.cli.output.live import BarLines, stderr_bar
from edgechaos_tui.cli.output.table import print_table


def test_force_color_makes_no_terminal_of_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    with stderr_bar(TextColumn("{task.description}")) as bar:
        bar.add_task("measuring an epoch", total=None)
        bar.refresh()
    with BarLines("run") as lines:
        lines.progress("epoch 1/2", 1.0, 2.0)
    print_table(("name", "note"), [("a" * 50, "b" * 50)], left=("name", "note"), cut=("name",))
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "epoch 1/2" not in printed.out
    # As wide as the words are: a file has no edge.
    assert "a" * 50 in printed.out
    assert "b" * 50 in printed.out

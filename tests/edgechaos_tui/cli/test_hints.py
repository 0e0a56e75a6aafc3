"""Hints name commands and options that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

import edgechaos_tui
import engine
from edgechaos_tui.cli.main import _run, app

_ROOMS = [Path(room.__path__[0]) for room in (edgechaos_tui, engine)]
_NAMED = re.compile(r"`edgechaos-tui ([a-z][a-z-]*)(?: ([a-z][a-z-]+))?")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("theory boundary --nope", "theory boundary"),
        ("theory nope", "theory"),
        ("sweep --nope", "sweep"),
        ("sweep show", "sweep show"),
        ("trash restore", "trash restore"),
        ("run --nope", "run"),
        ("extend s x", "extend"),
        ("--nope", ""),
    ],
)
def test_a_wrong_call_names_the_help_of_the_command_that_was_called(
    arguments: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments.split()) == 2
    said = capsys.readouterr().err.strip()
    assert said.endswith(f"(see edgechaos-tui{' ' if hint else ''}{hint} --help)")


def test_each_command_that_a_sentence_names_exists() -> None:
    root: Any = typer.main.get_command(app)
    commands = root.commands
    wrong = []
    for file in (file for room in _ROOMS for file in room.rglob("*.py")):
        for first, second in _NAMED.findall(file.read_text(encoding="utf-8")):
            group = getattr(commands.get(first), "commands", None)
            if first not in commands or (group and second and second not in group):
                wrong.append(f"{file.name}: edgechaos-tui {first} {second}".strip())
    assert wrong == []

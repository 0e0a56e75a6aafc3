"""The documents against the command line: what they name exists, and each command is named."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from edgechaos_tui.cli.main import app

_ROOT = Path(__file__).parents[2]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))]
_TEXT = {page.name: page.read_text(encoding="utf-8") for page in _PAGES}
_OF_OTHERS = {"--logdir", "--help"}
"""Options of other programs that the pages name, and the one that Typer adds to each command."""


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")


_ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = dict(_commands(_ROOT_COMMAND))
OPTIONS = {
    option
    for command in [_ROOT_COMMAND, *COMMANDS.values()]
    for parameter in command.params
    for option in parameter.opts
}


@pytest.mark.parametrize("page", _TEXT)
def test_each_command_and_option_that_a_page_names_exists(page: str) -> None:
    text = _TEXT[page]
    firsts = {name.split()[0] for name in COMMANDS}
    for name in re.findall(r"edgechaos-tui ([a-z][a-z-]*)", text):
        assert name in firsts, f"{page} names the command {name}"
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) - _OF_OTHERS:
        assert option in OPTIONS, f"{page} names the option {option}"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_guide_names_each_command(command: str) -> None:
    words = command.split()
    assert re.search(rf"\b{words[-1]}\b", _TEXT["guide.md"]), f"the guide does not name {command}"


def test_the_readme_fits_on_three_screens() -> None:
    assert len(_TEXT["README.md"].splitlines()) <= 3 * 40


def test_links_between_pages_lead_somewhere() -> None:
    for page in _PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_a_module_says_what_it_holds_in_a_noun_phrase() -> None:
    for room in ("engine", "edgechaos_tui", "benchmarks"):
        for file in (_ROOT / room).rglob("*.py"):
            first = file.read_text(encoding="utf-8").partition("\n")[0]
            assert not re.match(r'"""(What|How|Which|When)\b', first), f"{file}: {first}"

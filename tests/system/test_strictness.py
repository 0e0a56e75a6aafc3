"""The exceptions to the checks of types and style: few, and each with its reason."""

import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_IGNORED = re.compile("# type: " + r"ignore\b(.*)")


def _ignored() -> Iterator[tuple[str, str]]:
    """Where mypy is told to be silent, and what stands behind that."""
    for package in ("engine", "edgechaos_tui", "tests", "benchmarks"):
        for file in sorted((_ROOT / package).rglob("*.py")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if found := _IGNORED.search(line):
                    yield f"{file.relative_to(_ROOT)}:{number}", found[1]


def test_mypy_is_told_to_be_silent_in_few_places_and_each_gives_its_reason() -> None:
    ignored = dict(_ignored())
    assert len(ignored) <= 12
    assert [place for place, words in ignored.items() if not re.match(r"\[.+\]  # \w", words)] == []

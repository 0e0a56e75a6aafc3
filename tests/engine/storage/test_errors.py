"""The tree of exceptions, which contains every exception that a person sees."""

import ast
import builtins
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.errors import (
    DiskFull,
    EdgeChaosError,
    HyperparameterError,
    InvalidName,
    NewerSchema,
    SessionError,
)

_ROOT = Path(__file__).parents[3]
_SOURCES = [path for room in ("engine", "edgechaos_tui") for path in (_ROOT / room).rglob("*.py")]
_CONTROL_FLOW = {"EndRequested", "SweepHalted", "_Halted"}
"""They say where to go on, and never reach a person."""


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in _SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield path, node


def _is_builtin_error(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _names(expressions: list[ast.expr]) -> set[str]:
    return {ast.unparse(expression).rpartition(".")[2] for expression in expressions}


def test_there_is_one_tree_of_exceptions() -> None:
    beside = {
        f"{path.relative_to(_ROOT)}: {node.name}"
        for path, node in _nodes()
        if isinstance(node, ast.ClassDef)
        and any(map(_is_builtin_error, bases := _names(node.bases)))
        and not bases & {"EdgeChaosError"}
        and node.name not in _CONTROL_FLOW | {"EdgeChaosError"}
    }
    assert not beside


def _kinds(of: type[EdgeChaosError] = EdgeChaosError) -> Iterator[str]:
    for kind in of.__subclasses__():
        yield kind.__name__
        yield from _kinds(kind)


def test_several_kinds_are_caught_by_what_they_have_in_common() -> None:
    tree = {"EdgeChaosError", *_kinds()}
    tuples = {
        f"{path.relative_to(_ROOT)}:{node.lineno}"
        for path, node in _nodes()
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Tuple)
        and len(_names(node.type.elts) & tree) > 1
    }
    assert not tuples


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SessionError("s: it is gone"), 1),
        (NewerSchema("s: format 9"), 1),
        (HyperparameterError("lr: 2 is above 1"), 2),
        (InvalidName("session: '/' is no name"), 2),
    ],
)
def test_an_error_knows_the_status_of_a_command_that_ends_with_it(
    error: EdgeChaosError, status: int
) -> None:
    assert error.exit_status == status


def test_a_full_disk_is_told_without_a_number_and_caught_as_any_fault_of_the_system() -> None:
    error: OSError = DiskFull(errno.ENOSPC, "No space left on device")
    assert isinstance(error, EdgeChaosError)
    assert (str(error), error.errno) == ("No space left on device", errno.ENOSPC)

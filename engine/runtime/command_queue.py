"""The queue of commands for this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.storage.commands import AnyCommand, CommandLine, CommandReader, Extend, Stop
from engine.storage.errors import ForeignFile


@dataclass(frozen=True)
class ReceivedLine:
    """A line of commands.jsonl to be answered: a command, or the reason for a refusal."""

    line: CommandLine
    command: AnyCommand | None
    refusal: str = ""


class Answered(Protocol):
    """The answers in the log: ids of commands, and byte offsets where their lines end."""

    answered: set[str]
    answered_lines: set[int]


class CommandQueue:
    """Reads commands.jsonl and skips the lines that `log` has answers to.

    It reads from the beginning: a request that waited for an epoch's end when its engine was
    killed has no answer, although a later one may have.
    """

    worker = "engine"

    def __init__(self, path: Path, incarnation: str, log: Answered) -> None:
        self._reader = CommandReader(path)
        self._incarnation = incarnation
        self._answered = log.answered
        self._answered_lines = log.answered_lines
        self._problem: str | None = None
        # Lines read while they could not be answered.
        self._unanswered: list[CommandLine] = []

    def read(self) -> Iterator[ReceivedLine]:
        """The new lines, each command's id once, for the caller to answer. Fast without any."""
        for line in self._lines():
            if line.offset in self._answered_lines:
                continue
            refusal = self._refusal(line)
            if line.command is None or refusal:
                yield ReceivedLine(line, None, refusal)
            else:
                self._answered.add(line.command.id)
                yield ReceivedLine(line, line.command)

    def take_problem(self) -> str:
        """Why the file cannot be read, returned once; "" for nothing new."""
        if not self._problem:
            return ""
        problem, self._problem = self._problem, ""
        return problem

    def stop_waits(self) -> bool:
        """Whether a `stop` for this process has come. Answers nothing and keeps the lines."""
        self._unanswered = self._lines()
        return any(self._is_stop(line) for line in self._unanswered)

    def take_stops(self) -> list[CommandLine]:
        """Remove and return the `stop`s that `stop_waits` saw; the caller answers them."""
        stops = [line for line in self._unanswered if self._is_stop(line)]
        self._unanswered = [line for line in self._unanswered if line not in stops]
        self._answered.update(line.command.id for line in stops if line.command)
        return stops

    def _is_stop(self, line: CommandLine) -> bool:
        is_new = line.offset not in self._answered_lines
        return is_new and isinstance(line.command, Stop) and not self._refusal(line)

    def _lines(self) -> list[CommandLine]:
        unanswered, self._unanswered = self._unanswered, []
        return [*unanswered, *self._new_lines()]

    def _new_lines(self) -> list[CommandLine]:
        try:
            return self._reader.read()
        except ForeignFile as error:
            if self._problem is None:
                self._problem = str(error)
            return []

    def _refusal(self, line: CommandLine) -> str:
        command = line.command
        if command is None:
            return f"not a command: {line.problem}"
        if command.id in self._answered:
            return f"the command {command.id} has been answered before"
        if command.incarnation != self._incarnation:
            return f"meant for another {self.worker} than the one at work now; send it again"
        return self._cannot(command)

    def _cannot(self, command: AnyCommand) -> str:
        """Why this kind of process cannot handle `command`; "" when it can."""
        return ""


def wants_extension(path: Path, incarnation: str, log: Answered) -> bool:
    """Whether an `extend` for `incarnation` waits for an answer. Answers nothing."""
    reader = CommandReader(path)
    try:
        while lines := reader.read():
            for line in lines:
                command = line.command
                if isinstance(command, Extend) and command.incarnation == incarnation:
                    return command.id not in log.answered
    except ForeignFile:
        return False
    return False

"""The commands that are for this process, and why the others are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.storage.commands import AnyCommand, CommandLine, CommandReader, Extend, Stop
from engine.storage.errors import ForeignFile


@dataclass(frozen=True)
class ReceivedLine:
    """A line of commands.jsonl that wants an answer: a command to obey, or why there is none."""

    line: CommandLine
    command: AnyCommand | None
    refusal: str = ""


class Answered(Protocol):
    """What the log has answers to: ids of commands, and the bytes at which their lines end."""

    answered: set[str]
    answered_lines: set[int]


class CommandQueue:
    """Reads commands.jsonl, passing over the lines that `known` has answers to.

    From the beginning, not from the last answer on: a wish that waited for an epoch's end when
    its engine was killed has none, although a later one has.
    """

    worker = "engine"

    def __init__(self, path: Path, incarnation: str, known: Answered) -> None:
        self._reader = CommandReader(path)
        self._incarnation = incarnation
        self._answered = known.answered
        self._answered_lines = known.answered_lines
        self._problem: str | None = None
        # Lines that were looked at while they could not be obeyed.
        self._held: list[CommandLine] = []

    def read(self) -> Iterator[ReceivedLine]:
        """The new lines, each command's id once. Cheap when there are none.

        Whoever reads them answers each in the log.
        """
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
        """Why the file cannot be read, told once: it is not this account's; "" for nothing new."""
        if not self._problem:
            return ""
        problem, self._problem = self._problem, ""
        return problem

    def stop_waits(self) -> bool:
        """Whether a `stop` for this process has come. Answers nothing, and keeps what there is."""
        self._held = self._lines()
        return any(self._is_stop(line) for line in self._held)

    def take_stops(self) -> list[CommandLine]:
        """The `stop`s that were seen so: whoever obeys them answers them."""
        stops = [line for line in self._held if self._is_stop(line)]
        self._held = [line for line in self._held if line not in stops]
        self._answered.update(line.command.id for line in stops if line.command)
        return stops

    def _is_stop(self, line: CommandLine) -> bool:
        is_new = line.offset not in self._answered_lines
        return is_new and isinstance(line.command, Stop) and not self._refusal(line)

    def _lines(self) -> list[CommandLine]:
        held, self._held = self._held, []
        return [*held, *self._new_lines()]

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
        """Why no process of this kind can do what is asked; "" when it can."""
        return ""


def wants_extension(path: Path, incarnation: str, known: Answered) -> bool:
    """Whether an `extend` for `incarnation` waits for an answer. Answers nothing."""
    reader = CommandReader(path)
    try:
        while lines := reader.read():
            for line in lines:
                command = line.command
                if isinstance(command, Extend) and command.incarnation == incarnation:
                    return command.id not in known.answered
    except ForeignFile:
        return False
    return False

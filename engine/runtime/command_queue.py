"""The commands that are for this process; all others are refused here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from engine.storage.commands import AnyCommand, CommandLine, CommandReader, Extend, Stop
from engine.storage.errors import ForeignFile

Answerer = Callable[[CommandLine, bool, str], None]
"""Called with the line, whether it was applied, and a sentence."""
Notifier = Callable[[str], object]
"""Called with a sentence that a person wants to know of."""


class Answered(Protocol):
    """What the log has answers to: ids of commands, and the bytes at which their lines end."""

    answered: set[str]
    answered_lines: set[int]


class CommandQueue:
    """Reads commands.jsonl, passing over the lines that `known` has answers to.

    From the beginning, not from the last answer on: a wish that waited for an epoch's end when
    its engine was killed has none, although a later one has. `notify` is told once of a file that
    is not this account's.
    """

    worker = "engine"

    def __init__(
        self,
        path: Path,
        incarnation: str,
        known: Answered,
        answer: Answerer,
        notify: Notifier,
    ) -> None:
        self._reader = CommandReader(path)
        self._incarnation = incarnation
        self._answered = known.answered
        self._answered_lines = known.answered_lines
        self._answer = answer
        self._notify: Notifier | None = notify
        # Lines that were looked at while they could not be obeyed.
        self._held: list[CommandLine] = []

    def read(self) -> Iterator[tuple[CommandLine, AnyCommand]]:
        """The new commands for this process, each id once. Cheap when there are none."""
        for line in self._lines():
            if line.offset in self._answered_lines:
                continue
            refusal = self._refusal(line)
            if line.command is None or refusal:
                self._answer(line, False, refusal)
            else:
                self._answered.add(line.command.id)
                yield line, line.command

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
            if self._notify is not None:
                self._notify(str(error))
                self._notify = None
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

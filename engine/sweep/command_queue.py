"""The commands for the sweep as a whole: each line of commands.jsonl is answered in the log."""

import sys
from collections.abc import Iterator

from engine.storage.commands import CommandLine, CommandReader, Pause, Resume, Stop, name_of
from engine.storage.errors import ForeignFile
from engine.storage.sweep.events import SweepAnswer
from engine.storage.sweep.plan import Sweep
from engine.sweep.log_writer import SweepJournal

Order = Pause | Resume | Stop


class SweepCommandQueue:
    """Reads the commands that are for this coordinator, and refuses the others."""

    def __init__(self, sweep: Sweep, incarnation: str, journal: SweepJournal) -> None:
        self._reader = CommandReader(sweep.commands)
        self._incarnation = incarnation
        self._journal = journal
        self._complained = False

    def read(self) -> Iterator[tuple[CommandLine, Order]]:
        """The new commands, each id once. Cheap when there are none."""
        for line in self._lines():
            if line.offset in self._journal.state.answered_lines:
                continue
            refusal = self._refusal(line)
            if refusal:
                self.answer(line, False, refusal)
            elif isinstance(line.command, Order):
                yield line, line.command

    def answer(self, line: CommandLine, applied: bool, text: str) -> None:
        """Log the answer to `line`."""
        command = line.command
        self._journal.add(
            SweepAnswer,
            id=command.id if command else "",
            command=name_of(command) if command else "",
            applied=applied,
            text=text,
            offset=line.offset,
        )

    def _lines(self) -> list[CommandLine]:
        try:
            return self._reader.read()
        except ForeignFile as error:
            if not self._complained:
                # There is nobody to be answered.
                print(error, file=sys.stderr, flush=True)
                self._complained = True
            return []

    def _refusal(self, line: CommandLine) -> str:
        command = line.command
        if command is None:
            return f"not a command: {line.problem}"
        if command.id in self._journal.state.answered:
            return f"the command {command.id} has been answered before"
        if command.incarnation != self._incarnation:
            return "meant for another coordinator than the one at work now; send it again"
        if not isinstance(command, Order):
            return "a sweep can be paused, resumed and stopped; the rest is for its sessions"
        return ""

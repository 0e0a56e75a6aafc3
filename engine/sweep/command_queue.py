"""The commands for the sweep as a whole: each line of commands.jsonl is answered in the log."""

import sys

from engine.runtime.command_queue import CommandQueue
from engine.storage.commands import AnyCommand, CommandLine, Pause, Resume, Stop, name_of
from engine.storage.sweep.events import SweepAnswer
from engine.storage.sweep.plan import Sweep
from engine.sweep.log_writer import SweepJournal


class SweepCommandQueue(CommandQueue):
    """Reads the commands that are for this coordinator, and answers the others with a refusal."""

    worker = "coordinator"

    def __init__(self, sweep: Sweep, incarnation: str, journal: SweepJournal) -> None:
        self._journal = journal
        super().__init__(sweep.commands, incarnation, journal.state, self.answer, _complain)

    def answer(self, line: CommandLine, applied: bool, text: str) -> None:
        """Log the answer to `line`."""
        command = line.command
        self._journal.add(
            SweepAnswer(
                t=self._journal.now(),
                id=command.id if command else "",
                command=name_of(command) if command else "",
                applied=applied,
                text=text,
                offset=line.offset,
            )
        )

    def _cannot(self, command: AnyCommand) -> str:
        if isinstance(command, Pause | Resume | Stop):
            return ""
        return "a sweep can be paused, resumed and stopped; the rest is for its sessions"


def _complain(sentence: str) -> None:
    # Of a file of another account there is nobody to be answered.
    print(sentence, file=sys.stderr, flush=True)

"""The commands for the sweep as a whole."""

from engine.runtime.command_queue import CommandQueue
from engine.storage.commands import AnyCommand, Pause, Resume, Stop


class SweepCommandQueue(CommandQueue):
    """Reads the commands that are for this coordinator, and says why the others are not."""

    worker = "coordinator"

    def _cannot(self, command: AnyCommand) -> str:
        if isinstance(command, Pause | Resume | Stop):
            return ""
        return "a sweep can be paused, resumed and stopped; the rest is for its sessions"

"""The commands to a sweep as a whole."""

from engine.runtime.command_queue import CommandQueue
from engine.storage.commands import AnyCommand, Pause, Resume, Stop


class SweepCommandQueue(CommandQueue):
    """Reads the commands to this coordinator, and gives a reason for each that it refuses."""

    worker = "coordinator"

    def _cannot(self, command: AnyCommand) -> str:
        if isinstance(command, Pause | Resume | Stop):
            return ""
        return "a sweep can be paused, resumed and stopped; other commands go to its sessions"

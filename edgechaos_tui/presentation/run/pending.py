"""Commands that were sent and have no answer in the log yet."""

from engine.storage import commands
from engine.storage.session.events import Answer, AnyEvent, Started


class Pending:
    """The commands that this view sent, until the log answers them."""

    def __init__(self) -> None:
        self._waiting: dict[str, commands.AnyCommand] = {}

    def sent(self, command: commands.AnyCommand) -> None:
        """Remember `command` as unanswered."""
        self._waiting[command.id] = command

    def settle(self, event: AnyEvent) -> None:
        """Forget the command that `event` answers, or those sent to an engine that is gone."""
        if isinstance(event, Answer):
            self._waiting.pop(event.id, None)
        elif isinstance(event, Started):
            self._waiting = {
                key: command
                for key, command in self._waiting.items()
                if command.incarnation == event.incarnation
            }

    @property
    def values(self) -> dict[str, int | float]:
        """Hyperparameters that were requested and are not in force yet."""
        merged: dict[str, int | float] = {}
        for command in self._waiting.values():
            if isinstance(command, commands.Set):
                merged |= command.values
        return merged

    @property
    def names(self) -> list[str]:
        """The names of the unanswered commands, oldest first."""
        return [commands.name_of(command) for command in self._waiting.values()]

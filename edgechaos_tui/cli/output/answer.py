"""The output of commands that send a request to a running process, or start one."""

import sys
from typing import Final

from edgechaos_tui.control.requests import wait_for_answer
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import clean
from engine.storage import commands
from engine.storage.errors import SessionError
from engine.storage.logged_folder import LoggedFolder

_ANSWER_SECONDS: Final = 3.0
_UNDER_WAY: Final = {
    "session": "is training; `edgechaos-tui open {name}` watches it",
    "sweep": "is running; `edgechaos-tui sweep follow {name}` shows its progress",
}


def report_detached(place: LoggedFolder, warning: str, *, json: bool) -> None:
    """Print that `place` runs in the background; `warning` goes to stderr."""
    if json:
        print(json_text({place.kind: place.name, "folder": str(place.folder)}))
        return
    print(f"{place.name} {_UNDER_WAY[place.kind].format(name=place.name)}")
    if warning:
        print(warning, file=sys.stderr)


def report_answer(place: LoggedFolder, command: commands.AnyCommand, *, json: bool) -> None:
    """Wait up to three seconds for the answer and print it. Raises SessionError for a refusal."""
    answer = wait_for_answer(place, command, _ANSWER_SECONDS)
    name = commands.name_of(command)
    if json:
        record = {
            place.kind: place.name,
            "command": name,
            "id": command.id,
            "answered": answer is not None,
            "applied": answer.applied if answer else None,
            "text": answer.text if answer else None,
        }
        print(json_text(record))
    elif answer is None:
        print(f"{place.name}: {name} was requested; the answer will be in its log")
    elif answer.applied:
        print(clean(f"{place.name}: {answer.text}"))
    if answer is not None and not answer.applied:
        raise SessionError(f"{place.name}: {answer.text}")

"""Progress and verdict of `edgechaos-tui verify`."""

import subprocess
import sys

import msgspec
from rich.progress import BarColumn, TextColumn

from edgechaos_tui.cli.output.live import stderr_bar
from edgechaos_tui.control import launcher
from edgechaos_tui.presentation.json_text import json_text
from edgechaos_tui.presentation.text import brief_duration, clean
from engine.storage import verification
from engine.storage.errors import SessionError
from engine.storage.session.session import Session
from engine.storage.verification import Disagreement, Impossible, Verdict, Working


def verify(session: Session, epochs: int | None, *, json: bool, data_dir: str = "") -> int:
    """Train again in a process of its own and report; the exit status (130 after Ctrl-C).

    Raises SessionError when a metric disagrees or when it cannot be judged.
    """
    process = launcher.start_verification(session, epochs, launcher.TrainingPlace(data_dir))
    try:
        said = _follow(process, session)
    except KeyboardInterrupt:
        print(f"{session.name}: cancelled, nothing was changed", file=sys.stderr)
        return 130
    finally:
        process.kill()
        process.wait()
    if json:
        record = {"session": session.name} | msgspec.to_builtins(said)
        record.pop("type")
        print(json_text(record, indent=2))
    else:
        print("\n".join(clean(line) for line in _lines(session, said)))
    if said.first is not None:
        raise SessionError(clean(f"{session.name}: {_words(said.first)}"))
    return 0


def _follow(process: subprocess.Popen[bytes], session: Session) -> Verdict:
    """Show what the process says of its progress; its verdict."""
    bar = stderr_bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")
    )
    assert process.stdout is not None
    with bar, process.stdout as lines:
        task = bar.add_task("loading PyTorch", total=None, left="")
        for line in lines:
            match verification.decode(line):
                case Verdict() as said:
                    return said
                case Impossible(text=text):
                    raise SessionError(clean(text))
                case Working() as now:
                    left = now.seconds_left
                    bar.update(
                        task,
                        description=f"epoch {now.epoch}/{now.last}, {now.stage}",
                        total=now.last or None,
                        completed=max(0, now.epoch - 1),
                        left="" if left is None else f"{brief_duration(left)} left",
                    )
    raise SessionError(f"{session.name}: the training ended before it could tell")


def _lines(session: Session, said: Verdict) -> list[str]:
    lines = []
    if said.differences:
        lines.append(f"not as it was: {'; '.join(said.differences)}")
        lines.append(f"so it is judged within: {said.tolerance}")
    lines += said.notes
    if said.agrees:
        how = "to the last bit" if said.exact else "within the tolerance"
        lines.append(f"{session.name}: every metric of epochs 0–{said.through} agrees {how}")
        if said.first_inexact:
            lines.append(f"to the last bit up to the one of {_words(said.first_inexact)}")
    else:
        lines.append(f"{session.name}: epochs 0–{said.through} were trained again")
    return lines


def _words(found: Disagreement) -> str:
    return (
        f"epoch {found.epoch}, {found.metric}: the log has {_value(found.recorded)}, "
        f"training again gives {_value(found.again)}"
    )


def _value(value: float | None) -> str:
    return "nothing" if value is None else repr(value)

"""The output of `edgechaos-tui verify`: its progress and its verdict."""

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
    """Train again in a process of its own and print the verdict; returns the exit status.

    That is 0, or 130 after Ctrl-C. Raises SessionError when a metric differs, or when the run
    cannot be trained again.
    """
    process = launcher.start_verification(session, epochs, launcher.TrainingPlace(data_dir))
    try:
        verdict = _follow(process, session)
    except KeyboardInterrupt:
        print(f"{session.name}: cancelled, nothing was changed", file=sys.stderr)
        return 130
    finally:
        process.kill()
        process.wait()
    if json:
        record = {"session": session.name} | msgspec.to_builtins(verdict)
        record.pop("type")
        print(json_text(record, indent=2))
    else:
        print("\n".join(clean(line) for line in _lines(session, verdict)))
    if verdict.first is not None:
        raise SessionError(clean(f"{session.name}: {_difference_text(verdict.first)}"))
    return 0


def _follow(process: subprocess.Popen[bytes], session: Session) -> Verdict:
    """Show the progress of the process; returns its verdict. Raises SessionError without one."""
    bar = stderr_bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")
    )
    assert process.stdout is not None
    with bar, process.stdout as lines:
        task = bar.add_task("loading PyTorch", total=None, left="")
        for line in lines:
            match verification.decode(line):
                case Verdict() as verdict:
                    return verdict
                case Impossible(text=text):
                    raise SessionError(clean(text))
                case Working() as work:
                    seconds_left = work.seconds_left
                    bar.update(
                        task,
                        description=f"epoch {work.epoch}/{work.last}, {work.stage}",
                        total=work.last or None,
                        completed=max(0, work.epoch - 1),
                        left="" if seconds_left is None else f"{brief_duration(seconds_left)} left",
                    )
    raise SessionError(f"{session.name}: the training ended without a verdict")


def _lines(session: Session, verdict: Verdict) -> list[str]:
    lines = []
    if verdict.differences:
        lines.append(f"different from the run: {'; '.join(verdict.differences)}")
        lines.append(f"compared within this tolerance: {verdict.tolerance}")
    lines += verdict.notes
    if verdict.agrees:
        how = "to the last bit" if verdict.exact else "within the tolerance"
        lines.append(f"{session.name}: every metric of epochs 0–{verdict.through} agrees {how}")
        if verdict.first_inexact:
            lines.append(
                f"first difference in the last bits: {_difference_text(verdict.first_inexact)}"
            )
    else:
        lines.append(f"{session.name}: epochs 0–{verdict.through} were trained again")
    return lines


def _difference_text(difference: Disagreement) -> str:
    recorded, again = _value(difference.recorded), _value(difference.again)
    return (
        f"epoch {difference.epoch}, {difference.metric}: the log has {recorded}, "
        f"training again gives {again}"
    )


def _value(value: float | None) -> str:
    return "nothing" if value is None else repr(value)

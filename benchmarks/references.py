"""Turn finished sessions into reference sessions: `python -m benchmarks.references [FOLDER...]`.

Each folder is a session, or holds some. Those named reference-* whose run is finished, or was
stopped, are copied into `sessions/`: session.json and the log alone, without what belongs to the
machine (its size, its use, the path of the data), with a note on how it was made and the figures it
serves as tags. The source is only read. Then the scorecards of all reference sessions are written
into docs/reproduction.md.
"""

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from edgechaos_tui.cli.output.paper import as_page
from edgechaos_tui.paper.evidence import find
from edgechaos_tui.paper.judge import scorecard
from edgechaos_tui.paper.recipes import FIGURES, SCALES, recipe_of
from edgechaos_tui.paper.scorecard import Scorecard
from engine.storage import lock
from engine.storage.hyperparameters import PARAMETERS, Hyperparameters
from engine.storage.session import events
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import ENDED, AnyEvent, Epoch, Finished, Started, Stopped
from engine.storage.session.folder import REFERENCE_PREFIX, REFERENCES
from engine.storage.session.info import Info, write_info
from engine.storage.session.machine import MachineUse
from engine.storage.session.session import Session, reference_sessions

_MACHINE: Final = "a 2-core x86 virtual machine"
_BEGIN: Final = "<!-- scorecards: written by `make references` -->"
_END: Final = "<!-- end of the scorecards -->"
_NOT_TOLD: Final = ("data_dir", "threads", "device", "dataset")


def ship(source: Session, target: Path, tags: list[str]) -> Session:
    """Put `source` under `target` as a reference session, in place of an older one of that name.

    Raises ValueError with the reason when it is not one to ship.
    """
    info = source.info()
    log = list(LogReader(source.log).read_all())
    ends = [event for event in log if isinstance(event, ENDED)]
    if lock.is_held(source.lock) or not ends or not isinstance(ends[-1], Finished | Stopped):
        raise ValueError("its run has neither finished nor been stopped")
    if isinstance(log[-1], Started):
        raise ValueError("it is being trained on")
    shipped = msgspec.structs.replace(
        info,
        name=source.name,
        hyperparameters=msgspec.structs.replace(info.hyperparameters, data_dir=""),
        note=_note(info, log),
        tags=["reference", *tags],
    )
    with tempfile.TemporaryDirectory(dir=target, prefix=".ship-") as folder:
        reference = Path(folder) / source.name
        reference.mkdir(mode=0o755)
        write_info(reference, shipped)
        (reference / "events.jsonl").write_bytes(b"".join(map(_line, log)))
        for file in reference.iterdir():
            file.chmod(0o644)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(target / source.name)
        reference.rename(target / source.name)
    return Session(target / source.name)


def _line(event: AnyEvent) -> bytes:
    """The line of `event` without what is null by default: most metrics of most epochs."""
    bare = _bare(event)
    by_default = {field.name for field in msgspec.structs.fields(bare) if field.default is None}
    record = msgspec.json.decode(events.encode(bare))
    kept = {k: v for k, v in record.items() if v is not None or k not in by_default}
    return msgspec.json.encode(kept) + b"\n"


def _bare(event: AnyEvent) -> AnyEvent:
    """`event` without what belongs to the machine: its size, its use, the path of the data."""
    if isinstance(event, Epoch):
        return msgspec.structs.replace(event, **dict.fromkeys(MachineUse.__struct_fields__))
    if not isinstance(event, Started):
        return event
    hyperparameters = event.hyperparameters | {"data_dir": ""}
    return msgspec.structs.replace(event, hyperparameters=hyperparameters, machine=None)


def _note(info: Info, log: list[AnyEvent]) -> str:
    first = next(event for event in log if isinstance(event, Started))
    threads = f"{first.threads} thread" + ("s" if first.threads > 1 else "")
    return (
        f"Recorded on real Fashion-MNIST, all 60,000 and 10,000 images, on {_MACHINE}, {threads}, "
        f"torch {first.versions['torch']}: edgechaos-tui run {_options(info.hyperparameters)}"
    )


def _options(chosen: Hyperparameters) -> str:
    """The command line that made the run."""
    words = [
        f"{parameter.option} {getattr(chosen, name)}"
        for name, parameter in PARAMETERS.items()
        if name not in _NOT_TOLD and getattr(chosen, name) != parameter.default
    ]
    return " ".join([*words, f"--threads {chosen.threads}"])


def _figures_of(session: Session) -> list[str]:
    """The figures that the session serves, at either scale."""
    recipes = (recipe_of(figure, scale) for figure in FIGURES for scale in SCALES)
    return list(
        dict.fromkeys(r.figure for r in recipes if any(find(r, [session]).serving.values()))
    )


def write_scorecards(page: Path) -> None:
    """Put the summary and the scorecards of the reference sessions between the marks of `page`."""
    before, _, rest = page.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    cards = list(scorecards())
    page.write_text(f"{before}{_BEGIN}\n```text\n{as_page(cards)}\n```\n{_END}{after}")


def scorecards() -> Iterator[Scorecard]:
    """At the quick scale, of the figures that are made of runs and of which there are some."""
    shipped = reference_sessions()
    for figure in FIGURES:
        settings = recipe_of(figure, "quick")
        evidence = find(settings, shipped)
        if any(evidence.serving.values()):
            yield scorecard(settings, evidence)


def _sessions(folders: list[Path]) -> Iterator[Session]:
    for folder in folders:
        if (folder / "session.json").exists():
            yield Session(folder)
        else:
            yield from (Session(found.parent) for found in sorted(folder.glob("*/session.json")))


def main() -> None:
    """Ship what has finished and say why the rest has not been."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="sessions, or folders that hold some")
    for source in _sessions(parser.parse_args().folders):
        if not source.name.startswith(REFERENCE_PREFIX):
            continue
        try:
            folder = ship(source, REFERENCES, _figures_of(source))
        except ValueError as reason:
            print(f"{source.name}: not shipped, {reason}")
        else:
            size = sum(file.stat().st_size for file in folder.folder.iterdir())
            print(f"{folder.name}: {size / 1e3:.0f} kB")
    write_scorecards(Path(__file__).parents[1] / "docs" / "reproduction.md")


if __name__ == "__main__":
    main()

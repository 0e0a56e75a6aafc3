"""A sweep: many sessions with one purpose, planned in ROOT/.sweeps/NAME before any is made.

Its sessions are ordinary ones in ROOT, tagged with the sweep's name. Their ids are chosen with the
plan, so that a resumed sweep recognises its own sessions, even if they were renamed.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from engine.storage import lock, names
from engine.storage.errors import (
    HyperparameterError,
    InvalidName,
    SessionError,
)
from engine.storage.files import replace_atomically
from engine.storage.host import cores
from engine.storage.hyperparameters import Hyperparameters
from engine.storage.logged_folder import LoggedFolder
from engine.storage.session import edit
from engine.storage.session.session import (
    Session,
    make_root,
    refuse_reference_name,
    with_absolute_paths,
)
from engine.storage.sweep.events import SweepLogReader
from engine.storage.sweep.value_ranges import MAX_RUNS

FORMAT: Final = 1
FOLDER: Final = ".sweeps"
"""The folder under the sessions folder; its dot keeps the library from listing it."""
MAX_JOBS: Final = 1024
_MAX_PLAN: Final = 32 * 1024 * 1024


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that end a run before its last epoch; a diverging run always ends.

    past_edge: when d = J/J_edge − 1 is above it. stale_epochs: when the test loss has had no new
    best for this many epochs. None: never.
    """

    past_edge: Annotated[float, Meta(ge=-1, le=1000)] | None = None
    stale_epochs: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class PlannedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the name and the id of its session, and its hyperparameters."""

    name: str
    id: str
    hyperparameters: Hyperparameters


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """sweep.json: the plan of the sweep, which never changes.

    created: seconds since 1970. varied: the hyperparameters that were varied, in order; empty
    where the runs were listed one by one. jobs: the number of runs at a time, 0: one per core.
    share: the group may read its sessions. cluster: the address of the Ray cluster that trains
    them ("auto": the one that Ray finds), "" for this machine.
    together: the largest number of runs that share an engine process and its steps.
    """

    format: int = FORMAT
    id: str
    name: str
    created: float
    note: str = ""
    varied: list[str] = []
    runs: list[PlannedRun]
    rule: Rule = Rule()
    jobs: Annotated[int, Meta(ge=0, le=MAX_JOBS)] = 0
    share: bool = False
    cluster: Annotated[str, Meta(max_length=1000)] = ""
    together: Annotated[int, Meta(ge=1, le=MAX_JOBS)] = 1


@dataclass(frozen=True)
class Sweep(LoggedFolder):
    """A sweep's folder, whose name is also the tag of its sessions."""

    kind: ClassVar[str] = "sweep"
    worker: ClassVar[str] = "coordinator"

    @property
    def root(self) -> Path:
        """The sessions folder."""
        return self.folder.parent.parent

    def reader(self) -> SweepLogReader:
        """A reader of the log from its beginning."""
        return SweepLogReader(self.log)

    def plan(self) -> Plan:
        """sweep.json, read and checked. Raises SessionError with a sentence, and NewerSchema."""
        plan = self.read_document("sweep.json", Plan, max_size=_MAX_PLAN, version=FORMAT)
        try:
            _check_names(run.name for run in plan.runs)
        except InvalidName as error:
            raise SessionError(f"{self.name}: sweep.json is damaged: {error}") from None
        return plan


def jobs_of(jobs: int, together: int = 1) -> int:
    """The number of runs at a time: `jobs`, or one per core for 0; at least `together`.

    One run per core, each with one thread: n threads make a run less than n times as fast, and
    wait for each other on a busy machine (`benchmarks/sweep.py` measures it).
    """
    return max(jobs or cores(), together)


def numbered(name: str, settings: Sequence[Hyperparameters]) -> list[tuple[str, Hyperparameters]]:
    """`settings` with names of the sweep's name and a number: `fig3-001`, `fig3-002`, …"""
    digits = max(3, len(str(len(settings))))
    return [(f"{name}-{i:0{digits}d}", setting) for i, setting in enumerate(settings, 1)]


def free_name(root: Path) -> str:
    """A readable name that no sweep under `root` has: `sweep-brave-tern`."""
    try:
        existing = set(os.listdir(root / FOLDER))
    except OSError:
        existing = set()
    return names.make_up("sweep", existing)


def create_sweep(
    root: Path,
    name: str,
    runs: Sequence[tuple[str, Hyperparameters]],
    *,
    varied: Sequence[str] = (),
    rule: Rule | None = None,
    jobs: int = 0,
    together: int = 1,
    note: str = "",
    share: bool = False,
    cluster: str = "",
) -> Sweep:
    """Plan a sweep of `runs` (session name, hyperparameters); none of the sessions is made yet.

    Where several runs train at a time, those without a number of threads get one each. share,
    cluster: see `Plan`. Raises InvalidName, HyperparameterError for invalid numbers, and
    SessionError when a name is taken or the folder cannot be written; then nothing is left behind.
    """
    _check(name, runs, jobs, together)
    check_free(root, name, [run for run, _ in runs])
    one_thread = bool(cluster) or jobs_of(jobs, together) > 1
    plan = Plan(
        id=os.urandom(8).hex(),
        name=name,
        created=time.time(),
        note=note,
        varied=list(varied),
        runs=[
            PlannedRun(name=run, id=os.urandom(8).hex(), hyperparameters=_ready(h, one_thread))
            for run, h in runs
        ],
        rule=rule or Rule(),
        jobs=jobs,
        share=share,
        cluster=cluster,
        together=together,
    )
    sweep = Sweep(root / FOLDER / name)
    try:
        make_root(root, share=share)
        sweep.folder.parent.mkdir(exist_ok=True, mode=0o700)
        sweep.folder.mkdir(mode=0o700)
    except FileExistsError:
        raise SessionError(f"there is a sweep {name} already; choose another name") from None
    except OSError as error:
        raise _unwritable(root, error) from None
    try:
        data = msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
        replace_atomically(sweep.folder / "sweep.json", data)
    except OSError as error:
        shutil.rmtree(sweep.folder, ignore_errors=True)
        raise _unwritable(root, error) from None
    return sweep


def check_free(root: Path, name: str, run_names: Sequence[str]) -> None:
    """Raise SessionError when there is a sweep `name` under `root`, or a session of `run_names`."""
    if (root / FOLDER / name).exists():
        raise SessionError(f"there is a sweep {name} already; choose another name")
    try:
        existing = set(os.listdir(root))
    except OSError:
        return  # Making the folder reports what is wrong with it.
    for name in run_names:
        refuse_reference_name(root / name)
        if name in existing:
            raise SessionError(f"there is a session {name} already; choose another name")


def open_sweep(root: Path, name: str) -> Sweep:
    """The sweep called `name` under `root`. Raises SessionError when there is none."""
    sweep = Sweep(root / FOLDER / name)
    if not (names.is_file_name(name) and os.path.isfile(sweep.folder / "sweep.json")):
        raise SessionError(
            f"there is no sweep {name} in {root}; `edgechaos-tui sweeps` lists what there is"
        )
    return sweep


def list_sweeps(root: Path) -> Iterator[Sweep]:
    """All sweeps under `root`, in no order; a missing folder holds none.

    Raises SessionError when the folder cannot be read.
    """
    try:
        with os.scandir(root / FOLDER) as entries:
            for entry in entries:
                if os.path.isfile(os.path.join(entry.path, "sweep.json")):
                    yield Sweep(Path(entry.path))
    except FileNotFoundError:
        return
    except OSError as error:
        raise SessionError(f"cannot read {root / FOLDER}: {error.strerror}") from None


def trash_sweep(sweep: Sweep) -> None:
    """Move the sweep's folder to the trash, without its sessions.

    Raises SessionError, also while a coordinator is at work.
    """
    if lock.is_held(sweep.lock):
        raise SessionError(
            f"{sweep.name}: its coordinator is at work; stop the sweep before you delete it"
        )
    edit.trash(Session(sweep.folder))


def _check(
    name: str, runs: Sequence[tuple[str, Hyperparameters]], jobs: int, together: int
) -> None:
    if len(names.check_name(name)) > edit.MAX_TAG:
        raise InvalidName(f"sweep: {name} has more than the {edit.MAX_TAG} characters of a tag")
    if not 1 <= len(runs) <= MAX_RUNS:
        raise HyperparameterError(f"a sweep has from 1 up to {MAX_RUNS} runs, not {len(runs)}")
    if not 0 <= jobs <= MAX_JOBS:
        raise HyperparameterError(
            f"jobs: {jobs} is not a whole number from 1 up to {MAX_JOBS}, or auto"
        )
    if not 1 <= together <= MAX_JOBS:
        raise HyperparameterError(
            f"together: {together} is not a whole number from 1 up to {MAX_JOBS}"
        )
    _check_names(run for run, _ in runs)
    other_models = {h.model for _, h in runs} - {"paper"}
    if together > 1 and other_models:
        raise HyperparameterError(
            f"together: the {min(other_models)} takes each step by itself; only runs of the "
            "paper's network can share steps; leave --together out"
        )


def _check_names(run_names: Iterable[str]) -> None:
    names_so_far: set[str] = set()
    for name in run_names:
        if names.check_name(name) in names_so_far:
            raise InvalidName(f"two runs are called {name}; give each a name of its own")
        names_so_far.add(name)


def _ready(hyperparameters: Hyperparameters, one_thread: bool) -> Hyperparameters:
    ready = with_absolute_paths(hyperparameters)
    if one_thread and not ready.threads:
        return msgspec.structs.replace(ready, threads=1)
    return ready


def _unwritable(root: Path, error: OSError) -> SessionError:
    return SessionError(
        f"cannot write to the sessions folder {root}: {error.strerror}; "
        "choose another with --sessions"
    )

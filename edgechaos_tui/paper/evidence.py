"""Sessions that serve as the runs of a recipe, each up to its last epoch that counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from edgechaos_tui.paper.recipes import Recipe, RecipeRun
from edgechaos_tui.presentation.run.state import RunState
from engine.storage.errors import EdgeChaosError, SessionError
from engine.storage.hyperparameters import CHANGEABLE, Hyperparameters
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Epoch, Rewound
from engine.storage.session.info import RecordedInfo
from engine.storage.session.session import Session
from engine.storage.setting import Setting, setting_of


@dataclass(frozen=True)
class Evidence:
    """A session that is one of a recipe's runs, up to the last epoch before its first edit."""

    session: Session
    seed: int
    state: RunState

    @property
    def epochs(self) -> int:
        """The last epoch that counts."""
        return self.state.summary.epochs_done

    @property
    def weight(self) -> tuple[bool, int]:
        """The preference between two sessions that are the same run: the greater one is used."""
        return not self.session.is_reference, self.epochs

    @property
    def crossed(self) -> int | None:
        """The first epoch with J² at or beyond the edge."""
        return self.state.law.forecast().crossed_at

    @property
    def j2(self) -> NDArray[np.float64]:
        """J² at each epoch, shape (epochs recorded,)."""
        return np.square(self.state.metric("j"))

    def serves(self, run: RecipeRun) -> bool:
        """Whether it is as long as `run` must be."""
        reached = run.to_the_edge and self.crossed is not None
        return reached or self.epochs >= (run.needs or run.hyperparameters.epochs)


@dataclass(frozen=True)
class FigureSessions:
    """The sessions for each setting of a recipe.

    serving: those that are long enough, one per seed; short: when none is, the longest.
    """

    serving: dict[Setting, list[Evidence]] = field(default_factory=dict)
    short: dict[Setting, Evidence] = field(default_factory=dict)

    def of(self, run: RecipeRun) -> Sequence[Evidence]:
        """The sessions that serve `run`, one per seed."""
        return self.serving.get(run.setting, [])

    def why_not(self, run: RecipeRun, recipe: Recipe) -> str:
        """The reason why no session serves `run`, in words."""
        epochs = run.hyperparameters.epochs
        short = self.short.get(run.setting)
        if short is not None and run.to_the_edge:
            return f"{short.session.name} does not reach the edge within {short.epochs:,} epochs"
        if short is not None:
            return f"{short.session.name} has {short.epochs:,} of {run.needs or epochs:,} epochs"
        left_out = any(other.setting == run.setting for other in recipe.left_out)
        length = f"{'about ' * run.to_the_edge}{epochs:,} epochs"
        return f"full scale only: {length}" if left_out else f"not run: {length}"


def find(recipe: Recipe, sessions: Iterable[Session]) -> FigureSessions:
    """The sessions among `sessions` that serve `recipe`; unreadable ones are left out.

    Of two that are the same run, the user's own is preferred to a reference session, then the
    longer one, then the first.
    """
    runs_by_setting = {run.setting: run for run in reversed((*recipe.runs, *recipe.left_out))}
    figure_sessions = FigureSessions()
    for session in sessions:
        try:
            info = session.info()
            if isinstance(info, RecordedInfo):
                continue
            run = runs_by_setting.get(setting_of(info.hyperparameters))
            # A fork is left out: its first epochs are its parent's, and not in its own log.
            if run is not None and info.parent is None:
                _take(figure_sessions, run, read(session, info.hyperparameters))
        except (EdgeChaosError, OSError):
            continue
    return figure_sessions


def _take(figure_sessions: FigureSessions, run: RecipeRun, evidence: Evidence) -> None:
    setting = run.setting
    serving = figure_sessions.serving.setdefault(setting, [])
    if evidence.serves(run):
        figure_sessions.short.pop(setting, None)
        index = next((i for i, other in enumerate(serving) if other.seed == evidence.seed), None)
        if index is None:
            serving.append(evidence)
        elif evidence.weight > serving[index].weight:
            serving[index] = evidence
    elif not serving:
        longest = figure_sessions.short.get(setting)
        if longest is None or evidence.weight > longest.weight:
            figure_sessions.short[setting] = evidence


def read(session: Session, planned: Hyperparameters) -> Evidence:
    """The evidence of a session's log, up to the last epoch trained as `planned`.

    Raises SessionError, OSError and NewerSchema.
    """
    state = RunState(planned)
    first_edited: int | None = None
    for event in LogReader(session.log).read_all():
        if isinstance(event, Rewound) and first_edited is not None and event.epoch < first_edited:
            first_edited = None
        elif isinstance(event, Epoch) and first_edited is None and not _as_planned(event, planned):
            first_edited = event.epoch
        state.apply(event)
    if first_edited is not None:
        if first_edited == 0 or not state.metric("epoch")[0] < first_edited:
            raise SessionError(f"{session.name}: it was edited before its first epoch")
        state = state.as_of(first_edited - 1)
    return Evidence(session, planned.seed, state)


def missing(recipe: Recipe, sessions: FigureSessions) -> list[RecipeRun]:
    """The runs of `recipe` that none of `sessions` serves, each setting and seed once."""
    missing_runs = []
    for setting, runs in recipe.settings.items():
        seeds = {evidence.seed for evidence in sessions.serving.get(setting, [])}
        planned = {run.hyperparameters.seed: run for run in reversed(runs)}
        lacking = max(0, len(planned) - len(seeds))
        untrained = [run for seed, run in sorted(planned.items()) if seed not in seeds]
        missing_runs += untrained[:lacking]
    return missing_runs


def _as_planned(event: Epoch, planned: Hyperparameters) -> bool:
    in_force = {name: getattr(event, name) for name in CHANGEABLE}
    if all(value == getattr(planned, name) for name, value in in_force.items()):
        return True
    trained = msgspec.structs.replace(planned, **in_force)
    return setting_of(trained) == setting_of(planned)

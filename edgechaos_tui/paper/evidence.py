"""Sessions that are the runs of a recipe, and how far each of them can be believed."""

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
from engine.storage.session.session import RecordedInfo, Session
from engine.storage.setting import Setting, setting_of


@dataclass(frozen=True)
class Evidence:
    """A session that is one of a recipe's runs, up to the last epoch before it was edited."""

    session: Session
    seed: int
    state: RunState

    @property
    def epochs(self) -> int:
        """The last epoch that counts."""
        return self.state.summary.epochs_done

    @property
    def weight(self) -> tuple[bool, int]:
        """What is preferred of two that are the same run: the greater."""
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
        """Whether it reaches as far as `run` must."""
        reached = run.to_the_edge and self.crossed is not None
        return reached or self.epochs >= (run.needs or run.hyperparameters.epochs)


@dataclass(frozen=True)
class FigureSessions:
    """The sessions for each setting of a recipe.

    serving: those that reach as far as they must, one a seed; short: where none does, the one that
    reaches farthest.
    """

    serving: dict[Setting, list[Evidence]] = field(default_factory=dict)
    short: dict[Setting, Evidence] = field(default_factory=dict)

    def of(self, run: RecipeRun) -> Sequence[Evidence]:
        """The sessions that serve `run`, one a seed."""
        return self.serving.get(run.setting, [])

    def why_not(self, run: RecipeRun, recipe: Recipe) -> str:
        """Why there is no session for `run`, in words."""
        epochs = run.hyperparameters.epochs
        short = self.short.get(run.setting)
        if short is not None and run.to_the_edge:
            return f"{short.session.name} does not reach the edge within {short.epochs:,} epochs"
        if short is not None:
            return f"{short.session.name} has {short.epochs:,} of {run.needs or epochs:,} epochs"
        left_out = any(other.setting == run.setting for other in recipe.left_out)
        about = f"{'about ' * run.to_the_edge}{epochs:,} epochs"
        return f"full scale only: {about}" if left_out else f"not run: {about}"


def find(recipe: Recipe, sessions: Iterable[Session]) -> FigureSessions:
    """The sessions among `sessions` that serve `recipe`. One that cannot be read serves nothing.

    Of two that are the same run a person's own is preferred to a reference session, then the
    longer one, then the first.
    """
    runs_by_setting = {run.setting: run for run in reversed((*recipe.runs, *recipe.left_out))}
    found = FigureSessions()
    for session in sessions:
        try:
            info = session.info()
            if isinstance(info, RecordedInfo):
                continue
            run = runs_by_setting.get(setting_of(info.hyperparameters))
            # A fork has its parent's epochs behind it, which its own log does not tell.
            if run is not None and info.parent is None:
                _take(found, run, read(session, info.hyperparameters))
        except (EdgeChaosError, OSError):
            continue
    return found


def _take(found: FigureSessions, run: RecipeRun, evidence: Evidence) -> None:
    setting = run.setting
    serving = found.serving.setdefault(setting, [])
    if evidence.serves(run):
        found.short.pop(setting, None)
        same = next((i for i, one in enumerate(serving) if one.seed == evidence.seed), None)
        if same is None:
            serving.append(evidence)
        elif evidence.weight > serving[same].weight:
            serving[same] = evidence
    elif not serving:
        known = found.short.get(setting)
        if known is None or evidence.weight > known.weight:
            found.short[setting] = evidence


def read(session: Session, planned: Hyperparameters) -> Evidence:
    """A session's log up to the last epoch trained as `planned`.

    Raises SessionError, OSError and NewerSchema.
    """
    state = RunState(planned)
    edited: int | None = None
    for event in LogReader(session.log).read_all():
        if isinstance(event, Rewound) and edited is not None and event.epoch < edited:
            edited = None
        elif isinstance(event, Epoch) and edited is None and not _as_planned(event, planned):
            edited = event.epoch
        state.apply(event)
    if edited is not None:
        if edited == 0 or not state.metric("epoch")[0] < edited:
            raise SessionError(f"{session.name}: it was edited before its first epoch")
        state = state.as_of(edited - 1)
    return Evidence(session, planned.seed, state)


def missing(recipe: Recipe, found: FigureSessions) -> list[RecipeRun]:
    """The runs of `recipe` that no session serves, each setting and seed once."""
    out = []
    for setting, runs in recipe.settings.items():
        seeds = {one.seed for one in found.serving.get(setting, [])}
        planned = {run.hyperparameters.seed: run for run in reversed(runs)}
        lacking = max(0, len(planned) - len(seeds))
        out += [run for seed, run in sorted(planned.items()) if seed not in seeds][:lacking]
    return out


def _as_planned(event: Epoch, planned: Hyperparameters) -> bool:
    in_force = {name: getattr(event, name) for name in CHANGEABLE}
    if all(value == getattr(planned, name) for name, value in in_force.items()):
        return True
    trained = msgspec.structs.replace(planned, **in_force)
    return setting_of(trained) == setting_of(planned)

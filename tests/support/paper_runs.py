"""Made-up sessions of the paper's runs, whose J² follows the law as far as a test wants."""

import math
from collections.abc import Callable
from pathlib import Path

from edgechaos_tui.paper.recipes import RecipeRun
from engine.storage.hyperparameters import Hyperparameters, build
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Finished
from engine.storage.session.session import Session, create
from engine.storage.step_size import step_size_ratio_of
from tests.support.event_samples import epoch_event, started_event

C = 11.0


def record(
    root: Path,
    run: RecipeRun,
    name: str,
    *,
    epochs: int | None = None,
    c: float = C,
    j2: Callable[[int], float] | None = None,
    edited_at: int | None = None,
    accuracy: float = 0.89,
    **other: str | int | float,
) -> Session:
    """A session of `run` with `epochs` epochs (default: all), J² growing with slope `c`, or as `j2`
    says; λ is edited at `edited_at`; the test
    accuracy is `accuracy` throughout; `other` replaces hyperparameters."""
    plain = {
        field: getattr(run.hyperparameters, field) for field in Hyperparameters.__struct_fields__
    }
    hyperparameters = build(plain | other)
    session = create(root, hyperparameters, name)
    writer = LogWriter(session.log)
    writer.append(started_event(train_size=60_000, test_size=10_000))
    rate = step_size_ratio_of(hyperparameters)
    last = hyperparameters.epochs if epochs is None else epochs
    for k in range(last + 1):
        j = math.sqrt(j2(k) if j2 else 0.25 + c * rate * k)
        edited = edited_at is not None and k >= edited_at
        writer.append(
            epoch_event(
                k, j=j, edge_distance=j - 1, tau=k * rate, test_loss=0.3 + abs(1 - j) / 2,
                test_accuracy=accuracy, lr=hyperparameters.lr, momentum=hyperparameters.momentum,
                batch_size=hyperparameters.batch_size,
                l2=1e-3 if edited else hyperparameters.l2, epochs=last,
            )
        )  # fmt: skip
    writer.append(Finished(t=1000.0 + last, elapsed=float(last), epoch=last))
    writer.close()
    return session

"""Sweeps on disk as coordinators and engines leave them, for tests of the screens."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.storage.hyperparameters import Value
from engine.storage.session.event_log import LogWriter
from engine.storage.session.events import Finished
from engine.storage.sweep.events import RunEnded, RunStarted, SweepFinished, SweepLogWriter
from engine.storage.sweep.plan import PlannedRun, Rule, Sweep, create_sweep, numbered
from engine.storage.sweep.sessions import make_session
from engine.storage.sweep.value_ranges import grid, varied_names
from tests.support.event_samples import epoch_event, started_event


def write_sweep(
    root: Path,
    name: str,
    values: Mapping[str, Sequence[Value]],
    *,
    ended: int | None = None,
    epochs: int = 20,
    rule: Rule | None = None,
) -> Sweep:
    """A sweep of every combination of `values`, of which the first `ended` are done (None: all).

    J² grows by the scaling law, and the test loss is least near the edge.
    """
    runs = grid({**values, "epochs": (epochs,)})
    sweep = create_sweep(root, name, numbered(name, runs), varied=varied_names(values), rule=rule)
    writer = SweepLogWriter(sweep.log)
    done = sweep.plan().runs[:ended]
    for run in done:
        writer.append(RunStarted(t=1.0, run=run.name, epoch=0))
        write_run(sweep, run)
        writer.append(RunEnded(t=2.0, run=run.name, outcome="finished", epoch=epochs))
    if ended is None:
        writer.append(SweepFinished(t=3.0))
    writer.close()
    return sweep


def write_run(sweep: Sweep, run: PlannedRun) -> None:
    """The session of `run`, finished."""
    hyperparameters = run.hyperparameters
    slope = 11 * hyperparameters.lr / ((1 - hyperparameters.momentum) * hyperparameters.batch_size)
    log = LogWriter(make_session(sweep, run).log)
    log.append(started_event())
    for k in range(hyperparameters.epochs + 1):
        j = math.sqrt(0.25 + slope * k)
        loss = 0.33 + math.exp(-k / 3) + 0.1 * (j - 1) ** 2 + 1e-3 * hyperparameters.seed
        accuracy = 0.9 - loss / 10
        log.append(
            epoch_event(
                k, j=j, edge_distance=j - 1, test_loss=loss, test_accuracy=accuracy,
                epochs=hyperparameters.epochs, lr=hyperparameters.lr,
                batch_size=hyperparameters.batch_size,
            )
        )  # fmt: skip
    log.append(Finished(t=2000.0, elapsed=9.0, epoch=hyperparameters.epochs))
    log.close()

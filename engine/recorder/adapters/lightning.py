"""Lightning: a logger that records a fit as a session, and a callback that the app commands."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities.rank_zero import rank_zero_only

from engine.recorder.run import Run, record


class LightningLogger(Logger):
    """Records what `self.log` logs, by the steps of the optimizer and the epoch.

    name, config, options: as `record` takes them; the module's hyperparameters are put into config.
    The session ends with the fit: finished, stopped by the app or Ctrl-C, or failed.
    """

    def __init__(self, name: str, config: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__()
        self._name = name
        self._config: dict[str, Any] = dict(config or {})
        self._options = options
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        """The run, which the first use begins."""
        if self._run is None:
            self._run = record(self._name, self._config, **self._options)
        return self._run

    @property
    def name(self) -> str:
        """The session's name, with a number where the name was taken."""
        return (self._run.name if self._run else "") or self._name

    @property
    def version(self) -> str:
        """Empty: the name alone tells sessions apart."""
        return ""

    @rank_zero_only
    def log_hyperparams(
        self, params: Mapping[str, Any] | Namespace, *args: Any, **kwargs: Any
    ) -> None:
        """Put `params` into the config of a run that has not begun."""
        self._config |= dict(vars(params) if isinstance(params, Namespace) else params)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log one line; `step` counts the batches that stepped."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        self.run.log(values, step=step, epoch=None if epoch is None else float(epoch))

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """End the session with the fit."""
        if self._run is not None:
            self._run.close(None if status == "success" else sys.exc_info()[1])


class LightningCallback(Callback):
    """Shows progress, and lets the app pause and stop the fit and set its optimizer.

    Beside a `LightningLogger`. probe: inputs at which order and chaos of the module are measured.
    """

    def __init__(self, probe: Any = None) -> None:
        self._probe = probe

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Let the app tune the first optimizer, and watch the module if there is a probe."""
        run = _run_of(trainer)
        if run is not None and trainer.optimizers:
            run.tune(trainer.optimizers[0])
        if run is not None and self._probe is not None:
            run.watch(pl_module, self._probe)

    def on_train_batch_end(self, trainer: Trainer, *args: Any) -> None:
        """Show progress; wait while the run is paused, and end the fit on request."""
        run, done = _run_of(trainer), int(args[-1]) + 1
        if run is not None:
            total = trainer.num_training_batches
            run.progress(trainer.current_epoch + 1, done, int(total) if total < 2**31 else 0)
            trainer.should_stop = trainer.should_stop or run.asked == "stop"


def _run_of(trainer: Trainer) -> Run | None:
    if not trainer.is_global_zero:
        return None
    return next(
        (logger.run for logger in trainer.loggers if isinstance(logger, LightningLogger)), None
    )

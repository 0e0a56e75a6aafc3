"""Keras 3: a callback that records `fit` as a session, paused and stopped by the app."""

from collections.abc import Mapping
from typing import Any

from keras.callbacks import Callback

from engine.recorder.notebook import close_with_cell
from engine.recorder.run import Run, record


class KerasCallback(Callback):
    """Records what `fit` reports, by epochs.

    name, config, options: as `record` takes them; learning rate, momentum, weight decay and kind of
    the optimizer are put into config. probe: inputs at which order and chaos of the model are
    measured; for models on PyTorch.
    """

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,
        probe: Any = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._name = name
        self._config = dict(config or {})
        self._probe = probe
        self._options = options
        self._epoch = 0
        self.run = Run()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin the session."""
        settings = {"epochs": self.params.get("epochs"), **_optimizer(self.model.optimizer)}
        config = {name: value for name, value in settings.items() if value is not None}
        self.run = record(self._name, config | self._config, **self._options)
        close_with_cell(self.run)
        if self._probe is not None:
            self.run.watch(self.model, self._probe)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note the epoch under way."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Show progress; wait while the run is paused, and end the training on request."""
        self.run.progress(self._epoch + 1, batch + 1, int(self.params.get("steps") or 0))
        if self.run.asked == "stop":
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log one line of the epoch's metrics."""
        self.run.log(logs or {}, epoch=epoch + 1)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """End the session."""
        self.run.close()


def _optimizer(optimizer: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"optimizer": getattr(optimizer, "name", "").lower()}
    for key in ("learning_rate", "momentum", "weight_decay"):
        value = getattr(optimizer, key, None)
        try:
            settings[key] = None if value is None else float(value)
        except (TypeError, ValueError):
            settings[key] = None
    return settings

"""Hugging Face's Trainer: a callback that records a training as a session, commanded by the app."""

from collections.abc import Mapping
from typing import Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from engine.recorder.notebook import close_with_cell
from engine.recorder.run import Run, record

_ARGUMENTS: Final = {
    "lr": "learning_rate",
    "batch_size": "train_batch_size",
    "epochs": "num_train_epochs",
    "weight_decay": "weight_decay",
    "seed": "seed",
    "optimizer": "optim",
    "max_steps": "max_steps",
    "lr_scheduler": "lr_scheduler_type",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
}
"""Keys of the config, with the names of their training arguments."""


class HuggingFaceCallback(TrainerCallback):
    """Records what the Trainer logs, by optimizer steps and the fraction of an epoch.

    name, config, options: as `record` takes them; the training arguments that matter are put into
    config. probe: inputs at which order and chaos of the model are measured. Only the first process
    of a distributed training writes.
    """

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,
        probe: Any = None,
        **options: Any,
    ) -> None:
        self._name = name
        self._config = dict(config or {})
        self._probe = probe
        self._options = options
        self.run = Run()

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **kwargs: Any,
    ) -> None:
        """Begin the session; a training resumed from a checkpoint goes back to its step."""
        if not state.is_world_process_zero:
            return
        arguments = {key: getattr(args, name, None) for key, name in _ARGUMENTS.items()}
        config = {
            key: getattr(v, "value", v) for key, v in arguments.items() if v not in (None, -1)
        }
        self.run = record(self._name, config | self._config, **self._options)
        close_with_cell(self.run)
        if state.global_step and self._options.get("resume") == "auto":
            self.run.rewind(step=state.global_step)
        if self._probe is not None:
            self.run.watch(model, self._probe)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Log one line of the numbers among `logs`."""
        numbers = {k: v for k, v in (logs or {}).items() if isinstance(v, int | float)}
        numbers.pop("epoch", None)
        self.run.log(numbers, step=state.global_step, epoch=state.epoch)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Show progress; wait while the run is paused, and end the training on request."""
        self.run.progress(int(state.epoch or 0) + 1, state.global_step, state.max_steps)
        if self.run.asked == "stop":
            control.should_training_stop = True
        return control

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """End the session."""
        self.run.close()

"""A training of the real Hugging Face Trainer, recorded."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import framework

transformers = framework("transformers")
framework("accelerate")

from engine.recorder.adapters.huggingface import HuggingFaceCallback  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


class Model(nn.Module):
    """A linear classifier with the signature that the Trainer wants."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        logits = self.net(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def data() -> list[dict[str, Any]]:
    rows = torch.randn(64, 4)
    return [{"x": row, "labels": int(row[0] > 0)} for row in rows]


def train(folder: Path, *, again: bool = False, **given: Any) -> None:
    arguments = transformers.TrainingArguments(
        output_dir=str(folder / "out"),
        num_train_epochs=given.pop("epochs", 2),
        per_device_train_batch_size=16,
        logging_steps=2,
        eval_strategy="epoch",
        save_strategy="epoch",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        seed=3,
    )
    callback = HuggingFaceCallback("hf", sessions=folder / "s", raise_errors=True, **given)
    trainer = transformers.Trainer(
        Model(), arguments, train_dataset=data(), eval_dataset=data(), callbacks=[callback]
    )
    trainer.train(resume_from_checkpoint=again or None)


def test_a_training_is_a_session_by_optimizer_steps(tmp_path: Path) -> None:
    train(tmp_path)
    reading, state = read_with_state(Session(tmp_path / "s" / "hf"))
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [2, 4, 6, 8]
    assert state.columns["train_loss"].measured(0) is not None
    assert state.columns["test_loss"].measured(1) is not None
    assert "grad_norm" in state.free_metrics
    chosen = reading.summary.hyperparameters
    assert (chosen.known("batch_size"), chosen.known("seed")) == (16, 3)


def test_a_training_taken_up_from_a_checkpoint_goes_on(tmp_path: Path) -> None:
    train(tmp_path, epochs=1)
    train(tmp_path, epochs=2, again=True)
    _, state = read_with_state(Session(tmp_path / "s" / "hf-2"))
    assert state.metric("epoch").tolist() == [6, 8]

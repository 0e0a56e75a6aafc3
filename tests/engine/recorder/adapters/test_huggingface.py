"""A training of the real Hugging Face Trainer, recorded."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import framework, run_program

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
    hyperparameters = reading.summary.hyperparameters
    assert (hyperparameters.known("batch_size"), hyperparameters.known("seed")) == (16, 3)


def test_a_training_taken_up_from_a_checkpoint_goes_on(tmp_path: Path) -> None:
    train(tmp_path, epochs=1)
    train(tmp_path, epochs=2, again=True)
    _, state = read_with_state(Session(tmp_path / "s" / "hf-2"))
    assert state.metric("epoch").tolist() == [6, 8]


PROGRAM = """
import sys, torch
import edgechaos_tui as edgechaos
from tests.support.frameworks import framework

transformers = framework("transformers")

class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 2)
        self.left = int(sys.argv[2])
    def forward(self, x, labels):
        self.left -= self.training
        if self.left < 0:
            raise ValueError("a label out of range")
        logits = self.net(x)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

rows = torch.randn(64, 4)
data = [{"x": row, "labels": int(row[0] > 0)} for row in rows]
arguments = transformers.TrainingArguments(
    output_dir=sys.argv[1] + "/out", num_train_epochs=3, per_device_train_batch_size=16,
    logging_steps=2, save_strategy="epoch", report_to=[], use_cpu=True, disable_tqdm=True, seed=3,
)
callback = edgechaos.HuggingFaceCallback("hf", sessions=sys.argv[1] + "/s", resume="auto")
trainer = transformers.Trainer(Model(), arguments, train_dataset=data, callbacks=[callback])
trainer.train(resume_from_checkpoint=sys.argv[3] == "again")
"""


@pytest.mark.slow
def test_a_program_that_crashed_goes_on_in_its_session_from_its_checkpoint(tmp_path: Path) -> None:
    session = Session(tmp_path / "s" / "hf")
    crashed = run_program(PROGRAM, tmp_path, "7", "anew")
    assert crashed.returncode == 1, crashed.stderr
    reading, state = read_with_state(session)
    assert reading.status is Status.FAILED
    assert "a label out of range" in getattr(reading.summary.lifecycle, "text", "")
    assert state.metric("epoch").tolist() == [2, 4, 6]
    again = run_program(PROGRAM, tmp_path, "99", "again")
    assert again.returncode == 0, again.stderr
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    # The checkpoint is that of step 4; what came after it is dropped.
    assert state.metric("epoch").tolist() == [2, 4, 6, 8, 10, 12]
    assert state.rewinds > 0
    assert [folder.name for folder in (tmp_path / "s").iterdir()] == ["hf"]

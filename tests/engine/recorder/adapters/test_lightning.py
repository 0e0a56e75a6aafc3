"""A fit of the real Lightning, recorded."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from edgechaos_tui.control import session as control
from edgechaos_tui.control.requests import wait_for_answer
from edgechaos_tui.presentation.run.reading import read, read_with_state
from engine.storage.session.console import ConsoleReader
from engine.storage.session.session import Session
from engine.storage.session.status import Status
from tests.support.frameworks import framework, run_program

lightning = framework("lightning.pytorch")
Base: Any = lightning.LightningModule

from engine.recorder.adapters.lightning import LightningCallback, LightningLogger  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


class Module(Base):
    """A linear classifier; `fail_at`: the step at which its training fails."""

    def __init__(self, lr: float = 0.1, fail_at: int = -1) -> None:
        super().__init__()
        self.save_hyperparameters("lr")
        self.fail_at = fail_at
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))

    def forward(self, x: torch.Tensor) -> Any:
        return self.net(x)

    def training_step(self, batch: Any, index: int) -> Any:
        if self.global_step == self.fail_at:
            raise ValueError("a label out of range")
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", nn.functional.cross_entropy(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


def loader() -> Any:
    x = torch.randn(64, 4)
    return DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8)


def fit(
    root: Path, epochs: int = 2, checkpoint: Path | None = None, options: Any = None, **module: Any
) -> Any:
    """A fit, begun at `checkpoint` where that is there; options: of the logger."""
    trainer = lightning.Trainer(
        max_epochs=epochs,
        logger=LightningLogger("lit", sessions=root, raise_errors=True, **(options or {})),
        callbacks=[LightningCallback(probe=torch.randn(8, 4))],
        log_every_n_steps=2,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    trainer.fit(Module(**module), loader(), loader(), ckpt_path=checkpoint)
    return trainer


def test_a_fit_is_a_session_by_steps_with_what_the_module_logs(tmp_path: Path) -> None:
    fit(tmp_path)
    reading, state = read_with_state(Session(tmp_path / "lit"))
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [0, 1, 3, 5, 7, 9, 11, 13, 15]
    assert state.columns["test_loss"].measured(4) is not None
    assert reading.summary.hyperparameters.known("lr") == 0.1
    assert state.columns["lambda_angle"].measured(0) is not None


def test_an_error_in_a_fit_is_told_and_raised_again(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="label"):
        fit(tmp_path, fail_at=3)
    reading = read(Session(tmp_path / "lit"))
    assert reading.status is Status.FAILED
    assert "a label out of range" in getattr(reading.summary.lifecycle, "text", "")


def test_a_fit_is_stopped_from_the_app(tmp_path: Path) -> None:
    session = Session(tmp_path / "lit")

    def stop() -> None:
        while not session.log.exists() or read(session).summary.last is None:
            time.sleep(0.05)
        wait_for_answer(session, control.set_values(session, {"lr": 0.05}), 20)
        control.stop(session)

    thread = threading.Thread(target=stop)
    thread.start()
    trainer = fit(tmp_path, epochs=10_000)
    thread.join()
    assert trainer.current_epoch < 10_000
    reading = read(session)
    assert reading.status is Status.STOPPED
    assert reading.summary.hyperparameters.lr == 0.05


def test_a_fit_that_crashed_goes_on_in_its_session_from_its_checkpoint(tmp_path: Path) -> None:
    sessions, checkpoint = tmp_path / "s", tmp_path / "last.ckpt"
    auto = {"resume": "auto"}
    fit(sessions, 1, options=auto).save_checkpoint(checkpoint)
    # That fit has finished: another session begins at its checkpoint, and crashes in epoch 3.
    with pytest.raises(ValueError, match="label"):
        fit(sessions, 4, checkpoint, auto, fail_at=20)
    session = Session(sessions / "lit-2")
    reading, state = read_with_state(session)
    assert reading.status is Status.FAILED
    assert state.metric("epoch")[-1] >= 17
    fit(sessions, 3, checkpoint, auto)
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    # Steps that were trained twice stand once; 0 is the network as it was before the first line.
    assert state.metric("epoch").tolist() == [0, 9, 11, 13, 15, 17, 19, 21, 23]
    assert state.rewinds > 0
    assert sorted(folder.name for folder in sessions.iterdir()) == ["lit", "lit-2"]


DDP = """
import sys, torch
from torch.utils.data import DataLoader, TensorDataset
import edgechaos_tui as edgechaos
from tests.support.frameworks import framework

lightning = framework("lightning.pytorch")

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 2)
    def training_step(self, batch, index):
        loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss)
        print("trained by a rank")
        return loss
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

if __name__ == "__main__":
    x = torch.randn(64, 4)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8, num_workers=2)
    lightning.Trainer(
        max_epochs=2, accelerator="cpu", strategy="ddp", devices=2, log_every_n_steps=1,
        logger=edgechaos.LightningLogger("ddp", sessions=sys.argv[1] + "/s", capture=True),
        callbacks=[edgechaos.LightningCallback()], enable_progress_bar=False,
        enable_checkpointing=False, enable_model_summary=False,
    ).fit(Module(), loader)
"""


@pytest.mark.slow
def test_of_two_ranks_by_gloo_the_first_writes(tmp_path: Path) -> None:
    ended = run_program(DDP, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert [folder.name for folder in (tmp_path / "s").iterdir()] == ["ddp"]
    session = Session(tmp_path / "s" / "ddp")
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    # 32 images each rank, in batches of 8: four steps an epoch.
    assert state.metric("epoch").tolist() == list(range(8))
    lines = [line.text for line in ConsoleReader(session.console).read()]
    assert lines.count("trained by a rank") == 8

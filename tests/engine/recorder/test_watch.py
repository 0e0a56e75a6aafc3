"""A watched model: its profile in the log, and a training equal to one without the recorder."""

from pathlib import Path

import pytest
import torch
from torch import nn

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.recorder import Run, record
from engine.storage.session.event_log import LogReader
from engine.storage.session.events import Notice
from engine.storage.session.recorded_epochs import RecordedEpoch
from engine.storage.session.session import Session

X = torch.randn(48, 6, generator=torch.Generator().manual_seed(1))
Y = X[:, :3].argmax(1)


def network() -> nn.Module:
    return nn.Sequential(
        nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5)),
        nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.2)),
        nn.Linear(16, 3),
    )


def train(model: nn.Module, run: Run | None, epochs: int = 3) -> list[float]:
    """The loss of each batch, shuffled by the global generator; with `run` all of it is used."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    if run is not None:
        run.watch(model, X[:8])
        run.tune(optimizer)
    losses = []
    for _ in range(epochs) if run is None else run.epochs(epochs):
        batches = torch.split(torch.randperm(48), 16)
        for rows in batches if run is None else run.batches(batches):
            loss = nn.functional.cross_entropy(model(X[rows]), Y[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(float(loss.detach()))
        if run is not None:
            run.log(train_loss=loss)
    return losses


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_a_loop_gives_the_same_losses_to_the_last_bit_with_and_without(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = network()
    bare = train(model, None)
    torch.manual_seed(0)
    watched = network()
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        assert train(watched, run) == bare
    assert all(module.training for module in watched.modules())
    assert not any(module._forward_hooks for module in watched.modules())
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, watched.state_dict()[name]), name


def test_each_epoch_and_the_start_have_a_profile(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        train(network(), run, epochs=2)
    session = Session(tmp_path / "own")
    epochs = [e for e in LogReader(session.log).read_all() if isinstance(e, RecordedEpoch)]
    assert [event.epoch for event in epochs] == [0, 1, 2]
    assert [layer.name for layer in epochs[0].layers or ()] == ["0.0", "1.0", "2"]
    assert epochs[2].layers is not None
    assert epochs[2].layers[0].fan_in == 6
    assert epochs[0].layers != epochs[2].layers
    _, state = read_with_state(session)
    angles = state.metric("lambda_angle")
    assert len(set(angles.tolist())) == 3


def test_a_model_without_blocks_is_told_and_the_loop_still_recorded(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path) as run:
        with pytest.warns(RuntimeWarning, match=r"run\.watch"):
            run.watch(nn.ReLU(), X[:8])
        run.log(epoch=1, loss=1.0)
    _, state = read_with_state(Session(tmp_path / "own"))
    assert state.metric("train_loss").tolist() == [1.0]


class Stubborn(nn.Module):
    """Its second block refuses to be measured."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            raise RuntimeError("only in training")
        out: torch.Tensor = self.blocks(x)
        return out


def test_what_cannot_be_measured_is_a_notice_in_the_log(tmp_path: Path) -> None:
    with record("own", sessions=tmp_path, raise_errors=True) as run:
        run.watch(Stubborn(), X[:8])
        run.log(epoch=1, loss=1.0)
    notices = [e for e in LogReader(Session(tmp_path / "own").log).read_all() if type(e) is Notice]
    assert len(notices) == 1
    assert "only in training" in notices[0].text

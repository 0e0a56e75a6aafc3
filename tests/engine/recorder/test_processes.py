"""Programs of several processes: real workers of a data loader, two ranks that speak by gloo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgechaos_tui.presentation.run.reading import read_with_state
from engine.storage.session.console import ConsoleReader
from engine.storage.session.session import Session
from engine.storage.session.status import Status

WORKERS = """
import sys, torch, edgechaos_tui
from torch.utils.data import DataLoader, Dataset

# Not below the question whether this is the main module: a spawned worker comes by here too.
run = edgechaos_tui.record("own", sessions=sys.argv[1], capture=True, raise_errors=True)

class Data(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        print("from a worker", flush=True)
        run.log(step=index, wrong=1.0)
        edgechaos_tui.record("by a worker", sessions=sys.argv[1])
        return torch.tensor(index)

if __name__ == "__main__":
    with run:
        for epoch in run.epochs(2):
            loader = DataLoader(Data(), 4, num_workers=2, multiprocessing_context=sys.argv[2])
            seen = [int(index) for batch in run.batches(loader) for index in batch]
            assert sorted(seen) == list(range(8))
            run.log(loss=1.0)
            print("epoch", epoch)
"""

RANKS = """
import sys, torch, edgechaos_tui
from torch import distributed
rank = int(sys.argv[2])
distributed.init_process_group("gloo", init_method="file://" + sys.argv[3], rank=rank, world_size=2)
with edgechaos_tui.record("own", sessions=sys.argv[1], capture=True, raise_errors=True) as run:
    for epoch in run.epochs(3):
        loss = torch.tensor(float(rank))
        distributed.all_reduce(loss)
        run.log(loss=loss)
        print("rank", rank)
distributed.destroy_process_group()
"""


def program(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "program.py"
    file.write_text(text)
    return [sys.executable, str(file), str(tmp_path / "sessions")]


def printed(session: Session) -> list[str]:
    return [line.text for line in ConsoleReader(session.console).read()]


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_of_a_data_loader_write_nothing(tmp_path: Path, method: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([*program(tmp_path, WORKERS), method], env=environment, check=True)
    assert [folder.name for folder in (tmp_path / "sessions").iterdir()] == ["own"]
    session = Session(tmp_path / "sessions" / "own")
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    assert state.metric("epoch").tolist() == [1, 2]
    assert not state.free_metrics
    assert printed(session) == ["epoch 0", "epoch 1"]


@pytest.mark.slow
def test_of_two_ranks_the_first_writes(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "SLURM_PROCID")}
    command = program(tmp_path, RANKS)
    ranks = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "store")], env=environment)
        for rank in range(2)
    ]
    assert [rank.wait(120) for rank in ranks] == [0, 0]
    assert [folder.name for folder in (tmp_path / "sessions").iterdir()] == ["own"]
    session = Session(tmp_path / "sessions" / "own")
    reading, state = read_with_state(session)
    assert reading.status is Status.FINISHED
    assert state.metric("train_loss").tolist() == [1.0] * 3
    assert printed(session) == ["rank 0"] * 3

"""Sessions that a training loop outside the product wrote, with free metrics and no J."""

from pathlib import Path

from engine.recorder import record
from engine.storage.session.session import Session

CONFIG = {"lr": 0.1, "optimizer": "adamw", "model": {"name": "resnet18"}}


def by_epochs(root: Path, name: str = "own", epochs: int = 5) -> Session:
    """A finished run of so many epochs, its test loss best in the last but one."""
    with record(name, CONFIG, sessions=root, raise_errors=True) as run:
        for epoch in run.epochs(epochs):
            worse = 0.5 if epoch == epochs - 1 else 0.0
            run.log(
                {"grad/norm": 1.5, "grad/max": 2.5, "speed": 100.0},
                train_loss=1 / (epoch + 1),
                val_loss=2 / (epoch + 1) + worse,
                val_acc=0.8,
            )
    return Session(root / run.name)


def by_steps(root: Path, name: str = "steps", steps: int = 100) -> Session:
    """A finished run that counts steps, one line each ten."""
    with record(name, CONFIG, sessions=root, raise_errors=True) as run:
        for step in range(0, steps, 10):
            run.log(step=step, epoch=step / 40, loss=1.0, tokens=float(step))
    return Session(root / run.name)

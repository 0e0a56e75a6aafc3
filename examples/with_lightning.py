"""A Lightning module on random points, recorded by its logger and commanded by its callback.

pip install lightning
python examples/with_lightning.py --epochs 20
"""

import argparse

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import edgechaos_tui as edgechaos


class Classifier(LightningModule):
    """Two hidden layers that tell in which of three directions a point lies."""

    def __init__(self, lr: float = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = nn.functional.cross_entropy(self(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        scores = self(batch[0])
        self.log("val_loss", nn.functional.cross_entropy(scores, batch[1]))
        self.log("val_acc", (scores.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    x = torch.randn(1200, 8)
    data = TensorDataset(x, x[:, :3].argmax(1))
    train, held_out = torch.utils.data.random_split(data, [1000, 200])
    trainer = Trainer(
        max_epochs=arguments.epochs,
        log_every_n_steps=10,
        logger=edgechaos.LightningLogger("with-lightning"),
        callbacks=[edgechaos.LightningCallback(probe=x[:32])],
        enable_checkpointing=False,
    )
    trainer.fit(Classifier(), DataLoader(train, 32, shuffle=True), DataLoader(held_out, 200))


if __name__ == "__main__":
    main()

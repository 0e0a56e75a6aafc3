"""A small convolutional network on Fashion-MNIST, in a plain PyTorch loop that is recorded.

    python examples/plain_pytorch.py --data FOLDER    # with FashionMNIST/raw/*.gz inside
    edgechaos-tui                                     # elsewhere: watch it, pause it, change lr

The lines with `run` can be removed without a trace: the losses stay the same to the last bit.
"""

import argparse
import gzip
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

import edgechaos_tui as edgechaos


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--name", default="plain-pytorch")
    arguments = parser.parse_args()

    torch.manual_seed(0)
    train = images(arguments.data, "train", arguments.images)
    test = images(arguments.data, "t10k", arguments.images)
    loader = DataLoader(train, batch_size=64, shuffle=True)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    config = {"dataset": "fashion-mnist", "network": "cnn", "lr": 0.05, "momentum": 0.9}

    with edgechaos.record(arguments.name, config) as run:
        run.watch(model, test.tensors[0][:32])  # order and chaos, block by block
        run.tune(optimizer)  # lr, momentum and weight decay from the screen
        for _ in run.epochs(arguments.epochs):  # pause, stop and extend from the screen
            model.train()
            total = 0.0
            for x, y in run.batches(loader):
                loss = cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += float(loss.detach()) * len(y)
            test_loss, accuracy = evaluate(model, test)
            run.log(train_loss=total / len(train), test_loss=test_loss, test_accuracy=accuracy)
            print(f"train {total / len(train):.9g}  test {test_loss:.9g}  accuracy {accuracy:.4f}")


def network() -> nn.Module:
    """Two convolutions and two linear layers, with batch norm and dropout."""
    return nn.Sequential(
        convolution(1, 16),
        convolution(16, 32),
        nn.Sequential(nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Dropout(0.5)),
        nn.Linear(128, 10),
    )


def convolution(channels: int, units: int) -> nn.Module:
    """A block that halves the side of an image."""
    conv = nn.Conv2d(channels, units, 3, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(units), nn.ReLU(), nn.MaxPool2d(2))


@torch.no_grad()
def evaluate(model: nn.Module, data: TensorDataset) -> tuple[float, float]:
    """Mean cross-entropy in nats, and the fraction classified correctly."""
    model.eval()
    loss = correct = 0.0
    for x, y in DataLoader(data, batch_size=1000):
        scores = model(x)
        loss += float(cross_entropy(scores, y, reduction="sum"))
        correct += float((scores.argmax(1) == y).sum())
    return loss / len(data), correct / len(data)


def images(folder: Path, part: str, count: int) -> TensorDataset:
    """The first `count` images of a part of Fashion-MNIST, (N, 1, 28, 28) in 0 to 1, and labels."""
    raw = folder / "FashionMNIST" / "raw"
    pixels = gzip.decompress((raw / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((raw / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    x = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(-1, 1, 28, 28)[:count] / 255
    y = torch.frombuffer(bytearray(labels), dtype=torch.uint8)[:count].long()
    return TensorDataset(x, y)


if __name__ == "__main__":
    main()

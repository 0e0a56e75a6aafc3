"""A Keras 3 model on random points, its `fit` recorded by a callback.

pip install keras
KERAS_BACKEND=torch python examples/with_keras.py --epochs 20
"""

import argparse

import keras
import numpy as np

import edgechaos_tui as edgechaos


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(1200, 8)).astype("float32")
    y = x[:, :3].argmax(1)
    model = keras.Sequential(
        [
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(32, activation="tanh"),
            keras.layers.Dense(3),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(
        x,
        y,
        batch_size=32,
        epochs=arguments.epochs,
        validation_split=0.2,
        callbacks=[edgechaos.KerasCallback("with-keras", {"batch_size": 32, "train_size": 960})],
    )


if __name__ == "__main__":
    main()

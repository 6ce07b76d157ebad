"""The plain notebook pipeline that training is measured against: prints images per second, an epoch a line.

`image_dataset_from_directory`, `map(divide by 255)`, one-hot labels, `fit`, no cache: what the studies' notebooks do.
Run as a child: `python -m tests.benchmarks.notebook FOLDER EPOCHS`.
"""

import sys
import time
from typing import Any


def build() -> Any:
    """base_cnn's layers, compiled."""
    import keras
    from keras import layers

    model: Any = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def main(folder: str, epochs: int) -> None:
    """Train base_cnn's layers the usual way, and print the speed of each epoch."""
    import keras

    data = keras.utils.image_dataset_from_directory(
        folder, image_size=(64, 64), batch_size=100, label_mode="categorical", seed=0, verbose=False
    )
    images = len(data.file_paths)
    data = data.map(lambda x, y: (x / 255.0, y))
    model = build()

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.monotonic()

        def on_epoch_end(self, epoch, logs=None):
            print(images / (time.monotonic() - self.began), flush=True)

    model.fit(data, epochs=epochs, callbacks=[Clock()], verbose=0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

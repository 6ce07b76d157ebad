"""What Keras reaches on this machine where data cost nothing: the notebook's network, fitted to one batch in memory.

The ceiling of every pipeline: prints images per second, an epoch a line. Run as a child:
`python -m tests.benchmarks.bare_fit EPOCHS PRECISION`.
"""

import sys
import time

from tests.benchmarks import notebook

STEPS, BATCH = 50, 100


def main(epochs: int, precision: str) -> None:
    """Fit to the same random batch again and again, and print the speed of each epoch."""
    import keras
    import numpy as np
    import tensorflow as tf

    keras.mixed_precision.set_global_policy(precision)
    model = notebook.build()
    images = tf.constant(np.random.default_rng(0).random((BATCH, 64, 64, 3), np.float32))
    labels = tf.one_hot(np.arange(BATCH) % 2, 2)
    data = tf.data.Dataset.from_tensors((images, labels)).cache().repeat(STEPS)
    for _ in range(epochs):
        began = time.monotonic()
        model.fit(data, verbose=0)
        print(STEPS * BATCH / (time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""What tests of several parts of core share."""

import pandas as pd
import pytest

from core import paths
from core.models import loading, package, runtime
from tests.core.models import test_package


@pytest.fixture
def networked_model(home, monkeypatch):
    """A published model of a small network with batch normalisation; only the user's models are listed."""
    monkeypatch.setattr(paths, "PROJECT_FOLDER", home / "empty")
    keras = runtime.load_keras()
    keras.utils.set_random_seed(1)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 10, 3), name="image"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.1),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(2, name="logits"),
            layers.Softmax(name="probabilities"),
        ]
    )
    check = loading.compute_check(network, (8, 10)).round(7).tolist()

    def fill(folder):
        test_package.fill(folder)
        network.save(folder / package.MODEL_FILE)
        pd.DataFrame({"epoch": [1], "loss": [0.5]}).to_csv(folder / package.HISTORY_FILE, index=False)

    size = {"height_px": 8, "width_px": 10}
    content = test_package.manifest() | {"input": size, "check": {"probabilities": check}}
    return package.write_package("m", content, fill)

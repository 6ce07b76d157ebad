"""What the fit is fed with: every image with its soft label and its weight."""

import itertools

import numpy as np
import pandas as pd
import pytest

from core.models import augmentation
from core.training import recipe

pytestmark = pytest.mark.ml


@pytest.fixture
def parts():
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (12, 4, 4, 3), dtype=np.uint8)
    table = pd.DataFrame({"row": [11, 3, 5, 0, 7, 8, 1], "label": [0, 0, 0, 0, 0, 1, 2]})
    return pixels, table


def feed(copies, table, **settings):
    from core.training.fit import tf_data

    wanted = recipe.Recipe("d", **{"batch_size": 3, **settings})
    stream = tf_data.feed_training(copies, table, wanted, classes=3, first=0)
    return [[part.numpy() for part in batch] for batch in itertools.islice(stream, 6)]


def test_images_labels_and_weights_belong_together(parts):
    pixels, table = parts
    batches = feed([pixels], table, label_smoothing=0.3, class_weights="balanced")
    assert [len(batch[0]) for batch in batches] == [3, 3, 1, 3, 3, 1]
    counts = {0: 5, 1: 1, 2: 1}
    seen = 0
    for images, soft, weights in batches[:3]:
        for image, labels, weight in zip(images, soft, weights, strict=True):
            row = next(row for row in table["row"] if (pixels[row] == image).all())
            label = int(table.loc[table["row"] == row, "label"].iloc[0])
            np.testing.assert_allclose(labels, np.full(3, 0.1) + 0.7 * np.eye(3)[label], rtol=1e-6)
            assert weight == pytest.approx(7 / (3 * counts[label]))
            seen += 1
    assert seen == 7


def test_balanced_weights_give_each_class_the_same_say():
    from core.training.fit import tf_data

    labels = np.array([0] * 90 + [1] * 10, np.int32)
    weights = tf_data.compute_class_weights(labels, 2, balanced=True)
    assert 90 * weights[0] == pytest.approx(10 * weights[1])
    assert weights[labels].mean() == pytest.approx(1)
    assert (tf_data.compute_class_weights(labels, 2, balanced=False) == 1).all()


def test_features_come_in_turn_and_are_not_augmented(parts):
    _, table = parts
    copies = [np.full((12, 5), number, np.float32) for number in (1, 2)]
    settings = augmentation.PRESETS["cells"]
    batches = feed(copies, table, augmentation=settings)
    assert [set(np.unique(batch[0])) for batch in batches] == [{1.0}] * 3 + [{2.0}] * 3


def test_validation_is_once_in_order_with_hard_labels_and_no_weights(parts):
    from core.training.fit import tf_data

    pixels, table = parts
    (batch,) = tf_data.feed_validation(pixels, table, recipe.Recipe("d"), classes=3)
    assert len(batch) == 2
    small = tf_data.feed_validation(pixels, table, recipe.Recipe("d", batch_size=4), classes=3)
    assert max(len(part[0]) for part in small) == 4  # no more at once than the training has memory for
    np.testing.assert_array_equal(batch[0].numpy(), pixels[table["row"]])
    np.testing.assert_array_equal(batch[1].numpy(), np.eye(3)[table["label"]])

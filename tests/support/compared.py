"""Models of the tiny data set that can be compared."""

import numpy as np
import pytest

from core.base import files, paths
from core.models import package
from tests.support import made_models


def tell(found, **changes):
    """The same package with other words in its manifest; dicts are merged."""
    content = files.read_json_or_none(found.folder / package.MANIFEST)
    for key, value in changes.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    files.write_json(found.folder / package.MANIFEST, content)
    return package.find_package(found.id)


def make_model(data, model_id, *, right=0.85, seed=0, half="first", leaky=False):
    """A model that is right about so many of half of the data set's images; the other half it was validated on."""
    table = data.table[["image_id", "group", "label"]].reset_index(drop=True)
    rng = np.random.default_rng(seed)
    answered = np.where(rng.random(len(table)) < right, table["label"], 1 - table["label"])
    positive = np.where(answered == 0, 1, -1) * rng.uniform(0.1, 0.49, len(table)) + 0.5
    tested = np.arange(len(table)) % 2 == (half == "second")
    table = table.assign(
        split=np.where(tested, "test", "validation"), p_Parasitized=positive, p_Uninfected=1 - positive
    )
    made = made_models.write_model(table, leaky=leaky, model_id=model_id)
    recipe = {"dataset": "tiny", "epochs": 5, "learning_rate": 0.01 if seed else 0.001}
    return tell(made, dataset={"content": data.content}, recipe=recipe)


@pytest.fixture
def nothing_shipped(monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])


@pytest.fixture
def models(tiny_dataset, nothing_shipped):
    """Three models with the same test images, one of them leaky."""
    return [
        make_model(tiny_dataset, "good", right=0.97),
        make_model(tiny_dataset, "fair", right=0.6, seed=1),
        make_model(tiny_dataset, "leaking", right=1.0, seed=2, leaky=True),
    ]

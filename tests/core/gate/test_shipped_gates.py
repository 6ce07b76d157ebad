"""The shipped models on images that none of them has learnt from; skipped where these are not."""

import json
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from core.base import paths
from core.datasets.index import decoding
from core.gate import gate, gate_file
from core.models import normalisation, package
from core.runtimes import opening

pytestmark = pytest.mark.ml
NORMALISED, XRAYS = "malaria-smear-cnn-micro-normalised", "chest-smear-cnn"
SHIPPED = sorted(folder.name for folder in (paths.PROJECT_FOLDER / "trained_models").iterdir() if folder.is_dir())


@pytest.mark.parametrize("model_id", SHIPPED)
def test_each_has_a_gate_that_refuses_noise_and_single_colours(model_id):
    found = package.find_package(model_id)
    kept, asked = gate_file.read(found), opening.open_runtime(found)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(5)]
    images += [np.full((50, 70, 3), value, np.uint8) for value in (0, 128, 255)]
    assert all(verdict.refused for verdict in kept.judge(gate.look_at_images(found, asked, images)))
    assert 0 < (kept.states == gate.REFUSED).mean() < 0.05
    assert (kept.wide is None) == (found.form == normalisation.AS_IT_CAME)


def read(archive_path, pick: Callable[[str], bool], count: int) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(archive_path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".png", ".jpg", ".jpeg")) and pick(name)]
        chosen = names[:: max(1, len(names) // count)][:count]
        return {name: decoding.decode_image(archive.read(name), where=name) for name in chosen}


def judge(model_id: str, images) -> list[gate.Verdict]:
    found = package.find_package(model_id)
    return gate_file.read(found).judge(gate.look_at_images(found, opening.open_runtime(found), list(images)))


def share(verdicts, name: str) -> float:
    return float(np.mean([getattr(verdict, name) for verdict in verdicts]))


@pytest.mark.data
@pytest.mark.parametrize("model_id", [NORMALISED, XRAYS])
def test_pictures_of_another_kind_are_refused(shared_datasets, model_id):
    kinds = {
        "white cells": read(shared_datasets / "other_images.zip", lambda name: "white" in name, 60),
        "pets": read(shared_datasets / "dogs_vs_cats.zip", lambda name: True, 60),
        "fields": read(shared_datasets / "smear_fields.zip", lambda name: True, 20),
        "others": read(
            shared_datasets / ("cell_images.zip" if model_id == XRAYS else "chest_xray.zip"), lambda name: True, 60
        ),
    }
    for kind, images in kinds.items():
        assert share(judge(model_id, images.values()), "refused") >= 0.95, kind


@pytest.mark.data
def test_another_laboratorys_cells_are_answered_with_caution_and_well(shared_datasets):
    images = read(shared_datasets / "other_images.zip", lambda name: "other_lab" in name, 300)
    infected = np.array(["/Parasitized/" in name for name in images])
    verdicts = judge(NORMALISED, images.values())
    assert share(verdicts, "refused") <= 0.1 and share(verdicts, "away") >= 0.9
    found = package.find_package(NORMALISED)
    seen = [normalisation.bring(image, found.form, *found.input_size_px).image_rgb for image in images.values()]
    positive = opening.open_runtime(found).predict(np.stack(seen))[:, found.class_names.index("Parasitized")]
    assert infected.sum() == 150
    assert metrics.roc_auc_score(infected, positive) > 0.985
    assert (positive[infected] > 0.5).mean() > 0.85 and (positive[~infected] > 0.5).mean() < 0.05


@pytest.mark.data
def test_what_is_answered_badly_when_changed_is_refused_and_what_is_not_comes_with_caution(shared_datasets):
    cells = list(read(shared_datasets / "cell_images.zip", lambda name: True, 60).values())
    grey = [np.repeat(cell.mean(axis=2).astype(np.uint8)[:, :, None], 3, axis=2) for cell in cells]
    assert share(judge(NORMALISED, grey), "away") >= 0.95, "it is brought to the colour that it learnt"
    assert share(judge("malaria-smear-cnn-micro", grey), "refused") == 1
    halves = judge(NORMALISED, [cell[:, : cell.shape[1] // 2] for cell in cells])
    assert share(halves, "refused") >= 0.9
    assert json.dumps(halves[0].to_json())

"""Heatmaps against the truth: the drawn cells' masks say where the parasite is, and the stain of real ones."""

import zipfile

import numpy as np
import pytest

from core.base import paths
from core.datasets.index import decoding
from core.datasets.sample import drawn
from core.explanation import methods
from core.models import package, tables
from core.prediction import evidence, predictor
from core.runtimes import base, opening
from tests.support import pointing, stained_cells

A_PATIENT = 4


@pytest.mark.ml
def test_the_heat_stands_on_the_parasite_more_often_than_with_equal_tiles_or_by_chance(home):
    """New patients (another seed) that the shipped model has never seen."""
    data = drawn.draw_dataset("cells", images=160, seed=11)
    label = data.class_names.index("Parasitized")
    infected = data.usable.loc[data.usable["label"] == label, "path"]
    hits = pointing.play(paths.datasets_folder() / "cells", infected, package.find_package("sample-cells-base-cnn"))
    assert hits.n > 60
    assert hits.placed > hits.tiles
    assert hits.placed / hits.n > 2 * hits.chance_fraction


@pytest.mark.ml
@pytest.mark.data
@pytest.mark.parametrize("model_id", ["malaria-smear-cnn-micro", "malaria-smear-cnn-micro-normalised"])
def test_the_default_points_at_the_parasite_in_real_cells_of_unseen_patients(home, shared_datasets, model_id):
    """A few cells of each test patient; docs/explanations.md has the whole of it."""
    found = package.find_package(model_id)
    asked, table = opening.open_runtime(found), tables.read_predictions(found)
    patients = set(table.loc[table["split"] == "test", "group"])
    with zipfile.ZipFile(shared_datasets / "cell_images.zip") as archive:
        cases = list(_find_infected(archive, found, asked, patients))
    assert len(cases) > 30
    hits = {}
    for chosen in (methods.find_default(found.manifest.architecture), methods.METHODS[methods.GRAD_CAM]):
        source = chosen.find(asked)
        assert not isinstance(source, base.Lacking)
        heats = [evidence.explain(found, source, case.image_rgb, 0).values for case in cases]
        hits[chosen.key] = np.mean([pointing.hits(case, heat) for case, heat in zip(cases, heats, strict=True)])
    assert hits[methods.INTEGRATED] >= 0.95
    assert hits[methods.GRAD_CAM] < 0.8
    assert np.mean([case.chance for case in cases]) < 0.12


def _find_infected(archive, found, asked, patients):
    """Infected cells that the model finds and whose parasite the stain tells, A_PATIENT a patient at most."""
    taken = dict.fromkeys(patients, 0)
    for name in sorted(archive.namelist()):
        patient = name.split("/")[-1].lower().split("thin")[0].upper()
        if "/Parasitized/" not in name or not name.endswith(".png") or taken.get(patient, A_PATIENT) >= A_PATIENT:
            continue
        image_rgb = decoding.decode_image(archive.read(name), where=name)
        mask = stained_cells.find_parasite(image_rgb)
        if mask is not None and predictor.predict_image(found, asked, image_rgb).probabilities["Parasitized"] > 0.5:
            taken[patient] += 1
            yield pointing.Case(image_rgb, mask, patient)

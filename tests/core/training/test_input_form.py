"""The form of a run: measured on its training images alone, once, and the same after a crash."""

import numpy as np
import pytest

from core.base import files
from core.datasets.index import pixels
from core.models import manifests, normalisation
from core.training import input_form, recipe, run
from tests.support import plain_cells


@pytest.fixture
def made(home):
    data = plain_cells.write_dataset("drawn", patients=10)
    return run.create_run(recipe.Recipe("drawn", normalisation=normalisation.CELLS)), data


def test_it_is_the_colour_of_the_training_images_in_whole_units(made, monkeypatch):
    found, data = made
    measured = []
    usual = normalisation.measure_form

    def measure(images, kind):
        measured.append(images)
        return usual(images, kind)

    monkeypatch.setattr(normalisation, "measure_form", measure)
    form = input_form.prepare(found, data)
    table = found.read_split()
    rows = np.sort(table.loc[table["split"] == "train", "row"])
    np.testing.assert_array_equal(measured[0], pixels.open_pixels(data, 64, 64)[rows])
    assert all(float(value).is_integer() for value in form.wanted)
    np.testing.assert_allclose(form.wanted, plain_cells.lab_of(plain_cells.PINK), atol=2)


def test_it_is_measured_once_and_again_where_its_file_is_damaged(made, monkeypatch):
    found, data = made
    first = input_form.prepare(found, data)
    path = found.folder / run.NORMALISATION
    assert files.read_json(path, manifests.Normalisation).form == first
    path.write_text('{"kind": "cells", "colour": [1')
    assert input_form.prepare(found, data) == first
    assert files.read_json(path, manifests.Normalisation).form == first
    monkeypatch.setattr(normalisation, "measure_form", lambda *_: pytest.fail("it is known already"))
    assert input_form.prepare(found, data) == first


def test_images_as_they_came_leave_no_file(tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny"))
    assert input_form.prepare(found, tiny_dataset) == normalisation.AS_IT_CAME
    assert not (found.folder / run.NORMALISATION).exists()


def test_where_no_cell_stands_out_images_are_cut_alone(tiny_dataset):
    found = run.create_run(recipe.Recipe("tiny", normalisation=normalisation.X_RAYS))
    assert input_form.prepare(found, tiny_dataset) == normalisation.Form(normalisation.X_RAYS)

"""The stress table: against answers by hand, kept for one state of a model, gone when that changes."""

import numpy as np
import pytest

from core.base import errors, paths, progress
from core.datasets.index import originals
from core.gate import changes, fitting
from core.models import package, tables
from core.results import stress
from core.runtimes import opening
from tests.support import block_runtimes, brightness, made_models, older_models, plain_cells


@pytest.fixture
def answered(home, monkeypatch):
    """A model by brightness, without a gate, and its images."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    data = plain_cells.write_dataset("drawn", patients=40)
    return data, older_models.write_older(data, older_models.divide(data))


def test_each_row_is_what_the_model_answers_to_the_changed_images(answered):
    data, found = answered
    measured = stress.measure(found.id)
    predictions = tables.read_predictions(found)
    tested = predictions[predictions["split"] == "test"]
    assert (measured.images, measured.patients, measured.interval) == (len(tested), 8, "patients")
    assert len(measured.rows) == 1 + sum(len(one.steps) for one in changes.ALL)
    rows = [int(data.table.index[data.table["image_id"] == image_id][0]) for image_id in tested["image_id"]]
    dark = next(row for row in measured.rows if (row.change, row.step) == ("dark", 0.3))
    darker = [np.rint(originals.read_image(data, row) * 0.3) for row in rows]
    answers = np.array([0 if image.mean() / 255 > 0.5 else 1 for image in darker])
    assert dark.accuracy.value == pytest.approx((answers == tested["label"]).mean(), abs=1e-6)
    assert dark.accuracy.n == len(tested) and dark.refused is None
    assert stress.read(found) == measured


def test_with_a_gate_it_says_what_is_refused_and_an_older_table_is_of_another_state(answered, monkeypatch):
    monkeypatch.setattr(stress, "IMAGES", 12)
    _, found = answered
    stress.measure(found.id)
    guarded = fitting.add(found)
    assert stress.read(guarded) is None, "it was measured without the gate"
    measured = stress.measure(guarded.id)
    refused = {(row.change, row.step): row.refused.value for row in measured.rows}
    assert refused["dark", 0.3] == 1.0 and refused["", 0.0] < 0.3
    table = stress.tabulate(measured)
    assert table["change"].iloc[0] == "As they came" and len(table) == len(measured.rows)
    assert table["refused"].between(0, 1).all()
    assert stress.read(made_models.keep_threshold(guarded, 0.3)) is None


def test_a_damaged_table_is_measured_anew_and_a_cancel_leaves_nothing(answered):
    _, found = answered

    def cancel(*_):
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        stress.measure(found.id, cancel)
    assert not stress.stress_path(found).exists()
    stress.stress_path(found).parent.mkdir(parents=True, exist_ok=True)
    stress.stress_path(found).write_text('{"model": 3')
    assert stress.read(found) is None


def test_without_its_images_it_is_a_message(home, small_model, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    with pytest.raises(errors.DatasetNotFound):
        stress.measure(small_model.id)
    assert package.find_package(small_model.id) == small_model

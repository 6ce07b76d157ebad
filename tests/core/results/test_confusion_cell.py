"""The images of one cell: which, in which order, and where they are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.models import package
from core.results import confusion_cell
from core.statistics import decision_rule, metrics
from tests.support import made_models, studies

NAMES = ("Parasitized", "Uninfected")


def list_cell(table, truth, answer, **options):
    options = {"threshold": None, "positive": 0, **options}
    names = [column[2:] for column in table.columns if column.startswith("p_")]
    return confusion_cell.list_cell(table, names, truth, answer, **options)


def test_one_cell_by_hand_the_most_confident_first():
    table = studies.make_predictions([0, 0, 0, 1], [0.4, 0.1, 0.9, 0.2], ["P1", "P2", "P1", "P3"])
    missed = list_cell(table, 0, 1)
    assert list(missed.columns) == list(confusion_cell.COLUMNS)
    assert missed["image_id"].tolist() == ["i1", "i0"]
    assert missed["group"].tolist() == ["P2", "P1"]
    assert missed["probability"].tolist() == pytest.approx([0.9, 0.6])
    assert missed["confidence"].tolist() == pytest.approx([np.log(9), np.log(1.5)])
    assert set(missed["truth"]) == {"Parasitized"}
    assert set(missed["answer"]) == {"Uninfected"}


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("threshold", [None, 0.2, 0.7])
def test_the_cells_divide_the_images_as_the_confusion_matrix_does(classes, threshold):
    table = studies.make_study(200, classes=classes)
    chances = table[[f"p_{name}" for name in studies.name_classes(classes)]].to_numpy()
    wanted = metrics.confusion_matrix(table["label"], decision_rule.decide(chances, 0, threshold), classes)
    seen = []
    for truth in range(classes):
        for answer in range(classes):
            cell = list_cell(table, truth, answer, threshold=threshold)
            assert len(cell) == wanted[truth, answer]
            assert cell["confidence"].is_monotonic_decreasing
            assert (cell["confidence"] >= 0).all()
            seen += cell["image_id"].tolist()
    assert sorted(seen) == sorted(table["image_id"])


@pytest.mark.parametrize("threshold", [None, 0.2])
def test_all_mistakes_are_those_of_the_cells_beside_the_diagonal(threshold):
    table = studies.make_study(120, classes=3)
    names = studies.name_classes(3)
    cells = [
        list_cell(table, truth, answer, threshold=threshold)
        for truth in range(3)
        for answer in range(3)
        if truth != answer
    ]
    beside = pd.concat(cells).sort_values(["confidence", "image_id"], ascending=[False, True], ignore_index=True)
    found = confusion_cell.list_mistakes(table, names, threshold=threshold, positive=0)
    pd.testing.assert_frame_equal(found, beside, check_dtype=False)
    assert len(confusion_cell.list_mistakes(table.iloc[:0], names, threshold=threshold, positive=0)) == 0


def test_a_threshold_moves_images_between_cells():
    table = studies.make_predictions([0, 0], [0.4, 0.1])
    assert len(list_cell(table, 0, 1)) == 2
    found = list_cell(table, 0, 0, threshold=0.3)
    assert found["image_id"].tolist() == ["i0"]
    assert found["probability"].tolist() == pytest.approx([0.4])  # answered below one half


def test_a_temperature_changes_what_is_shown_and_no_order():
    table = studies.make_predictions([0, 0, 0], [0.01, 0.3, 0.1])
    plain, cooled = list_cell(table, 0, 1), list_cell(table, 0, 1, temperature=2.0)
    assert plain["image_id"].tolist() == cooled["image_id"].tolist()
    assert plain["confidence"].tolist() == cooled["confidence"].tolist()
    assert (cooled["probability"] < plain["probability"]).all()


def test_ties_certain_answers_and_unknown_patients():
    table = studies.make_predictions([0, 0, 0], [0.0, 0.0, 0.0], [None, "", "P1"])
    cell = list_cell(table.iloc[::-1], 0, 1)
    assert cell["image_id"].tolist() == ["i0", "i1", "i2"]
    assert cell["group"].tolist() == ["", "", "P1"]
    assert np.isfinite(cell["confidence"]).all()


def test_an_empty_cell_and_no_predictions():
    table = studies.make_predictions([0, 1], [0.9, 0.1])
    assert len(list_cell(table, 0, 1)) == 0
    assert len(list_cell(table.iloc[:0], 0, 0)) == 0


def test_the_table_given_stays_as_it_is():
    table = studies.make_predictions([0, 1], [0.2, 0.1])
    before = table.copy()
    list_cell(table, 0, 1)
    pd.testing.assert_frame_equal(table, before)


def test_the_data_set_with_the_very_images_of_the_model():
    rows = [
        {"name": "other", "status": "ready", "content": "c2"},
        {"name": "half", "status": "broken", "content": "c1"},
        {"name": "first", "status": "ready", "content": "c1"},
        {"name": "second", "status": "ready", "content": "c1"},
    ]
    answers = made_models.make_answers([0, 1])
    origin = {"name": "second", "content": "c1", "fingerprint": "f"}
    manifest = made_models.as_manifest({**made_models.make_manifest(answers), "dataset": origin})
    model = package.Package("m", Path(), manifest)
    assert confusion_cell.find_dataset(model, rows) == "second"
    assert confusion_cell.find_dataset(model, rows[:3]) == "first"
    assert confusion_cell.find_dataset(model, rows[:2]) is None


def test_rows_of_images(tiny_dataset):
    ids = tiny_dataset.table["image_id"]
    found = confusion_cell.find_rows(tiny_dataset, [ids[7], "no such image", ids[3]])
    assert found == {ids[3]: 3, ids[7]: 7}

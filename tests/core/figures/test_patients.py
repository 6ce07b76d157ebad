"""Images of each patient: the bars hold the table, thinned out where there are too many."""

import json

import numpy as np
import pandas as pd
import pytest

from core.figures import patients, template

NAMES = ("sick", "well")


def table(count):
    sick = np.arange(count, 0, -1)
    return pd.DataFrame({"sick": sick, "well": sick % 3}, index=[f"P{n}" for n in range(count)])


def test_bars_hold_the_images_of_each_patient():
    figure = patients.figure_patients(table(3), NAMES, "sick", "light")
    sick, well = figure.data
    assert (list(sick.y), list(well.y), list(sick.x)) == ([3, 2, 1], [0, 2, 1], [1, 2, 3])
    assert list(sick.customdata) == ["P0", "P1", "P2"]
    assert (sick.marker.color, well.marker.color) == (template.POSITIVE, template.NEGATIVE)
    assert figure.layout.barmode == "stack" and figure.layout.bargap > 0


@pytest.mark.parametrize(("count", "step"), [(600, 1), (601, 2), (5000, 9)])
def test_of_many_patients_every_nth_is_drawn_at_its_place(count, step):
    figure = patients.figure_patients(table(count), NAMES, "sick", "dark")
    assert patients.choose_step(count) == step
    sick = figure.data[0]
    assert len(sick.x) <= patients.MOST_BARS
    assert list(sick.y[:2]) == [count, count - step] and list(sick.x[:2]) == [1, 1 + step]
    assert figure.layout.bargap == 0
    assert len(figure.to_json()) < 100_000


def test_no_patients_is_still_a_figure():
    json.loads(patients.figure_patients(table(0), NAMES, "sick", "light").to_json(), parse_constant=pytest.fail)
    assert patients.CAPTION and patients.READING

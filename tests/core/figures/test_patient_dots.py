"""Patients as sorted dots: values, who is filled, and hundreds of them."""

import pytest

from core.figures import patient_dots
from core.statistics import estimate


def row(name, value, *, n=50, above=False, judged=True):
    low, high = max(0.0, value - 0.05), min(1.0, value + 0.05)
    return {
        "patient": name,
        "wrong": round(value * n),
        "share": estimate.Estimate(value, low, high, n),
        "judged": judged,
        "above": above,
        "below": False,
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dots_stand_where_the_shares_are(theme):
    rows = [row("A", 0.4, above=True), row("B", 0.1), row("C", 0.0, n=5, judged=False)]
    figure = patient_dots.figure_dots(rows, 0.2, theme, chosen="B")
    bars, marks, ring = figure.data
    assert list(marks.y) == [40, 10, 0] and [one[0] for one in marks.customdata] == ["A", "B", "C"]
    assert list(marks.marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert marks.marker.color[2] != marks.marker.color[1]
    assert list(bars.y[:3]) == [pytest.approx(35), pytest.approx(45), None]
    assert (list(ring.x), list(ring.y)) == ([2], [10])
    assert "all: 20.0 %" in [note.text for note in figure.layout.annotations]
    assert list(figure.layout.xaxis.ticktext) == ["A", "B", "C"]


def test_hundreds_of_patients_stay_apart():
    rows = [row(f"P{number}", 0.5) for number in range(600)]
    figure = patient_dots.figure_dots(rows, 0.5, "light")
    assert len(figure.data) == 2 and figure.data[1].marker.size == patient_dots.LEAST_DOT_PX
    assert figure.layout.xaxis.ticktext is None and "600 patients" in figure.layout.xaxis.title.text


def test_the_axis_ends_above_the_highest_bar():
    assert patient_dots.figure_dots([row("A", 0.05)], 0.05, "light").layout.yaxis.range[1] == pytest.approx(10.5)
    assert tuple(patient_dots.figure_dots([row("A", 0.95)], 0.5, "light").layout.yaxis.range) == (-2, 102)


def test_no_patient_is_said():
    figure = patient_dots.figure_dots([], None, "dark")
    assert patient_dots.NOTHING in [note.text for note in figure.layout.annotations]

"""Differences around zero, and of confusion matrices."""

import pytest

from core.figures import differences

ROWS = [
    differences.Difference("Accuracy", 0.011, 0.004, 0.019, "+1.1 (+0.4 to +1.9)"),
    differences.Difference("Sensitivity", -0.002, -0.02, 0.015, "−0.2"),
    differences.Difference("AUC", None, None, None, "not defined"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_metric_has_its_mark_and_its_words(theme):
    figure = differences.figure_differences(ROWS, theme)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.x[0] for trace in marks] == pytest.approx([1.1, -0.2])
    assert [trace.marker.symbol for trace in marks] == ["circle", "circle-open"]
    said = [note.text for note in figure.layout.annotations]
    assert said[:3] == ["+1.1 (+0.4 to +1.9)", "−0.2", "not defined"]
    low, high = figure.layout.xaxis.range
    assert low == -high
    assert high > 2.0
    figure.to_json()


def test_no_difference_and_nothing_at_all():
    figure = differences.figure_differences([differences.Difference("Accuracy", 0.0, 0.0, 0.0, "0")], "light")
    assert figure.layout.xaxis.range == (-1.0, 1.0)
    assert not differences.Difference("Accuracy", 0.0, 0.0, 0.0, "0").is_told
    assert differences.figure_differences([], "light").layout.xaxis.range == (-1.0, 1.0)


def test_an_interval_that_ends_at_zero_does_not_tell():
    assert not differences.Difference("x", 0.01, 0.0, 0.02, "").is_told
    assert differences.Difference("x", -0.01, -0.02, -0.001, "").is_told
    assert not differences.Difference("x", 0.5, None, None, "").is_told


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("classes", [2, 5])
def test_the_change_of_the_matrix_is_signed(theme, classes):
    change = [[0] * classes for _ in range(classes)]
    change[0][0], change[0][1] = 1200, -1200
    figure = differences.figure_change(change, [f"class {n}" for n in range(classes)], theme)
    shown = figure.data[0].text
    assert shown[0][0] == "<b>+1,200</b>"
    assert shown[0][1] == "<b>−1,200</b>"
    assert shown[1][1] == "<b>0</b>"
    assert max(map(max, figure.data[0].z)) == 1


def test_no_change_at_all():
    figure = differences.figure_change([[0, 0], [0, 0]], ["a", "b"], "light")
    assert max(map(max, figure.data[0].z)) == 0

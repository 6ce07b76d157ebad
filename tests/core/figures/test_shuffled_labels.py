"""A number beside its shuffles: all are drawn, from zero."""

import json

import pytest

from core.figures import shuffled_labels, template


def test_every_number_stands_where_it_is():
    figure = shuffled_labels.figure_against_nulls(8.5, [5.0, 6.0, 5.5], "light")
    shuffled, labelled = figure.data
    assert list(shuffled.x) == [5.0, 6.0, 5.5] and list(labelled.x) == [8.5]
    assert shuffled.marker.symbol != labelled.marker.symbol
    assert labelled.marker.color == template.LIGHT.accent
    low, high = figure.layout.xaxis.range
    assert low == 0 and high > 8.5
    assert {note.text for note in figure.layout.annotations} == {"as labelled", "3 shuffles"}


@pytest.mark.parametrize(("observed", "shuffled"), [(0.0, [0.0]), (3.0, []), (0.0, [])])
def test_nothing_to_compare_is_still_a_figure(observed, shuffled):
    figure = shuffled_labels.figure_against_nulls(observed, shuffled, "dark")
    assert figure.layout.xaxis.range[1] > 0
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert shuffled_labels.CAPTION and shuffled_labels.READING

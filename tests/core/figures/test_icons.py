"""The icon array: a mark for each image, none twice, and kinds that differ in shape and in colour."""

import json

import pytest

from core.figures import icons


def draw(*counts, theme="light"):
    return icons.figure_icons(*(icons.Kind(count, f"kind {place}") for place, count in enumerate(counts)), theme)


def test_a_thousand_marks_each_in_its_place():
    figure = draw(47, 3, 41, 909)
    places = [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(places) == len(set(places)) == 1000
    assert {x for x, _ in places} == set(range(icons.ACROSS))
    assert [trace.name for trace in figure.data] == ["47 kind 0", "3 kind 1", "41 kind 2", "909 kind 3"]
    assert len({trace.marker.symbol for trace in figure.data}) == 4
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "the first row is on top"


@pytest.mark.parametrize("counts", [(0, 0, 0, 1000), (0, 1, 0, 0), (0, 0, 0, 0)])
def test_a_kind_without_a_mark_stands_in_the_legend(counts):
    figure = draw(*counts, theme="dark")
    assert [trace.name[: trace.name.index(" ")] for trace in figure.data] == [f"{count:,}" for count in counts]
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert icons.CAPTION

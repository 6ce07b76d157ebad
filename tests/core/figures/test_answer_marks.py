"""The line of an image's own class: as high as its probability, with a mark for each answer."""

from xml.etree import ElementTree

import pytest

from core.figures import answer_marks, template

SVG = "{http://www.w3.org/2000/svg}"


def draw(shares, right):
    return ElementTree.fromstring(answer_marks.draw_marks(shares, right, "#5B6270", "light"))  # noqa: S314  (our own)


def test_the_line_rises_with_the_probability_and_right_answers_are_filled():
    drawn = draw([0.0, 0.5, 1.0], [False, False, True])
    places = [point.split(",") for point in drawn.find(f"{SVG}polyline").get("points").split()]
    heights = [float(y) for _, y in places]
    assert heights == pytest.approx(
        [answer_marks.HEIGHT_PX - answer_marks.EDGE_PX, answer_marks.HEIGHT_PX / 2, answer_marks.EDGE_PX]
    )
    assert float(places[-1][0]) == answer_marks.WIDTH_PX - answer_marks.EDGE_PX
    paper = template.LIGHT.paper
    assert [mark.get("fill") for mark in drawn.findall(f"{SVG}circle")] == [paper, paper, "#5B6270"]


@pytest.mark.parametrize(("epochs", "marks"), [(1, 1), (24, 24), (25, 1), (1000, 1)])
def test_many_epochs_have_a_line_and_one_mark(epochs, marks):
    drawn = draw([0.5] * epochs, [True] * epochs)
    assert len(drawn.findall(f"{SVG}circle")) == marks
    assert len(drawn.find(f"{SVG}polyline").get("points").split()) == epochs

"""Slices as rows: order, what stands out, what is too small, and names that hold anything."""

import pytest

from core.figures import slices, template
from core.statistics import estimate


def row(place, value, *, n=50, judged=True, stands_out=False, name="1 to 2"):
    known = value is not None
    low, high = (max(0.0, value - 0.05), min(1.0, value + 0.05)) if known else (None, None)
    rate = estimate.Estimate(value, low, high, n)
    found = {"kind": "Brightness", "name": name, "place": place, "n": n, "patients": 3, "rate": rate}
    return found | {"judged": judged, "stands_out": stands_out}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_stand_in_the_order_given(theme):
    rows = [row(4, 0.3, stands_out=True), row(1, 0.1), row(0, 0.6, n=3, judged=False), row(2, None, n=0, judged=False)]
    figure = slices.figure_slices(rows, 0.2, theme, chosen=1)
    _, marks, ring = figure.data
    assert list(marks.x) == pytest.approx([30, 10, 60]) and list(marks.y) == [0, 1, 2]
    assert [one[0] for one in marks.customdata] == [4, 1, 0]
    assert list(marks.marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert marks.marker.color[2] == template.REFERRED != marks.marker.color[0]
    assert list(ring.y) == [1]
    assert "n = 50" in figure.layout.yaxis.ticktext[0]


def test_names_from_folders_are_shown_as_they_are():
    figure = slices.figure_slices([row(0, 0.1, name="<b>cam & co</b>")], 0.1, "light")
    assert "&lt;b&gt;cam &amp; co&lt;/b&gt;" in figure.layout.yaxis.ticktext[0]
    long = slices.figure_slices([row(0, 0.1, name="x" * 200)], 0.1, "light")
    assert len(long.layout.yaxis.ticktext[0]) < 110


def test_many_rows_are_cut_and_none_is_said():
    figure = slices.figure_slices([row(place, 0.1) for place in range(90)], 0.1, "light")
    assert len(figure.data[1].x) == slices.MOST_ROWS
    empty = slices.figure_slices([], None, "dark")
    assert slices.NOTHING in [note.text for note in empty.layout.annotations]

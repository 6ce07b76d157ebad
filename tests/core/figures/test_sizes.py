"""Sizes: every mark is a size, its width the number of images."""

import json

import numpy as np
import pandas as pd
import pytest

from core.figures import sizes, template

NAMES = ("sick", "well")


def table(rows):
    return pd.DataFrame(rows, columns=["label", "height_px", "width_px", "images"])


def test_marks_hold_sizes_and_counts():
    figure = sizes.figure_sizes(table([(0, 10, 20, 400), (0, 11, 20, 1), (1, 30, 5, 100)]), NAMES, "sick", "light")
    sick, well = figure.data
    assert (list(sick.x), list(sick.y), list(sick.customdata)) == ([20, 20], [10, 11], [400, 1])
    assert (list(well.x), list(well.y), well.name) == ([5], [30], "well")
    assert (sick.marker.color, well.marker.color) == (template.POSITIVE, template.NEGATIVE)
    assert sick.marker.symbol != well.marker.symbol
    assert sick.marker.size[0] == sizes.LARGEST_PX > well.marker.size[0] > sick.marker.size[1] >= sizes.SMALLEST_PX
    assert figure.layout.xaxis.range == figure.layout.yaxis.range


def test_where_all_are_rare_no_mark_is_large():
    (mark, _) = sizes.figure_sizes(table([(0, 10, 20, 1), (0, 12, 20, 4)]), NAMES, "sick", "light").data
    assert list(mark.marker.size) == [sizes.SMALLEST_PX, 2 * sizes.SMALLEST_PX]


def test_two_thousand_sizes_stay_small_on_the_wire():
    rng = np.random.default_rng(0)
    many = table([(i % 2, *rng.integers(10, 4000, 2), 3) for i in range(2000)])
    assert len(sizes.figure_sizes(many, NAMES, "sick", "dark").to_json()) < 150_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_images_is_still_a_figure(theme):
    figure = sizes.figure_sizes(table([]), NAMES, "sick", theme)
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert sizes.CAPTION and sizes.READING

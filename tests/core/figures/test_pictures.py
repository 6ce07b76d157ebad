"""Pictures of differences: values, one symmetric scale, and steps that are even to the eye."""

import cv2
import numpy as np
import pytest

from core.figures import pictures, template

RNG = np.random.default_rng(0)


def test_pictures_hold_the_differences_upright_on_one_scale():
    panels = [(f"panel {n}", RNG.normal(0, 9, (4, 5))) for n in range(6)]
    figure = pictures.figure_differences(panels, columns=3, limit=30, theme="light")
    for (title, picture), drawn, note in zip(panels, figure.data, figure.layout.annotations, strict=True):
        np.testing.assert_allclose(drawn.z, picture, atol=0.006)
        assert drawn.coloraxis == "coloraxis" and note.text == title and title in drawn.hovertemplate
    scale = figure.layout.coloraxis
    assert (scale.cmin, scale.cmax) == (-30, 30)
    assert list(scale.colorbar.ticktext) == ["−30", "−15", "0", "+15", "+30"]
    assert {axis.autorange for axis in figure.select_yaxes()} == {"reversed"}


@pytest.mark.parametrize(("count", "columns"), [(6, 3), (2, 2), (1, 1), (5, 3)])
def test_panels_do_not_overlap_and_stay_inside(count, columns):
    panels = [("x", np.zeros((3, 3)))] * count
    figure = pictures.figure_differences(panels, columns=columns, limit=1, theme="dark")
    places = [
        (x.domain, y.domain, note.y)
        for x, y, note in zip(figure.select_xaxes(), figure.select_yaxes(), figure.layout.annotations, strict=True)
    ]
    assert all(0 <= x[0] < x[1] <= 1.0001 and 0 <= y[0] < y[1] == title < 1 for x, y, title in places)
    for one, (x, y, _) in enumerate(places):
        for other_x, other_y, _ in places[one + 1 :]:
            assert x[1] < other_x[0] or other_x[1] < x[0] or y[1] < other_y[0] or other_y[1] < y[0]


@pytest.mark.parametrize(
    ("largest", "limit"), [(0, 1), (0.04, 0.05), (1, 1), (1.1, 2), (2.5, 3), (21, 30), (51, 100), (float("nan"), 1)]
)
def test_the_scale_ends_at_a_round_number(largest, limit):
    assert pictures.choose_limit(largest) == pytest.approx(limit)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_even_steps_from_the_paper_to_either_side(theme):
    """Checked in CIELAB, another space than the one they were made in."""
    stops = pictures.DIVERGING[theme]
    rgb = np.float32([[[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in stops]])
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0]
    middle = len(stops) // 2
    assert stops[middle] == template.find_palette(theme).paper
    light = lab[:, 0] if theme == "light" else -lab[:, 0]
    assert (np.diff(light[: middle + 1]) > 0).all() and (np.diff(light[middle:]) < 0).all()
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() / steps.min() < 2.2
    left, right = np.linalg.norm(lab[[0, -1]] - lab[middle], axis=1)
    assert 0.6 < left / right < 1.6

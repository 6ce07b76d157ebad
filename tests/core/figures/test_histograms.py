"""Histogram figures: the shares given, the circle cut where it is empty, names as text."""

import json

import numpy as np
import pytest

from core.figures import histograms, template

BINS = 72


def peak(*degrees: float) -> np.ndarray:
    """All pixels at these hues, evenly."""
    shares = np.zeros(BINS)
    for place in degrees:
        shares[int(place // 5)] += 1 / len(degrees)
    return shares


SHARES = {"sick": peak(2, 358), "well": peak(350, 300)}
IMAGES = {"sick": 1200, "well": 30}


def test_lines_hold_the_shares_given_from_the_cut_on() -> None:
    figure = histograms.figure_hues(SHARES, IMAGES, "sick", "light")
    sick, well, strip = figure.data
    assert sum(sick.y) == pytest.approx(1) and sum(well.y) == pytest.approx(1)
    found = {round(float(at)) % 360: value for at, value in zip(sick.customdata, sick.y, strict=True) if value}
    assert set(found) == {2, 358} and set(found.values()) == {0.5}
    assert (sick.line.color, well.line.color) == (template.POSITIVE, template.NEGATIVE)
    assert sick.line.dash != well.line.dash and "1,200" in sick.name
    assert np.all(np.diff(sick.x) > 0) and list(strip.x) == list(sick.x)
    assert np.allclose(strip.z[0], np.array(strip.x) % 360)


def test_the_circle_is_cut_where_nothing_is() -> None:
    assert histograms.find_cut(np.zeros(BINS)) == histograms.find_cut(np.ones(BINS)) == 0
    for degrees in range(0, 360, 5):
        cut = histograms.find_cut(peak(degrees))
        assert 0 <= cut < 360 and cut % 10 == 0 and min((cut - degrees) % 360, (degrees - cut) % 360) >= 10
    figure = histograms.figure_hues(SHARES, IMAGES, "sick", "light")
    reds = [x for x, y in zip(figure.data[0].x, figure.data[0].y, strict=True) if y]
    assert max(reds) - min(reds) == pytest.approx(5)  # 358 and 2 degrees are neighbours
    low, high = figure.layout.xaxis.range
    assert high - low == 360 and low <= min(figure.data[0].x) and max(figure.data[0].x) <= high


def test_every_tick_says_its_degrees_and_colour() -> None:
    axis = histograms.figure_hues(SHARES, IMAGES, "sick", "dark").layout.xaxis
    for place, text in zip(axis.tickvals, axis.ticktext, strict=True):
        assert text == f"{place % 360}°<br>{histograms.HUE_NAMES[place % 360]}"
    assert len(axis.tickvals) >= 6


def test_saturation_runs_from_none_to_pure() -> None:
    shares = {"a": np.full(64, 1 / 64), "b": np.eye(64)[63]}
    figure = histograms.figure_saturations(shares, {"a": 1, "b": 2}, "a", "light")
    assert figure.layout.xaxis.range == (0, 1) and figure.data[1].x[-1] == pytest.approx(1 - 0.5 / 64)
    assert list(figure.data[1].y) == list(shares["b"])


def test_a_row_a_patient_in_the_order_given() -> None:
    figure = histograms.figure_hues_by_group({"P2": peak(300), "P1": peak(340)}, {"P1": 3, "P2": 40}, "light")
    strips, wheel = figure.data
    assert list(strips.y) == ["P2  n=40", "P1  n=3"] and figure.layout.yaxis.autorange == "reversed"
    assert np.asarray(strips.z).sum(axis=1).tolist() == [1, 1] and strips.zmax == 1
    at = np.asarray(strips.customdata)[np.asarray(strips.z) > 0]
    assert at.tolist() == [302.5, 342.5]
    assert wheel.yaxis == "y2"


def test_names_are_text_and_classes_keep_their_colour() -> None:
    name = '<a href="https://example.com">x</a>'
    figure = histograms.figure_hues({name: peak(10)}, {name: 1}, "b", "light", class_names=["a", name, "c"])
    assert "<a" not in figure.data[0].name and figure.data[0].line.color == template.COMPARISON[1]
    figure = histograms.figure_hues_by_group({name: peak(10)}, {name: 1}, "light")
    assert "<a" not in figure.data[0].y[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_pixel_is_still_a_figure(theme: template.Theme) -> None:
    none = {"a": np.zeros(BINS)}
    for figure in (
        histograms.figure_hues(none, {"a": 0}, "a", theme),
        histograms.figure_saturations({"a": np.zeros(64)}, {"a": 0}, "a", theme),
        histograms.figure_hues_by_group(none, {"a": 0}, theme),
    ):
        assert json.loads(figure.to_json(), parse_constant=pytest.fail)["data"]

"""The map: every point once, in its colour, with its number; axes that say only what is true."""

import json

import numpy as np
import pandas as pd
import pytest

from core.figures import scatter, template

NAMES = ["sick", "well"]


def points(count: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=count),
            "y": rng.normal(size=count),
            "label": rng.integers(0, 2, count),
            "group": [f"P{number % 30}" if number % 50 else "" for number in range(count)],
            "brightness": rng.random(count),
        }
    )


def drawn(figure):
    return [trace for trace in figure.data if trace.type == "scattergl"]


@pytest.mark.parametrize("colour_by", scatter.COLOURS)
@pytest.mark.parametrize("count", [1, 600])
def test_every_point_is_drawn_once_where_it_lies(colour_by, count) -> None:
    given = points(count)
    traces = drawn(scatter.figure_map(given, NAMES, "sick", "light", colour_by=colour_by))
    numbers = np.concatenate([trace.customdata for trace in traces])
    assert sorted(numbers) == list(range(count))
    assert np.concatenate([trace.x for trace in traces]) == pytest.approx(given["x"].to_numpy()[numbers], abs=1e-6)
    assert np.concatenate([trace.y for trace in traces]) == pytest.approx(given["y"].to_numpy()[numbers], abs=1e-6)
    for trace in traces:
        assert {NAMES[label] for label in given["label"].to_numpy()[trace.customdata]} <= {trace.name}


def test_classes_have_their_fixed_colours_and_a_marker_of_their_own() -> None:
    traces = drawn(scatter.figure_map(points(), NAMES, "sick", "light"))
    looks = {trace.name: (trace.marker.color, trace.marker.symbol) for trace in traces}
    assert looks == {"sick": (template.POSITIVE, "circle"), "well": (template.NEGATIVE, "diamond")}


def test_no_class_lies_wholly_over_another() -> None:
    names = [trace.name for trace in drawn(scatter.figure_map(points(), NAMES, "sick", "light"))]
    assert names == NAMES * scatter.LAYERS


def test_the_legend_counts_and_stands_for_all_layers_of_a_class() -> None:
    given = points()
    figure = scatter.figure_map(given, NAMES, "sick", "light")
    keys = [trace for trace in figure.data if trace.showlegend is not False]
    assert [key.name for key in keys] == [f"{name} ({(given['label'] == i).sum()})" for i, name in enumerate(NAMES)]
    assert [key.legendgroup for key in keys] == NAMES
    assert {trace.legendgroup for trace in drawn(figure)} == set(NAMES)


def test_a_patient_has_one_colour_and_those_not_known_are_grey() -> None:
    given = points()
    figure = scatter.figure_map(given, NAMES, "sick", "dark", colour_by="patient")
    colours: dict[str, set[int]] = {}
    for trace in drawn(figure):
        for number, code in zip(trace.customdata, trace.marker.color, strict=True):
            colours.setdefault(given["group"][number], set()).add(int(code))
    assert all(len(codes) == 1 for codes in colours.values())
    assert colours[""] == {len(scatter.PATIENT_COLOURS)}
    scale = figure.layout.coloraxis.colorscale
    assert scale[-1] == (1.0, template.DARK.line)
    assert [colour for _, colour in scale[:-2:2]] == list(scatter.PATIENT_COLOURS)
    assert not figure.layout.coloraxis.showscale


def test_brightness_has_a_bar_that_a_few_odd_images_do_not_stretch() -> None:
    given = points()
    given["brightness"] = np.linspace(0.5, 0.6, len(given))
    given.loc[0, "brightness"] = 0.0
    axis = scatter.figure_map(given, NAMES, "sick", "light", colour_by="brightness").layout.coloraxis
    assert 0.49 < axis.cmin < axis.cmax < 0.61
    assert axis.colorbar.title.text == "brightness"


def test_axes_have_no_numbers_and_say_what_they_explain() -> None:
    with_shares = scatter.figure_map(points(), NAMES, "sick", "light", explained=(0.41, 0.0001))
    assert (with_shares.layout.xaxis.title.text, with_shares.layout.yaxis.title.text) == (
        "41.0 % of all differences",
        "< 0.1 % of all differences",
    )
    without = scatter.figure_map(points(), NAMES, "sick", "light")
    assert not without.layout.xaxis.title.text
    assert without.layout.xaxis.showticklabels is False
    assert without.layout.dragmode == "lasso"


def test_no_points_five_classes_and_json() -> None:
    empty = scatter.figure_map(points(0), NAMES, "sick", "light", colour_by="brightness")
    json.loads(empty.to_json(), parse_constant=pytest.fail)
    given = points()
    given["label"] = np.arange(len(given)) % 5
    figure = scatter.figure_map(given, list("abcde"), "a", "light", colour_by="patient")
    assert len({trace.marker.symbol for trace in drawn(figure)}) == 5
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert scatter.CAPTION and scatter.READING and scatter.READING_PCA and scatter.READING_TSNE

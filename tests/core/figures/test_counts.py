"""Class counts: the numbers given, by class and split."""

import json

import pytest

from core.figures import counts, template

SPLIT = {"train": {"sick": 1200, "well": 30}, "test": {"sick": 7}}


def test_bars_hold_the_counts_given() -> None:
    sick, well = counts.figure_class_counts(SPLIT, ["sick", "well"], "sick", "light").data
    assert (list(sick.x), list(well.x)) == ([1200, 7], [30, 0])
    assert list(sick.text) == ["1,200", "7"]
    assert (sick.marker.color, well.marker.color) == (template.POSITIVE, template.NEGATIVE)


def test_every_bar_has_its_split_and_every_class_its_total() -> None:
    figure = counts.figure_class_counts(SPLIT, ["sick", "well"], "sick", "light")
    assert list(figure.layout.yaxis.ticktext) == ["train", "test"] * 2
    assert [note.text for note in figure.layout.annotations] == ["<b>sick</b>  1,207", "<b>well</b>  30"]
    rows = [row for trace in figure.data for row in trace.y]
    assert rows == sorted(rows) and len(set(rows)) == 4
    assert figure.layout.xaxis.range == (0, 1200)


def test_undivided_images_need_no_label() -> None:
    figure = counts.figure_class_counts({"": {"a": 3, "b": 4}}, ["a", "b"], "a", "light")
    assert set(figure.layout.yaxis.ticktext) == {""}
    both = counts.figure_class_counts({"": {"a": 3}, "test": {"a": 4}}, ["a", "b"], "a", "light")
    assert list(both.layout.yaxis.ticktext) == [counts.UNSPLIT, "test"] * 2


@pytest.mark.parametrize("given", [{}, {"train": {}}, {"train": {"a": 0}}])
def test_no_images_is_still_a_figure(given: dict[str, dict[str, int]]) -> None:
    figure = counts.figure_class_counts(given, ["a", "b"], "a", "dark")
    assert figure.layout.xaxis.range == (0, 1)
    json.loads(figure.to_json(), parse_constant=pytest.fail)


def test_five_classes_and_two_themes() -> None:
    names = list("abcde")
    many = {"train": dict.fromkeys(names, 5)}
    light, dark = (counts.figure_class_counts(many, names, "a", theme) for theme in ("light", "dark"))
    assert [trace.marker.color for trace in light.data] == list(template.COMPARISON[:5])
    assert light.to_json() != dark.to_json()
    assert counts.CAPTION and counts.READING

"""Training curves: the data given, axes that stay, empty and partial histories."""

import colorsys
import json
import math
from typing import Any

import numpy as np
import pytest

from core.figures import curves, template
from tests.support.made_histories import make_history


def find_texts(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_curves_hold_the_data_given(metric: curves.Metric) -> None:
    history = make_history(3)
    batches, training, validation = curves.figure_training_curves(history, metric=metric, epochs=5, theme="light").data[
        :3
    ]
    assert list(batches.y) == [row[metric] for row in history["batches"]]
    assert list(batches.x) == [row["epoch"] for row in history["batches"]]
    assert list(training.y) == [row[metric] for row in history["epochs"]]
    assert list(validation.y) == [row[f"validation_{metric}"] for row in history["epochs"]]
    assert list(validation.x) == [1, 2, 3]


def test_axes_stay_while_data_arrive() -> None:
    figures = [
        curves.figure_training_curves(make_history(n), metric="accuracy", epochs=20, theme="dark") for n in (0, 1, 9)
    ]
    assert {figure.layout.xaxis.range for figure in figures} == {(0, 20)}
    assert {figure.layout.yaxis.range for figure in figures} == {(0.4, 1.0)}
    assert len({figure.layout.uirevision for figure in figures}) == 1


def test_accuracy_axis_opens_downwards_for_a_bad_start() -> None:
    history = make_history(2)
    history["epochs"][0]["validation_accuracy"] = 0.13
    figure = curves.figure_training_curves(history, metric="accuracy", epochs=5, theme="light")
    assert figure.layout.yaxis.range == (0.1, 1.0)
    assert figure.layout.yaxis.tickvals[0] >= 0.1


def test_one_wild_batch_does_not_flatten_the_loss() -> None:
    history = make_history(3)
    history["batches"][12]["loss"] = 80.0
    figure = curves.figure_training_curves(history, metric="loss", epochs=5, theme="light")
    assert figure.layout.yaxis.range[1] <= 1.25


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_empty_history_says_what_will_stand_there(metric: curves.Metric, theme: Any) -> None:
    empty = {"batches": [], "epochs": [], "best_epoch": None}
    figure = curves.figure_training_curves(empty, metric=metric, epochs=1, theme=theme)
    assert [len(trace.x) for trace in figure.data] == [0, 0, 0, 0]
    assert find_texts(figure) == ["The curve starts with the first batch."]


def test_lines_are_labelled_where_they_end() -> None:
    history = make_history(2)
    figure = curves.figure_training_curves(history, metric="accuracy", epochs=5, theme="light")
    labels = {note.text: note for note in figure.layout.annotations}
    assert {"training", "validation"} < labels.keys()
    # 0.85 and 0.80 lie apart enough; each label stands at its own line.
    assert labels["training"].y == pytest.approx(0.85)
    first_epoch = {**history, "epochs": [], "best_epoch": None}
    assert find_texts(curves.figure_training_curves(first_epoch, metric="loss", epochs=5, theme="light")) == [
        "each batch"
    ]


def test_labels_of_lines_that_meet_are_moved_apart() -> None:
    history = make_history(2)
    history["epochs"][-1] |= {"accuracy": 0.9, "validation_accuracy": 0.9}
    figure = curves.figure_training_curves(history, metric="accuracy", epochs=5, theme="light")
    heights = [note.y for note in figure.layout.annotations if note.text in ("training", "validation")]
    gap = 0.6 * curves.LABEL_PX / (curves.HEIGHT_PX - curves.AROUND_PX)
    assert abs(heights[0] - heights[1]) == pytest.approx(gap)


@pytest.mark.parametrize("height_px", [200, curves.HEIGHT_PX])
def test_no_label_leaves_the_picture_at_the_top(height_px: int) -> None:
    history = make_history(2)
    history["epochs"][-1] |= {"accuracy": 1.0, "validation_accuracy": 0.999}
    figure = curves.figure_training_curves(history, metric="accuracy", epochs=5, theme="dark", height_px=height_px)
    labels = {note.text: note.y for note in figure.layout.annotations}
    assert labels["validation"] < labels["training"] <= figure.layout.yaxis.range[1]
    assert figure.layout.height == height_px


def test_best_epoch_is_marked_once_it_is_there() -> None:
    history = make_history(4)
    figure = curves.figure_training_curves(history, metric="loss", epochs=5, theme="light")
    assert "best epoch 4: 0.175" in find_texts(figure)
    assert figure.layout.shapes[0].x0 == 4
    ahead = curves.figure_training_curves({**history, "best_epoch": 9}, metric="loss", epochs=9, theme="light")
    assert not ahead.layout.shapes


def test_the_last_epoch_is_marked_beside_the_best() -> None:
    history = make_history(4)
    history["epochs"][3]["validation_loss"] = 0.5
    figure = curves.figure_training_curves({**history, "best_epoch": 3}, metric="loss", epochs=5, theme="light")
    assert "best epoch 3: 0.233, last 4: 0.500" in find_texts(figure)
    ring = figure.data[-1]
    assert (list(ring.x), list(ring.y)) == ([4], [0.5])
    accuracy = curves.figure_training_curves({**history, "best_epoch": 3}, metric="accuracy", epochs=5, theme="light")
    assert "best epoch 3: 86.7 %, last 4: 90.0 %" in find_texts(accuracy)


def test_a_change_of_course_is_a_line_with_its_words() -> None:
    segment = {"epoch": 2, "changes": {"learning_rate": [0.001, 0.0001], "epochs": [3, 9]}, "at": "2026-11-20T15:00:00"}
    figure = curves.figure_training_curves(
        {**make_history(3), "segments": [segment]}, metric="loss", epochs=9, theme="dark"
    )
    assert "learning rate 0.001 → 0.0001<br>epochs 3 → 9" in find_texts(figure)
    assert 2 in [shape.x0 for shape in figure.layout.shapes]


def test_missing_and_infinite_values_leave_gaps_not_nan() -> None:
    history = make_history(3)
    history["batches"][3]["loss"] = math.nan
    history["batches"][4]["loss"] = math.inf
    history["epochs"][2]["validation_loss"] = None
    figure = curves.figure_training_curves(history, metric="loss", epochs=5, theme="light")
    assert [len(trace.x) for trace in figure.data] == [28, 3, 2, 1]
    assert "NaN" not in figure.to_json() and "Infinity" not in figure.to_json()
    json.loads(figure.to_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize("n", [1, 400, 401, 5000])
def test_thinning_keeps_the_mean_and_the_number_in_bounds(n: int) -> None:
    x, y = np.arange(n, dtype=float), np.random.default_rng(0).random(n)
    thin_x, thin_y = curves.thin_out((x, y))
    assert len(thin_x) == len(thin_y) <= curves.MOST_POINTS
    width = math.ceil(n / len(thin_x))
    assert thin_y[0] == pytest.approx(y[:width].mean())
    assert thin_y[-1] == pytest.approx(y[(len(thin_y) - 1) * width :].mean())


def test_finished_bins_do_not_move_as_data_arrive() -> None:
    y = np.random.default_rng(0).random(1000)
    x = np.arange(1000.0)
    before, after = curves.thin_out((x[:900], y[:900])), curves.thin_out((x, y))
    assert np.allclose(before[1], after[1][: len(before[1])])


def test_themes_differ() -> None:
    light, dark = (
        curves.figure_training_curves(make_history(2), metric="loss", epochs=3, theme=t) for t in ("light", "dark")
    )
    assert light.to_json() != dark.to_json()
    assert [list(trace.y) for trace in light.data] == [list(trace.y) for trace in dark.data]


def luminance(colour: str) -> float:
    """Of #RRGGBB, as WCAG 2.1 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_validation_is_the_stronger_line_on_either_paper(theme: template.Theme) -> None:
    """Further from the paper than the training line is, which lets the paper through, and wider."""
    figure = curves.figure_training_curves(make_history(2), metric="loss", epochs=3, theme=theme)
    _, training, validation = figure.data[:3]
    paper = luminance(template.find_palette(theme).paper)
    pale = training.opacity * luminance(training.line.color) + (1 - training.opacity) * paper
    contrasts = [
        (max(shade, paper) + 0.05) / (min(shade, paper) + 0.05) for shade in (luminance(validation.line.color), pale)
    ]
    assert contrasts[0] > 1.8 * contrasts[1]
    assert contrasts[0] > 4.5
    assert validation.line.width > training.line.width
    assert find_hue(validation.line.color) == pytest.approx(find_hue(template.VALIDATION), abs=0.02)


def find_hue(colour: str) -> float:
    return colorsys.rgb_to_hsv(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]


def test_captions_say_what_a_figure_cannot_tell() -> None:
    assert "cannot tell" in curves.READING
    assert curves.CAPTION

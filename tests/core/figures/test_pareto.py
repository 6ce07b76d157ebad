"""Cost against accuracy: the front, and what the picture holds."""

import itertools

import numpy as np
import pytest

from core.figures import labels, pareto


def point(cost, accuracy, *, leaky=False, name="m"):
    return pareto.Point(name, cost, accuracy, accuracy - 0.01, min(1.0, accuracy + 0.01), leaky)


def dominated(points, place):
    """Whether an honest point is no dearer and no worse, and better in one of both; by brute force."""
    mine = points[place]
    return any(
        other.cost <= mine.cost
        and other.accuracy >= mine.accuracy
        and (other.cost, other.accuracy) != (mine.cost, mine.accuracy)
        for other in points
        if not other.leaky
    )


def test_the_front_is_what_nothing_beats():
    rng = np.random.default_rng(0)
    points = [
        point(float(cost), float(accuracy), leaky=bool(leaky))
        for cost, accuracy, leaky in zip(
            rng.integers(1, 9, 60), rng.integers(80, 99, 60) / 100, rng.random(60) < 0.2, strict=True
        )
    ]
    front = pareto.find_front(points)
    assert all(not points[place].leaky for place in front)
    assert all(not dominated(points, place) for place in front)
    kept = {(points[place].cost, points[place].accuracy) for place in front}
    best = {(p.cost, p.accuracy) for i, p in enumerate(points) if not p.leaky and not dominated(points, i)}
    assert kept == best
    assert all(points[a].cost < points[b].cost for a, b in itertools.pairwise(front))


def test_no_point_and_one_point():
    assert pareto.find_front([]) == []
    assert pareto.find_front([point(1, 0.9)]) == [0]
    assert pareto.find_front([point(1, 0.9, leaky=True)]) == []
    assert pareto.find_front([point(1, 0.9), point(1, 0.9)]) == [0]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("against", ["parameters", "milliseconds"])
@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_the_figure_holds_every_model(theme, against, count):
    points = [point(1000 * (1 + n % 5), 0.9 + n / 300, leaky=n == 2, name=f"model {n}") for n in range(count)]
    figure = pareto.figure_pareto(points, against=against, theme=theme)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert sum(len(trace.x) for trace in marks) == count
    symbols = {trace.marker.symbol: len(trace.x) for trace in marks}
    assert symbols["diamond-open"] == sum(p.leaky for p in points)
    figure.to_json()
    if count:
        assert figure.layout.yaxis.range[0] <= min(p.low for p in points)
    else:
        assert pareto.NOTHING_YET in figure.layout.annotations[0].text


def test_a_model_without_interval_is_drawn():
    figure = pareto.figure_pareto([pareto.Point("m", 10, 1.0, None, None, False)], against="parameters", theme="light")
    assert [trace.mode for trace in figure.data].count("markers") == 2


def find_boxes(figure, width_px):
    """(number, left, top, right, bottom) of each in pixels, at a width of the plot; digits of 8 px are wide."""
    height = figure.layout.height - pareto.TOP_PX - pareto.BOTTOM_PX
    (left, right), (low, high) = figure.layout.xaxis.range, figure.layout.yaxis.range
    boxes = []
    for note in figure.layout.annotations:
        number = note.text.removeprefix("<b>").removesuffix("</b>")
        wide, tall = 8 * len(number), labels.LINE_PX
        x = width_px * (note.x - left) / (right - left) + note.ax
        y = height * (1 - (note.y - low) / (high - low)) + note.ay
        start = x - wide if note.xanchor == "right" else x
        boxes.append((number, start, y - tall / 2, start + wide, y + tall / 2))
    return boxes


@pytest.mark.parametrize("width_px", [300, 700, 1200])
@pytest.mark.parametrize("count", [1, 3, 11, 30])
def test_every_model_is_numbered_and_no_number_lies_on_another(count, width_px):
    rng = np.random.default_rng(count)
    points = [
        point(float(10 ** rng.uniform(5, 6)), 0.95 + rng.uniform(0, 0.02), name=f"malaria-leaky-swish-cnn-no-{n}")
        for n in range(count)
    ]
    points += [point(points[0].cost, points[0].accuracy, name="the-same-again")]
    figure = pareto.figure_pareto(points, against="parameters", theme="light")
    boxes = find_boxes(figure, width_px)
    assert [number for number, *_ in boxes] == [str(n) for n in range(1, len(points) + 1)]
    for (_, left, top, right, bottom), (_, other_left, other_top, other_right, other_bottom) in itertools.combinations(
        boxes, 2
    ):
        apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
        assert apart
    height = figure.layout.height - pareto.TOP_PX - pareto.BOTTOM_PX
    assert all(top >= -1 and bottom <= height + 1 for _, _, top, _, bottom in boxes)

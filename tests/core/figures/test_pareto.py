"""Cost against accuracy: the front, and what the picture holds."""

import itertools

import numpy as np
import pytest

from core.figures import pareto


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


def test_few_models_are_all_named_and_many_by_the_front():
    few = [point(10**n, 0.9 + n / 100, name=f"m{n}") for n in range(1, 4)]
    named = {note.text for note in pareto.figure_pareto(few, against="parameters", theme="light").layout.annotations}
    assert named == {"m1", "m2", "m3"}
    many = [point(10, 0.5 + n / 100, name=f"m{n}") for n in range(20)]
    named = {note.text for note in pareto.figure_pareto(many, against="parameters", theme="light").layout.annotations}
    assert named == {"m19"}

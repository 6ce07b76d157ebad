"""The overlay: each run's own data, best epochs and changes marked, axes, and what happens with too many or nothing."""

import json
from typing import Any

import pytest

from core.figures import overlaid, template
from tests.support import made_histories


def make_curve(name: str, epochs: int, *, factor: float = 1.0, batches_an_epoch: int = 10) -> overlaid.Curve:
    history = made_histories.make_history(epochs, batches_an_epoch=batches_an_epoch)
    for row in history["epochs"]:
        row["validation_loss"] *= factor
    return overlaid.Curve(name, history, 8)


def draw(*runs: overlaid.Curve, **settings: Any) -> Any:
    return overlaid.figure_overlay(runs, **{"metric": "loss", "against": "epoch", "theme": "light", **settings})


def lines_of(figure: Any) -> list[Any]:
    return [trace for trace in figure.data if trace.mode == "lines+markers"]


def test_each_run_has_its_own_values_colour_dash_and_mark() -> None:
    runs = [make_curve(f"run {n}", 3 + n % 2, factor=1 + n) for n in range(overlaid.MOST)]
    lines = lines_of(draw(*runs))
    for run, line in zip(runs, lines, strict=True):
        assert list(line.y) == [row["validation_loss"] for row in run.history["epochs"]]
        assert list(line.x) == [row["epoch"] for row in run.history["epochs"]]
    for styles in (
        [line.line.color for line in lines],
        [line.line.dash for line in lines],
        [line.marker.symbol for line in lines],
        [line.name for line in lines],
    ):
        assert len(set(styles)) == overlaid.MOST
    assert {line.line.color for line in lines} == set(template.COMPARISON)


def test_more_runs_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 6"):
        draw(*[make_curve(str(n), 1) for n in range(7)])


def test_a_ring_marks_the_best_epoch_of_each() -> None:
    rings = [
        trace for trace in draw(make_curve("a", 3), make_curve("b", 5)).data if trace.marker.symbol == "circle-open"
    ]
    assert [list(ring.x) for ring in rings] == [[3], [5]]
    assert list(rings[1].y) == pytest.approx([0.7 / 5])


@pytest.mark.parametrize(("batches", "steps"), [(10, 10), (7, 7), (1, 1)])
def test_against_batches_epochs_stand_where_their_batches_end(batches: int, steps: int) -> None:
    run = make_curve("a", 4, batches_an_epoch=batches)
    figure = draw(run, against="batches")
    assert overlaid.count_steps(run.history) == steps
    assert list(lines_of(figure)[0].x) == [steps * epoch for epoch in (1, 2, 3, 4)]
    thin = figure.data[0]
    assert list(thin.y) == [row["loss"] for row in run.history["batches"]]
    assert figure.layout.xaxis.range == (0, pytest.approx(8 * steps * 1.02))


def test_steps_of_a_first_epoch_that_is_under_way() -> None:
    batches = [{"step": n, "epoch": round(n / 126, 5), "loss": 1.0, "accuracy": 0.5} for n in range(1, 6)]
    assert overlaid.count_steps({"batches": batches}) == 126
    assert overlaid.count_steps({"batches": batches[:1]}) == 126


def test_a_run_without_batches_is_left_out_of_the_batches_only() -> None:
    run = make_curve("a", 3)
    run.history["batches"].clear()
    assert list(lines_of(draw(run))[0].x) == [1, 2, 3]
    figure = draw(run, against="batches")
    assert list(lines_of(figure)[0].x) == []
    json.loads(figure.to_json(), parse_constant=pytest.fail)


def test_a_change_of_course_is_a_stroke_on_its_line() -> None:
    run = make_curve("a", 4)
    run.history["segments"] = [{"epoch": 2, "changes": {"learning_rate": [0.001, 0.0001]}, "at": ""}]
    stroke = next(t for t in draw(run).data if t.marker.symbol == "line-ns-open" and len(t.x))
    assert (list(stroke.x), list(stroke.y)) == ([2], pytest.approx([0.35]))
    assert "learning rate 0.001 → 0.0001" in stroke.hovertemplate[0]
    placed = next(t for t in draw(run, against="batches").data if t.marker.symbol == "line-ns-open" and len(t.x))
    assert list(placed.x) == [20]


def test_axes_stay_while_data_arrive_and_view_is_kept() -> None:
    few, more = (draw(make_curve("a", n), metric="accuracy") for n in (6, 7))
    assert few.layout.xaxis.range == more.layout.xaxis.range
    assert few.layout.yaxis.range == more.layout.yaxis.range
    assert few.layout.uirevision == more.layout.uirevision


def test_a_steep_start_does_not_press_the_ends_together() -> None:
    run = make_curve("a", 7)
    run.history["epochs"][0]["validation_loss"] = 9.0
    assert draw(run).layout.yaxis.range[1] < 1


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_close_look_ends_a_little_beyond_the_settled_curves_and_the_whole_beyond_all(metric: Any) -> None:
    run = make_curve("a", 6)
    run.history["epochs"][0] |= {"validation_loss": 9.0, "validation_accuracy": 0.1}
    values = [row[f"validation_{metric}"] for row in run.history["epochs"]]
    for part, seen in (("close", values[3:]), ("whole", values)):
        low, high = draw(run, metric=metric, part=part).layout.yaxis.range
        span = max(seen) - min(seen)
        assert min(seen) - 0.2 * span - 0.01 <= low < min(seen)
        assert high == 1 or max(seen) < high <= max(seen) + 0.2 * span + 0.01
    run.history["epochs"][1] |= {"validation_loss": 0.001, "validation_accuracy": 0.999}
    low, high = draw(run, metric=metric, part="close").layout.yaxis.range
    assert low <= 0.001 if metric == "loss" else high >= 0.999, "the best epoch is seen wherever it lies"
    assert draw(run, part="close").layout.uirevision != draw(run, part="whole").layout.uirevision


@pytest.mark.parametrize("part", ["close", "whole"])
def test_a_part_of_nothing(part: Any) -> None:
    assert draw(make_curve("a", 0), part=part).layout.annotations[0].text == overlaid.NOTHING_YET


@pytest.mark.parametrize("against", ["epoch", "batches"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_yet(against: Any, theme: Any) -> None:
    for figure in (draw(against=against, theme=theme), draw(make_curve("a", 0), against=against, theme=theme)):
        assert figure.layout.annotations[0].text == overlaid.NOTHING_YET
        json.loads(figure.to_json(), parse_constant=pytest.fail)
    assert overlaid.CAPTION
    assert overlaid.BATCH_CAPTION

"""The eye's half of the operating point's view: histogram, slider, ROC and precision-recall; a click chooses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.figures import roc, scores
from core.models import package
from core.statistics import curves, words
from pages.evaluate import point_study
from pages.kit import cache, downloads, point_chart, state, theme

NOT_NAMED = "not named: the test chooses no threshold"
CORNER, WHOLE = "corner", "whole"
PARTS = {CORNER: "Close up", WHOLE: "Whole"}
STEPS = 300  # by which points are thinned, of the part that is shown: its pixels


@dataclass(frozen=True)
class Kind:
    """One of the two figures: the rates on its axes, the band in `curves.Curves`, where a perfect model stands."""

    name: str
    x: str
    y: str
    band: str
    best_x: float


ROC = Kind("roc", "false_alarms", "sensitivity", "roc", 0.0)
PRECISION = Kind("precision", "sensitivity", "precision", "precision_recall", 1.0)


def show_scores(found: package.Package, study: point_study.Study, tried: point_study.Tried) -> None:
    """The histogram of validation images, and the slider that moves the line in it."""
    temperature = point_study.find_temperature(found)
    counts = curves.count_scores(study.validation, temperature=temperature)
    cuts = [scores.Cut(0.0, "half", "50 %")]
    if found.threshold is not None:
        cuts.append(scores.Cut(curves.to_axis(found.threshold, temperature), "kept", "kept"))
    if tried.choice is not None and tried.choice.threshold != found.threshold:
        cuts.append(scores.Cut(curves.to_axis(tried.choice.threshold, temperature), "tried", "tried"))
    others = found.class_names[1 - study.test.positive] if len(found.class_names) == 2 else "all others"
    names = (
        cache.as_text(f"{found.positive_class} (n = {counts.positives.sum():,})"),
        cache.as_text(f"{others} (n = {counts.others.sum():,})"),
    )
    figure = scores.figure_scores(counts.edges, (counts.positives, counts.others), names, cuts, theme.current())
    st.header("How sure the model is")
    _draw(found, figure, "scores", scores.HEIGHT_PX)
    st.select_slider(
        "Threshold to try, in even steps",
        point_study.list_steps(found, study),
        format_func=scores.say_probability,  # always the same words: the browser finds the place by them
        key=point_study.name_key(found, "slider"),
        on_change=_take_slider,
        args=(found,),
    )
    st.caption(scores.CAPTION, help=scores.READING)


def show_curves(found: package.Package, study: point_study.Study, tried: point_study.Tried) -> None:
    """ROC and precision-recall, side by side, in the corner where they bend or whole; a click sets the threshold."""
    st.header("What each threshold would do", help=f"{cache.explain('sensitivity')} {cache.explain('specificity')}")
    if not len(study.tested.points.thresholds):
        st.info("The test images hold one class only: there is no curve to draw.", icon=":material/info:")
        return
    whole = _input_part(found, study)
    over = "patients" if study.test.by_patient else "images"
    left, right = st.columns(2)
    with left:
        _draw_pair(found, study, tried, ROC, whole=whole)
        st.caption(
            f"Test images, n = {study.test.n:,}: AUC {study.tested.auc.say()}.",
            help=f"{roc.ROC_CAPTION} {roc.ROC_READING}",
        )
    with right:
        _draw_pair(found, study, tried, PRECISION, whole=whole)
        guess = f"{study.tested.chance:.3f}" if study.tested.chance is not None else "not defined"
        st.caption(
            f"Average precision {study.tested.average_precision.say()}, guessing {guess}.",
            help=f"{roc.PRECISION_CAPTION} {roc.PRECISION_READING}",
        )
    tested = words.say_sample({"n": study.test.n, "groups": study.test.groups})
    st.caption(
        "Solid: test. Dashed: validation, where a click chooses the threshold.",
        help=f"Solid: {tested} of the test, bands over {over}; the threshold tried is marked on the dashed one.",
    )


def _crop(points: curves.Points, kind: Kind, side: float) -> curves.Points:
    """The points of the part that is shown, in steps as fine as it is small, and the next on either side of it."""
    x, y = getattr(points, kind.x), getattr(points, kind.y)
    inside = np.flatnonzero((np.abs(x - kind.best_x) <= side) & (1 - y <= side))
    if len(inside):
        part = slice(max(0, inside[0] - 1), inside[-1] + 2)
        points = curves.Points(
            points.thresholds[part], points.sensitivity[part], points.false_alarms[part], points.precision[part]
        )
    return curves.thin(points, steps=round(STEPS / side))


def _input_part(found: package.Package, study: point_study.Study) -> bool:
    """Whether the curves are shown whole; beside it the numbers to take away."""
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Part of the curves",
            list(PARTS),
            format_func=PARTS.__getitem__,
            required=True,
            **state.follow("curves", CORNER, key=point_study.name_key(found, "part"), options=list(PARTS)),
            label_visibility="collapsed",
            help="Close up: the corner in which the curves bend and the thresholds lie; the axes say which part it is.",
        )
        # Thresholds beside test results are given away once one is frozen: before, they would help to choose it.
        split, points = ("validation", study.tried_on) if found.threshold is None else ("test", study.tested.points)
        table, name = _tabulate(points).assign(split=split), f"{found.id}-curves-{split}.csv"
        downloads.offer_csv(lambda: table, name)
    return bool(chosen == WHOLE)


def _draw_pair(
    found: package.Package, study: point_study.Study, tried: point_study.Tried, kind: Kind, *, whole: bool
) -> None:
    """One of the two figures, of test and validation images."""
    marks = _mark(found, study, tried, (kind.x, kind.y))
    ends = [
        roc.Line(getattr(points, kind.x), getattr(points, kind.y), ())
        for points in (study.tested.points, study.tried_on)
    ]
    side = roc.WHOLE if whole else roc.choose_side(ends, marks, best_x=kind.best_x)
    tested, tried_on = (_crop(points, kind, side) for points in (study.tested.points, study.tried_on))
    band: curves.Band = getattr(study.tested, kind.band)
    options: dict[str, Any] = {"thresholds": tried_on.thresholds, "side": side}
    lines = (
        roc.Line(getattr(tested, kind.x), getattr(tested, kind.y), [NOT_NAMED] * len(tested.thresholds)),
        roc.Band(band.x, band.low, band.high),
        roc.Line(getattr(tried_on, kind.x), getattr(tried_on, kind.y), _name_points(found, tried_on)),
        marks,
        theme.current(),
    )
    if kind is ROC:
        figure = roc.figure_roc(*lines, **options)
    else:
        figure = roc.figure_precision_recall(*lines, chance=study.tested.chance, **options)
    _draw(found, figure, kind.name, roc.HEIGHT_PX, revision=f"{found.id}-{side}")


def _mark(
    found: package.Package, study: point_study.Study, tried: point_study.Tried, axes: tuple[str, str]
) -> list[roc.Mark]:
    """0.5 and the kept threshold on the test curve, the tried one on the validation curve."""
    wanted = [("half", study.tested.points, point_study.HALF, "0.5")]
    if found.threshold is not None:
        wanted.append(("kept", study.tested.points, found.threshold, "kept"))
    if tried.choice is not None:
        wanted.append(("tried", study.tried_on, tried.choice.threshold, "tried"))
    marks = []
    for kind, points, threshold, name in wanted:
        place = curves.locate(points, threshold)
        x, y = (getattr(place, axis, None) for axis in axes)
        if x is not None and y is not None:
            marks.append(roc.Mark(x, y, kind, name))
    return marks


def _draw(found: package.Package, figure: Any, name: str, height_px: int, *, revision: str = "") -> None:
    key = point_study.name_key(found, name)
    point_chart.show_point_chart(
        figure,
        key=key,
        revision=revision or found.id,
        height_px=height_px,
        on_click=lambda: _take_click(found, key),
    )


def _take_click(found: package.Package, key: str) -> None:
    clicked = point_chart.read_click(key)
    if clicked is None:
        return
    point_study.pick(clicked)


def _take_slider(found: package.Package) -> None:
    place = st.session_state[point_study.name_key(found, "slider")]
    point_study.pick(curves.from_axis(place, point_study.find_temperature(found)))


def _name_points(found: package.Package, points: curves.Points) -> list[str]:
    return [point_study.say_threshold(found, float(threshold)) for threshold in points.thresholds]


def _tabulate(points: curves.Points) -> pd.DataFrame:
    columns = ("thresholds", "sensitivity", "false_alarms", "precision")
    return pd.DataFrame({name: getattr(points, name) for name in columns}).rename(columns={"thresholds": "threshold"})

"""The eye's half of the operating point's view: histogram, slider, ROC and precision-recall; a click chooses."""

from typing import Any

import pandas as pd
import streamlit as st

from core.figures import roc, scores
from core.models import package
from core.statistics import curves, words
from pages.evaluate import point_study
from pages.kit import cache, downloads, point_chart, theme

NOT_NAMED = "not named: the test chooses no threshold"


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
    st.subheader("How sure the model is")
    _draw(found, figure, "scores", scores.HEIGHT_PX)
    st.select_slider(
        "Threshold to try, in even steps",
        point_study.list_steps(found, study),
        format_func=scores.say_probability,  # always the same words: the browser finds the place by them
        key=point_study.name_key(found, "slider"),
        on_change=_take_slider,
        args=(found,),
    )
    st.caption(scores.CAPTION)


def show_curves(found: package.Package, study: point_study.Study, tried: point_study.Tried) -> None:
    """ROC and precision-recall, side by side; a click sets the threshold."""
    st.subheader("What each threshold would do", help=f"{cache.explain('sensitivity')} {cache.explain('specificity')}")
    if not len(study.tested.points.thresholds):
        st.info("The test images hold one class only: there is no curve to draw.", icon=":material/info:")
        return
    tested, tried_on = curves.thin(study.tested.points), curves.thin(study.tried_on)
    left, right = st.columns(2)
    with left:
        figure = roc.figure_roc(
            roc.Line(tested.false_alarms, tested.sensitivity, [NOT_NAMED] * len(tested.thresholds)),
            roc.Band(study.tested.roc.x, study.tested.roc.low, study.tested.roc.high),
            roc.Line(tried_on.false_alarms, tried_on.sensitivity, _name_points(found, tried_on)),
            _mark(found, study, tried, ("false_alarms", "sensitivity")),
            theme.current(),
            thresholds=tried_on.thresholds,
        )
        _draw(found, figure, "roc", roc.HEIGHT_PX)
        st.caption(f"AUC {study.tested.auc.say()}, n = {study.test.n:,}. {roc.ROC_CAPTION}")
    with right:
        band = study.tested.precision_recall
        figure = roc.figure_precision_recall(
            roc.Line(tested.sensitivity, tested.precision, [NOT_NAMED] * len(tested.thresholds)),
            roc.Band(band.x, band.low, band.high),
            roc.Line(tried_on.sensitivity, tried_on.precision, _name_points(found, tried_on)),
            _mark(found, study, tried, ("sensitivity", "precision")),
            theme.current(),
            chance=study.tested.chance,
            thresholds=tried_on.thresholds,
        )
        _draw(found, figure, "precision", roc.HEIGHT_PX)
        area = study.tested.average_precision.say()
        guess = f"{study.tested.chance:.3f}" if study.tested.chance is not None else "not defined"
        st.caption(f"Average precision {area}, guessing {guess}, n = {study.test.n:,}. {roc.PRECISION_CAPTION}")
    over = "patients" if study.test.by_patient else "images"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Solid: {words.say_sample({'n': study.test.n, 'groups': study.test.groups})} of the test, bands over "
            f"{over}. Dashed: validation; the threshold that you try is marked there, and a click chooses from it."
        )
        # Thresholds beside test results are given away once one is frozen: before, they would help to choose it.
        split, points = ("validation", study.tried_on) if found.threshold is None else ("test", study.tested.points)
        table, name = _tabulate(points).assign(split=split), f"{found.id}-curves-{split}.csv"
        downloads.offer_csv(lambda: table, name)


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


def _draw(found: package.Package, figure: Any, name: str, height_px: int) -> None:
    key = point_study.name_key(found, name)
    point_chart.show_point_chart(
        figure,
        key=key,
        revision=found.id,
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

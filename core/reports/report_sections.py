"""The measured parts of a model's report: measures, curves, operating point, calibration, referral, patients."""

from types import ModuleType
from typing import Any

import pandas as pd

from core.figures import decision_curve as benefit_drawing
from core.figures import reliability as drawing
from core.figures import risk_curve, roc
from core.models import package, site_record
from core.reports import card_answers, rendering
from core.statistics import (
    calibration,
    curves,
    decision_curve,
    decision_curve_words,
    estimate,
    measures,
    metrics_table,
    reliability,
    risk_coverage,
    tasks,
    temperature,
    wilson,
    words,
)

LEAST_OF_PATIENT = 10  # images: fewer say nothing about one patient
MOST_PATIENTS = 10
CURVE_PX = 290  # of height: both curves stand on one sheet of paper


def compose_measured(found: package.Package, predictions: pd.DataFrame) -> list[rendering.Section]:
    """The parts that are computed from the test images; none where there are none.

    predictions : of `tables.read_predictions`. Everything is answered at the kept operating point, where there is one.
    """
    validation, test = (
        reliability.select_task(predictions, side, found.class_names, found.positive_class, threshold=found.threshold)
        for side in ("validation", "test")
    )
    if not test.n:
        return []
    return [
        _compose_measures(test),
        *_compose_curves(found, test, validation),
        _compose_point(found),
        _compose_calibration(found, test),
        _compose_referral(found, test),
        *_compose_benefit(found, test),
        *_compose_patients(predictions[predictions["split"] == "test"], test),
    ]


def say_reading(figures: ModuleType, name: str = "") -> str:
    """The caption of a figure with how to read it and what it cannot tell: on paper nothing stands behind a "?".

    name : what its constants begin with, where a module of `core.figures` has several: "ROC_".
    """
    parts = (getattr(figures, f"{name}CAPTION"), getattr(figures, f"{name}READING", ""))
    return " ".join(filter(None, parts))


def _compose_measures(task: tasks.Task) -> rendering.Section:
    result = measures.measure(task)
    rows = [(one.name, result[one.key].say(one.form), result[one.key].n) for one in metrics_table.METRICS]
    over = "patients (images of one patient are correlated)" if task.by_patient else "images"
    about = f"about {task.class_names[task.positive]}"
    if task.class_count > 2:
        about = "averages over the classes, one against the rest"
    return rendering.Section(
        "Measures on test images",
        table=pd.DataFrame(rows, columns=["Measure", "Value (95 % interval)", "n"]),
        caption=f"{words.say_sample(result)}. Intervals over {over}. Sensitivity, predictive values and areas are "
        f"{about}.",
    )


def _compose_curves(found: package.Package, test: tasks.Task, validation: tasks.Task) -> list[rendering.Section]:
    """ROC and precision-recall, each with its band; validation images as a thin line."""
    tested = curves.compute_curves(test)
    if not len(tested.points.thresholds):
        return []
    seen, tried = curves.thin(tested.points), curves.thin(curves.find_points(validation))
    marks = _mark(found, tested.points)
    figure = roc.figure_roc(
        _line(seen, "false_alarms", "sensitivity"),
        roc.Band(tested.roc.x, tested.roc.low, tested.roc.high),
        _line(tried, "false_alarms", "sensitivity"),
        [roc.Mark(place.false_alarms, place.sensitivity, kind, name) for kind, name, place in marks],
        "light",
    )
    band = tested.precision_recall
    precision = roc.figure_precision_recall(
        _line(seen, "sensitivity", "precision"),
        roc.Band(band.x, band.low, band.high),
        _line(tried, "sensitivity", "precision"),
        [
            roc.Mark(place.sensitivity, place.precision, kind, name)
            for kind, name, place in marks
            if place.precision is not None
        ],
        "light",
        chance=tested.chance,
    )
    about = f"Test images, n = {test.n:,}; {test.class_names[test.positive]} against the rest."
    return [
        rendering.Section(
            "ROC curve",
            figure=figure.update_layout(height=CURVE_PX),
            table=_tabulate_curve(tested.points),
            caption=f"{about} AUC {tested.auc.say()}. {say_reading(roc, 'ROC_')}",
        ),
        rendering.Section(
            "Precision and recall",
            figure=precision.update_layout(height=CURVE_PX),
            caption=f"{about} Average precision {tested.average_precision.say()}. {say_reading(roc, 'PRECISION_')} "
            "Its numbers are in the table of the ROC curve.",
        ),
    ]


def _line(points: curves.Points, x: str, y: str) -> roc.Line:
    return roc.Line(getattr(points, x), getattr(points, y), [f"{value:.4g}" for value in points.thresholds])


def _mark(found: package.Package, points: curves.Points) -> list[tuple[str, str, Any]]:
    """(kind, name, place) of 0.5 and of the kept threshold."""
    wanted = [("half", "0.5", 0.5)] + ([("kept", "kept", found.threshold)] if found.threshold is not None else [])
    places = [(kind, name, curves.locate(points, threshold)) for kind, name, threshold in wanted]
    return [entry for entry in places if entry[2] is not None]


def _tabulate_curve(points: curves.Points, steps: int = 20) -> pd.DataFrame:
    """The curve at a few of its thresholds, spread over the sensitivity."""
    few = curves.thin(points, steps=steps)
    return pd.DataFrame(
        {
            "probability from": [f"{value:.4g}" for value in few.thresholds],
            "sensitivity": [f"{100 * value:.1f} %" for value in few.sensitivity],
            "specificity": [f"{100 * (1 - value):.1f} %" for value in few.false_alarms],
            "precision": [f"{100 * value:.1f} %" for value in few.precision],
        }
    )


def _compose_point(found: package.Package) -> rendering.Section:
    kept = found.manifest.operating_point
    if not kept:
        said = "None was chosen: the model answers the most probable class."
        return rendering.Section("Operating point", (said,))
    sides = [(side, getattr(kept, side)) for side in ("validation", "test")]
    rows = [
        (
            side,
            *(estimate.find(result, key).say(estimate.PER_CENT) for key in ("sensitivity", "specificity", "accuracy")),
            result.n,
        )
        for side, result in sides
        if result
    ]
    return rendering.Section(
        "Operating point",
        (
            f"{found.positive_class} is answered from a probability of {kept.threshold:.4g} on (the model's own), "
            f"chosen on {site_record.say_images(kept.site)} for the aim {card_answers.say_aim(kept.aim)}, by "
            f"{kept.by or 'somebody'} on {kept.at[:10]}.",
        ),
        table=pd.DataFrame(rows, columns=["images", "sensitivity", "specificity", "accuracy", "n"]),
        caption="95 % intervals in brackets. Validation images chose the threshold, so their numbers are slightly "
        "optimistic; the test images were scored with it afterwards."
        if kept.site is None
        else "95 % intervals in brackets. Neither side chose the threshold.",
    )


def _compose_calibration(found: package.Package, test: tasks.Task) -> rendering.Section:
    """What its probabilities are worth, before and (where one is kept) after the temperature."""
    sides = {"before": test}
    if found.temperature is not None:
        sides["after"] = temperature.soften(test, found.temperature)
    bins = {name: reliability.compute_bins(side) for name, side in sides.items()}
    strips = {name: reliability.count_strips(side, "answer").tolist() for name, side in sides.items()}
    said = []
    for name, side in sides.items():
        scores = calibration.measure(side)
        title = {"before": "As the network says it", "after": f"After the temperature {found.temperature or 1:.2f}"}
        said.append(
            f"{title[name]}: expected calibration error {scores['ece'].say()}, Brier score "
            f"{scores['brier'].say()}, n = {scores['n']:,}; smaller is better."
        )
    table = pd.concat([rows.assign(probabilities=name) for name, rows in bins.items()], ignore_index=True)
    return rendering.Section(
        "What its probabilities are worth",
        tuple(said),
        figure=drawing.figure_reliability(bins, strips, "light", claim="what it says of its answer"),
        table=table.round(4),
        caption=f"Test images, n = {test.n:,}. {say_reading(drawing)}",
    )


def _compose_referral(found: package.Package, test: tasks.Task) -> rendering.Section:
    """How the kept limit does; without one no curve of the test images, from which it must not be chosen."""
    kept = found.manifest.referral
    if not (kept and kept.test):
        return rendering.Section("Cases for a person", ("No limit was chosen: the model answers every image.",))
    curve = risk_coverage.compute_curve(test, found.threshold)
    error, referred = kept.test["error"], kept.test["referred"]
    ring = (1 - referred.value, error.value) if referred.value is not None and error.value is not None else None
    return rendering.Section(
        "Cases for a person",
        (
            f"On test images {referred.say(estimate.PER_CENT)} are referred to a person; of those that it answers, "
            f"{error.say(estimate.PER_CENT)} are wrong (n = {error.n:,}). Kept by {kept.by or 'somebody'} on "
            f"{kept.at[:10]}.",
        ),
        figure=risk_curve.figure_risk_coverage(curve.table, curve.area_random or 0.0, "light", chosen=ring),
        table=curve.table.iloc[:: max(1, len(curve.table) // 20)].round(4),
        caption=f"Test images, n = {curve.n:,}. {say_reading(risk_curve)}",
    )


def _compose_benefit(found: package.Package, test: tasks.Task) -> list[rendering.Section]:
    """The decision curve at the test images' own prevalence, after the temperature where one is kept."""
    curve = decision_curve.compute_curve(
        test if found.temperature is None else temperature.soften(test, found.temperature)
    )
    if curve.table.empty:
        return []
    return [
        rendering.Section(
            "What acting on it is worth",
            (decision_curve_words.say_better(curve), decision_curve_words.say_probabilities(found.temperature)),
            figure=benefit_drawing.figure_benefit(curve.table, "light"),
            table=decision_curve_words.tabulate_preferences(curve),
            caption=f"Test images, n = {test.n:,}, {curve.positives:,} of them {found.positive_class}. Worth is of "
            f"1,000 images, with its 95 % interval. {say_reading(benefit_drawing)}",
        )
    ]


def _compose_patients(rows: pd.DataFrame, task: tasks.Task) -> list[rendering.Section]:
    """The patients with the largest share of wrong answers."""
    wrong = pd.Series(task.answers != task.labels, index=rows.index)
    known = rows["group"].fillna("").astype(str) != ""
    by_patient = wrong[known].groupby(rows.loc[known, "group"]).agg(["sum", "count"])
    judged = by_patient[by_patient["count"] >= LEAST_OF_PATIENT]
    if len(judged) < 2:
        return []
    worst = judged.assign(share=judged["sum"] / judged["count"]).sort_values(["share", "count"], ascending=False)
    worst = worst.head(MOST_PATIENTS)
    table = [
        (str(name), wrong, n, wilson.compute_wilson(wrong, n).say(estimate.PER_CENT))
        for name, wrong, n in zip(worst.index, worst["sum"].tolist(), worst["count"].tolist(), strict=True)
    ]
    few = len(by_patient) - len(judged)
    left_out = f" {few:,} patients with fewer than {LEAST_OF_PATIENT} images are left out." if few else ""
    return [
        rendering.Section(
            "Patients with the most errors",
            (card_answers.say_failures(task),),
            table=pd.DataFrame(table, columns=["patient", "wrong", "images", "wrong, in per cent (95 % interval)"]),
            caption=f"The first {len(table)} of {len(judged):,} patients of the test.{left_out} Intervals are Wilson's "
            "inside one patient. Some patients come first by chance alone.",
        )
    ]

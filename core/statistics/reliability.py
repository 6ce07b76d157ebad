"""What was claimed of images and how often it was so: the bins of a reliability diagram.

A probability is calibrated where, among all images about which it says 0.9, nine in ten turn out so.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.statistics import decision_rule, intervals, tasks

Subject = Literal["answer", "positive"]
Rule = Literal["mass", "width"]
Floats = NDArray[np.float64]

BINS = 10
SMALLEST_BIN = 20  # images; a smaller bin joins its neighbour, since its share says next to nothing
STRIPS = 20  # of the small histogram of probabilities


def select_task(
    predictions: pd.DataFrame, side: str, class_names: Sequence[str], positive_class: str, *, threshold: float | None
) -> tasks.Task:
    """The images of one side ("validation" or "test") with the answers that the threshold gives (None = the most
    probable class). Raises PredictionsNotUsable as `tasks.build_task` does.
    """
    rows = predictions[predictions["split"] == side]
    task = tasks.build_task(rows, class_names, positive_class)
    answers = decision_rule.decide(task.probabilities, task.positive, threshold)
    return dataclasses.replace(task, answers=answers)


def read_claims(task: tasks.Task, subject: Subject) -> tuple[Floats, NDArray[np.bool_]]:
    """What was claimed of each image, float64 (N,) in [0, 1], and whether it was so, bool (N,).

    subject : "answer", the probability of the class that was answered, and whether it was the right one; "positive",
        the probability of the positive class, and whether the image is one of it.
    """
    if subject == "positive":
        return task.scores, task.is_positive
    return task.probabilities[np.arange(task.n), task.answers], np.asarray(task.answers == task.labels)


def number_bins(claims: Floats, rule: Rule) -> NDArray[np.int64]:
    """The bin of each image, 0.. in order of the claim, int64 (N,).

    rule : "mass" for bins of (nearly) equally many images, "width" for equal steps of 0 to 1. Equal claims share a bin,
    and a bin of fewer than 20 images joins the next one. Equal mass is what everything here uses unless told: trained
    networks say little else than "surely", so that most bins of equal width are nearly empty, and the calibration error
    over nearly empty bins is mostly noise (Nixon et al. 2019; Roelofs et al. 2022).
    """
    if not len(claims):
        return np.zeros(0, dtype=np.int64)
    steps = np.linspace(0, 1, BINS + 1)
    edges = steps if rule == "width" else np.unique(np.quantile(claims, steps))
    first = np.searchsorted(edges[1:-1], claims)
    return _merge_small(np.bincount(first, minlength=max(1, len(edges) - 1)))[first]


def compute_bins(
    task: tasks.Task,
    *,
    subject: Subject = "answer",
    rule: Rule = "mass",
) -> pd.DataFrame:
    """The reliability diagram as a table, one row a bin, in rising order; no row without images.

    Columns: low, high (smallest and largest claim), n (images), units (patients, or images), claimed (mean claim),
    observed (share that was so), observed_low and observed_high (95 %; over patients where they are known, else
    Wilson). All shares in [0, 1].
    """
    claims, so = read_claims(task, subject)
    bins = number_bins(claims, rule)
    count = int(bins.max()) + 1 if task.n else 0
    inside = bins[:, None] == np.arange(count)  # (N, bins)
    sums = sum_by_unit(task, np.hstack([inside, inside & so[:, None]]))
    figures = task.jackknife(lambda weights: divide(sums.T @ weights))
    rows = []
    for number in range(count):
        here = inside[:, number]
        n, hits, units = int(here.sum()), int(so[here].sum()), task.count_units(here)
        so_far = intervals.compute_proportion(figures[number], units=units, images=n, by_patient=task.by_patient)
        extent = (float(claims[here].min()), float(claims[here].max()))
        rows.append((*extent, n, units, float(claims[here].mean()), hits / n, so_far.low, so_far.high))
    names = ["low", "high", "n", "units", "claimed", "observed", "observed_low", "observed_high"]
    return pd.DataFrame(rows, columns=names)


def count_strips(task: tasks.Task, subject: Subject) -> NDArray[np.int64]:
    """How many images are claimed with 0 to 5 %, 5 to 10 %, ...: int64 (20,), for the histogram under the diagram."""
    return np.histogram(read_claims(task, subject)[0], bins=STRIPS, range=(0, 1))[0].astype(np.int64)


def sum_by_unit(task: tasks.Task, values: NDArray[Any]) -> Floats:
    """Sums over the images of each unit: (U, C) from (N, C), so that a weighted sample is one product of matrices."""
    columns = [np.bincount(task.units, weights=column, minlength=task.unit_count) for column in np.transpose(values)]
    return np.stack(columns, axis=1) if columns else np.zeros((task.unit_count, 0))


def _merge_small(counts: NDArray[Any]) -> NDArray[np.int64]:
    """New number of each bin, so that each holds at least SMALLEST_BIN images as far as there are so many."""
    numbers, current, held = np.zeros(len(counts), dtype=np.int64), 0, 0
    for place, count in enumerate(counts):
        if held >= SMALLEST_BIN and counts[place:].sum() >= SMALLEST_BIN:
            current, held = current + 1, 0
        numbers[place] = current
        held += int(count)
    return numbers


def divide(totals: Floats) -> Floats:
    """Lower half by upper half, (bins, B) from (2 bins, B); NaN where a sample holds none of a bin."""
    whole, part = np.split(totals, 2)
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0))

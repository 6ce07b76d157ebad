"""Ten measures of one task, each with its n and its 95 % interval, and how much patients widen the intervals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation import intervals, metrics, summary, tasks

# Of one class against the rest; of more than two classes the plain mean over those present.
PER_CLASS = ("sensitivity", "specificity", "ppv", "npv", "f1", "auc", "average_precision")
MEASURES = ("accuracy", "balanced_accuracy", *PER_CLASS[:5], "mcc", *PER_CLASS[5:])
RATES = (metrics.sensitivity, metrics.specificity, metrics.ppv, metrics.npv, metrics.f1)  # the first of PER_CLASS
SHARES = ("sensitivity", "specificity", "ppv", "npv")  # of one class they count images among images, as accuracy does

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Metric = dict[str, Any]


def measure(task: tasks.Task) -> dict[str, Any]:
    """Each of MEASURES as {"value", "low", "high", "n"}, with the frame that `summary.summarise` gives.

    All are in [0, 1] except `mcc` (Gorodkin 2004), in [-1, 1]; larger is better; undefined is None. Of two classes
    sensitivity, specificity, PPV, NPV, F1, AUC and average precision are about the positive class ("average":
    "binary"); of more they are plain means over the classes present, one against the rest ("macro"). Balanced accuracy
    is the mean sensitivity of all classes present. `n` counts the images in the denominator; F1's are those that are
    positive or answered so.

    Where patients are known all intervals come from a jackknife over them ("interval": "patients"); else shares have
    Wilson's interval and the rest a jackknife over images ("images"). "wider": share -> how many times as wide its
    interval by patient is as Wilson's over the same images would be; None where there is no such pair.

    The interval of a bounded figure speaks about [0, 1], so MCC goes there and back as (MCC + 1) / 2, which is the
    accuracy where the classes are equally frequent and equally often mistaken.
    """
    labels = _list_classes(task)
    figures = task.jackknife(lambda weights: _compute(task, weights))
    found = _count(task, task.averaged) | _count_whole(task, labels)
    shares = ("accuracy", *SHARES) if task.class_count == 2 else ("accuracy",)
    result = {
        name: _say(task, figures[row], counts=found[name], name=name, shares=shares)
        for row, name in enumerate(MEASURES)
    }
    return {
        "n": task.n,
        "groups": task.groups,
        **result,
        "confusion": task.confusion.astype(int).tolist(),
        "interval": "patients" if task.by_patient else "images",
        "wider": {name: _compare_width(task, result[name]) for name in shares},
        "level": intervals.LEVEL,
        "method": summary.METHOD,
        "positive_class": task.class_names[task.positive],
        "average": "binary" if task.class_count == 2 else "macro",
    }


def measure_classes(task: tasks.Task) -> list[dict[str, Any]]:
    """PER_CLASS of every class against the rest: a dict a class with "class", "n" (its images) and the metrics.

    Intervals as in `measure`.
    """
    every = range(task.class_count)

    def compute(weights: Floats) -> Floats:
        return np.concatenate(_compute_classes(task, weights, list(every)))

    figures = task.jackknife(compute)
    rows = []
    for label in every:
        counts = _count(task, [label])
        measured = {
            name: _say(
                task,
                figures[label * len(PER_CLASS) + place],
                counts=counts[name],
                name=name,
                shares=SHARES,
            )
            for place, name in enumerate(PER_CLASS)
        }
        rows.append({"class": task.class_names[label], "n": int((task.labels == label).sum()), **measured})
    return rows


def _list_classes(task: tasks.Task) -> list[int]:
    """The classes whose sensitivities balanced accuracy averages: both of two, else those present."""
    return [0, 1] if task.class_count == 2 else task.averaged


def _compute(task: tasks.Task, weights: Floats) -> Floats:
    """MEASURES of B samples. weights : (U, B), how often each unit counts. Returns (10, B)."""
    confusion = task.weigh_confusions(weights)  # (B, K, K)
    each = _compute_classes(task, weights, task.averaged, confusion=confusion)
    # Without any image no class is present, and nothing is defined.
    macro = np.mean(each, axis=0) if each else np.full((len(PER_CLASS), weights.shape[1]), np.nan)
    named = dict(zip(PER_CLASS, macro, strict=True))
    named["accuracy"] = metrics.accuracy(confusion)
    named["balanced_accuracy"] = metrics.macro_sensitivity(confusion, _list_classes(task))
    named["mcc"] = metrics.mcc(confusion)
    return np.stack([named[name] for name in MEASURES])


def _compute_classes(
    task: tasks.Task, weights: Floats, labels: list[int], *, confusion: Floats | None = None
) -> list[Floats]:
    """PER_CLASS of each of `labels` against the rest, (7, B) a class."""
    counts = task.weigh_confusions(weights) if confusion is None else confusion
    images = task.weigh_images(weights)  # (N, B)
    found = []
    for label in labels:
        area, precision = metrics.areas(task.labels == label, task.probabilities[:, label], weights=images)
        rates = [compute(counts, label) for compute in RATES]
        found.append(np.stack([*rates, area, precision]))
    return found


def _count(task: tasks.Task, labels: list[int]) -> dict[str, tuple[int, int]]:
    """metric of PER_CLASS -> (units, images) that it rests on: of one class those in its denominator.

    Of several classes all images, and the fewest units that any of them has.
    """
    each = [_count_class(task, label) for label in labels]
    if len(each) == 1:
        return each[0]
    return {name: (min((one[name][0] for one in each), default=0), task.n) for name in PER_CLASS}


def _count_class(task: tasks.Task, label: int) -> dict[str, tuple[int, int]]:
    truth, answer = np.asarray(task.labels == label), np.asarray(task.answers == label)
    masks: dict[str, Bools] = {
        "sensitivity": truth,
        "specificity": ~truth,
        "ppv": answer,
        "npv": ~answer,
        "f1": truth | answer,
    }
    found = {name: (task.count_units(mask), int(mask.sum())) for name, mask in masks.items()}
    both = (min(found["sensitivity"][0], found["specificity"][0]), task.n)
    return {**found, "auc": both, "average_precision": both}


def _count_whole(task: tasks.Task, labels: list[int]) -> dict[str, tuple[int, int]]:
    """The same for the measures of all classes at once."""
    fewest = min((task.count_units(task.labels == label) for label in labels), default=0)
    return {
        "accuracy": (task.unit_count, task.n),
        "balanced_accuracy": (fewest, task.n),
        "mcc": (fewest, task.n),
    }


def _say(
    task: tasks.Task, figure: intervals.Figure, *, counts: tuple[int, int], name: str, shares: tuple[str, ...]
) -> Metric:
    """One metric with its interval; None instead of NaN."""
    units, images = counts
    if name == "mcc":
        moved = intervals.Figure((figure.value + 1) / 2, (figure.left_out + 1) / 2)
        edges = intervals.compute_bounded(moved, units=units)
        low, high = (None if edge is None else 2 * edge - 1 for edge in (edges.low, edges.high))
        edges = intervals.Interval(low, high)
    elif name in ("auc", "average_precision"):
        edges = intervals.compute_area(figure, units=units)
    elif name not in shares:
        edges = intervals.compute_bounded(figure, units=units)
    elif task.by_patient:
        edges = intervals.compute_share(figure, units=units, images=images)
    else:
        edges = intervals.compute_wilson(figure.value * images, images)
    return intervals.as_metric(figure.value, edges, images)


def _compare_width(task: tasks.Task, metric: Metric) -> float | None:
    """How many times as wide the interval by patient is as Wilson's, had the images been independent."""
    value, low, high, n = (metric[key] for key in ("value", "low", "high", "n"))
    if not task.by_patient or value is None or low is None or high is None or not n:
        return None
    alone = intervals.compute_wilson(value * n, n)
    if alone.low is None or alone.high is None:
        return None
    return float((high - low) / (alone.high - alone.low))

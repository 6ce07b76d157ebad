"""The table of metrics: one entry says all that pages, files, report and terminal need to know of a metric.

A new metric is a function in `metrics` and an entry here; what it means stands in GLOSSARY.md under its `term`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation import delong, estimate, intervals, metrics, tasks

Floats = NDArray[np.float64]

Reach = Literal["headline", "summary", "detail"]
"""Where a metric stands: each on Evaluate and in the report; "summary" also in a model's manifest, on Compare, in a
series and in the terminal; "headline" also as a column of the table of all models."""

Whole = Literal["all", "class", "others", "flagged", "unflagged", "class or flagged", "both sides", "every class"]
"""Of which images a metric is, and so when it is defined and what it rests on: of "all"; of those of the "class", or
the "others"; of those answered as the class ("flagged"), or otherwise; of all, with some of the class and some others
("both sides"); of all, with some of "every class"."""

Spread = Literal["share", "area", "bounded", "correlation"]
"""How its interval is made, see `intervals`. "share": of its images, those answered rightly (or wrongly, where smaller
is better); its mean over several classes is "bounded"."""


@dataclass(frozen=True)
class Weighed:
    """A task in B samples at once. weights : (U, B), how often each unit counts in each."""

    task: tasks.Task
    weights: Floats

    @cached_property
    def confusion(self) -> Floats:
        """Confusion matrices (B, K, K), row = truth, column = answer."""
        return self.task.weigh_confusions(self.weights)

    @cached_property
    def images(self) -> Floats:
        """How often each image counts, (N, B)."""
        return self.task.weigh_images(self.weights)


Compute = Callable[[Weighed, Sequence[int]], Floats]
LeaveOut = Callable[[tasks.Task, Sequence[int]], intervals.Figure]


@dataclass(frozen=True)
class Metric:
    """One metric of answers to images.

    key : its name in JSON, CSV and manifests. title : the field's term, as tables head it. term : in GLOSSARY.md.
    compute : its value in each of B samples, (B,), NaN where it is undefined; of several classes the plain mean, each
    against the rest. leave_out : in its place where there is an exact way that weighs no images.
    per_class : whether it is about one class: of two the positive one, of more the mean over those present.
    full : the term in full, for the report.
    """

    key: str
    title: str
    term: str
    reach: Reach
    whole: Whole
    spread: Spread
    compute: Compute | None = None
    leave_out: LeaveOut | None = None
    per_class: bool = True
    larger_is_better: bool = True
    form: estimate.Form = estimate.PER_CENT
    full: str = ""

    @property
    def name(self) -> str:
        """The term in full."""
        return self.full or self.title

    def list_classes(self, task: tasks.Task) -> list[int]:
        """The classes that it is about: both of two, where it needs every class; any one, where it is of all images."""
        if self.whole == "all":
            return [task.positive]
        return [0, 1] if self.whole == "every class" and task.class_count == 2 else task.averaged

    def is_share(self, *, of_one_class: bool) -> bool:
        """Whether it counts images among images, as Wilson's interval requires; no mean over several classes does."""
        return self.spread == "share" and (of_one_class or not self.per_class)


def _average(compute: Callable[[Weighed, int], Floats]) -> Compute:
    """The plain mean over classes of a metric of one class."""

    def mean(weighed: Weighed, labels: Sequence[int]) -> Floats:
        if not labels:  # without any image no class is present, and nothing is defined
            return np.full(weighed.weights.shape[1], np.nan)
        return np.asarray(np.mean([compute(weighed, label) for label in labels], axis=0))

    return mean


def _count(compute: Callable[[Floats, int], Floats]) -> Compute:
    """The same of a metric that the confusion matrix tells."""
    return _average(lambda weighed, label: compute(weighed.confusion, label))


def _compute_average_precision(weighed: Weighed, label: int) -> Floats:
    positive, scores = weighed.task.labels == label, weighed.task.probabilities[:, label]
    return metrics.average_precision(positive, scores, weights=weighed.images)


def _leave_out_auc(task: tasks.Task, labels: Sequence[int]) -> intervals.Figure:
    return delong.leave_out(task.labels, task.probabilities, labels, task.deal_units()[task.units])


METRICS: tuple[Metric, ...] = (
    Metric(
        "accuracy",
        "Accuracy",
        "accuracy",
        "headline",
        whole="all",
        spread="share",
        compute=lambda weighed, _: metrics.accuracy(weighed.confusion),
        per_class=False,
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "balanced accuracy",
        "detail",
        whole="every class",
        spread="bounded",
        compute=_count(metrics.sensitivity),
        per_class=False,
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        "sensitivity",
        "summary",
        whole="class",
        spread="share",
        compute=_count(metrics.sensitivity),
    ),
    Metric(
        "specificity",
        "Specificity",
        "specificity",
        "summary",
        whole="others",
        spread="share",
        compute=_count(metrics.specificity),
    ),
    Metric(
        "ppv",
        "PPV",
        "ppv",
        "detail",
        whole="flagged",
        spread="share",
        compute=_count(metrics.ppv),
        full="Positive predictive value",
    ),
    Metric(
        "npv",
        "NPV",
        "npv",
        "detail",
        whole="unflagged",
        spread="share",
        compute=_count(metrics.npv),
        full="Negative predictive value",
    ),
    Metric(
        "f1",
        "F1",
        "f1",
        "detail",
        whole="class or flagged",
        spread="bounded",
        compute=_count(metrics.f1),
        form=estimate.NUMBER,
    ),
    Metric(
        "mcc",
        "MCC",
        "mcc",
        "detail",
        whole="every class",
        spread="correlation",
        compute=lambda weighed, _: metrics.mcc(weighed.confusion),
        per_class=False,
        form=estimate.NUMBER,
        full="Matthews correlation (MCC)",
    ),
    Metric(
        "auc",
        "AUC",
        "auc",
        "headline",
        whole="both sides",
        spread="area",
        leave_out=_leave_out_auc,
        form=estimate.NUMBER,
        full="Area under the ROC curve (AUC)",
    ),
    Metric(
        "average_precision",
        "Average precision",
        "average precision",
        "detail",
        whole="both sides",
        spread="area",
        compute=_average(_compute_average_precision),
        form=estimate.NUMBER,
    ),
)


@dataclass(frozen=True)
class Score:
    """One number about how far probabilities can be taken at their word; smaller is better. See `calibration`.

    key, title, term, form : as of a Metric. change : how a difference of two is written.
    """

    key: str
    title: str
    term: str
    form: estimate.Form = estimate.NUMBER
    change: estimate.Form = estimate.SMALL_CHANGE


SCORES: tuple[Score, ...] = (
    Score("ece", "Calibration error", "calibration error", estimate.PER_CENT, estimate.POINTS),
    Score("brier", "Brier score", "brier score"),
    Score("log_loss", "Log loss", "log loss"),
)


def find(key: str) -> Metric:
    """The entry of this key; ValueError where there is none."""
    found = next((metric for metric in METRICS if metric.key == key), None)
    if found is None:
        raise ValueError(f"expected one of {[metric.key for metric in METRICS]}, found {key!r}")
    return found


def list_summary() -> list[Metric]:
    """Those that are kept with a model and that models are compared by, in the order of the table."""
    return [metric for metric in METRICS if metric.reach != "detail"]


def list_headlines() -> list[Metric]:
    """Those that stand in a list of models."""
    return [metric for metric in METRICS if metric.reach == "headline"]


def list_per_class() -> list[Metric]:
    """Those that each class has of its own, against the rest."""
    return [metric for metric in METRICS if metric.per_class]

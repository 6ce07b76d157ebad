"""The table of metrics: one entry says all that pages, files, report and terminal need to know of a metric.

A new metric is a function in `metrics` and an entry here; what it means stands in GLOSSARY.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.statistics import delong, estimate, intervals, metrics, tasks

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

    key : its name in JSON, CSV and manifests. title : the field's term, as tables head it. form : how it is written.
    compute : its value in each of B samples, (B,), NaN where it is undefined; of several classes the plain mean, each
    against the rest. leave_out : in its place where there is an exact way that weighs no images.
    per_class : whether it is about one class: of two the positive one, of more the mean over those present.
    full : the term in full, for the report.
    """

    key: str
    title: str
    form: estimate.Form
    reach: Reach = "detail"
    _: KW_ONLY
    whole: Whole
    spread: Spread
    compute: Compute | None = None
    leave_out: LeaveOut | None = None
    per_class: bool = True
    larger_is_better: bool = True
    full: str = ""

    @property
    def name(self) -> str:
        """The term in full."""
        return self.full or self.title

    @property
    def term(self) -> str:
        """What GLOSSARY.md calls it."""
        return self.key.replace("_", " ")

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


PER_CENT, NUMBER = estimate.PER_CENT, estimate.NUMBER
METRICS: tuple[Metric, ...] = (
    Metric(
        "accuracy",
        "Accuracy",
        PER_CENT,
        "headline",
        whole="all",
        spread="share",
        per_class=False,
        compute=lambda weighed, _: metrics.accuracy(weighed.confusion),
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        PER_CENT,
        whole="every class",
        spread="bounded",
        per_class=False,
        compute=_count(metrics.sensitivity),
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        PER_CENT,
        "summary",
        whole="class",
        spread="share",
        compute=_count(metrics.sensitivity),
    ),
    Metric(
        "specificity",
        "Specificity",
        PER_CENT,
        "summary",
        whole="others",
        spread="share",
        compute=_count(metrics.specificity),
    ),
    Metric(
        "ppv",
        "PPV",
        PER_CENT,
        whole="flagged",
        spread="share",
        compute=_count(metrics.ppv),
        full="Positive predictive value",
    ),
    Metric(
        "npv",
        "NPV",
        PER_CENT,
        whole="unflagged",
        spread="share",
        compute=_count(metrics.npv),
        full="Negative predictive value",
    ),
    Metric("f1", "F1", NUMBER, whole="class or flagged", spread="bounded", compute=_count(metrics.f1)),
    Metric(
        "mcc",
        "MCC",
        NUMBER,
        whole="every class",
        spread="correlation",
        per_class=False,
        compute=lambda weighed, _: metrics.mcc(weighed.confusion),
        full="Matthews correlation (MCC)",
    ),
    Metric(
        "auc",
        "AUC",
        NUMBER,
        "headline",
        whole="both sides",
        spread="area",
        leave_out=_leave_out_auc,
        full="Area under the ROC curve (AUC)",
    ),
    Metric(
        "average_precision",
        "Average precision",
        NUMBER,
        whole="both sides",
        spread="area",
        compute=_average(_compute_average_precision),
    ),
)


@dataclass(frozen=True)
class Score:
    """One number about how far probabilities can be taken at their word; smaller is better. See `calibration`.

    key, title, form : as of a Metric. term : what GLOSSARY.md calls it. change : how a difference of two is written.
    """

    key: str
    title: str
    term: str
    form: estimate.Form = NUMBER
    change: estimate.Form = estimate.SMALL_CHANGE


SCORES: tuple[Score, ...] = (
    Score("ece", "Calibration error", "calibration error", PER_CENT, estimate.POINTS),
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

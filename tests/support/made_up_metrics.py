"""Two metrics that are only in the table of metrics."""

import numpy as np
import pytest

from core.statistics import estimate, metrics, metrics_table


def compute_youden(weighed, labels):
    """Of one class, Youden 1950: sensitivity + specificity - 1; the mean over classes."""
    counts = weighed.confusion
    return np.mean([metrics.sensitivity(counts, label) + metrics.specificity(counts, label) - 1 for label in labels], 0)


def compute_missed(weighed, labels):
    return np.mean([1 - metrics.sensitivity(weighed.confusion, label) for label in labels], 0)


YOUDEN = metrics_table.Metric(
    "youden",
    "Youden's J",
    estimate.NUMBER,
    "headline",
    whole="both sides",
    spread="correlation",
    compute=compute_youden,
)


MISSED = metrics_table.Metric(
    "missed",
    "Miss rate",
    estimate.PER_CENT,
    "summary",
    whole="class",
    spread="share",
    compute=compute_missed,
    larger_is_better=False,
)


@pytest.fixture
def made_up(monkeypatch):
    """Two metrics more: one that can be negative, and one of which less is better."""
    monkeypatch.setattr(metrics_table, "METRICS", (*metrics_table.METRICS, YOUDEN, MISSED))

"""How far probabilities can be taken at their word, as numbers: calibration error, Brier score and log loss."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.statistics import decision_rule, differences, estimate, intervals, reliability, tasks

Floats = NDArray[np.float64]

CHANCE_DRAWS = 1000
SCORES = ("ece", "brier", "log_loss")
BRIER_NEAR_NONE = 0.02


def measure(task: tasks.Task, **options: Any) -> dict[str, Any]:
    """Calibration error, Brier score and log loss of one set of answers; see `compare` for options and content."""
    return dict(_measure([task], **options)[0])


def compare(before: tasks.Task, after: tasks.Task, **options: Any) -> dict[str, Any]:
    """The same images before and after a temperature: {"before", "after", "change"}.

    Options: subject, rule (of the bins), seed (of ece_by_chance). "before" and "after" hold n, groups, interval
    ("patients" or "images"), subject, rule, and as Estimates, smaller is better in each:

    - ece: expected calibration error, the mean over images of |mean claim - share that was so| of their bin, 0 to 1
      (Naeini et al. 2015). Noise alone makes it larger than 0: "ece_by_chance" holds the mean and the 95 % quantile of
      what a perfectly calibrated model would show on these very claims, for images that err independently. For the
      same reason its interval is made of two: the low end is a standard error's multiple below what is left of it when
      each bin's gap has lost its own variance, and 0 where chance alone could explain the value; the high end is that
      of `intervals.compute_bounded`.
    - brier: half the sum over classes of (probability - truth)^2, so that of two classes it is the usual score of one
      probability, and 0 to 1 for any number of classes (Brier 1950).
    - log_loss: minus the mean logarithm of the probability of the true class, 0 and up.

    "change" is after less before, paired: the same patients are left out on both sides; negative is better.
    """
    results = _measure([before, after], **options)
    return dict(zip(("before", "after", "change"), results, strict=True))


def compute_chance_error(
    claims: Floats, bins: NDArray[np.int64], *, draws: int = CHANCE_DRAWS, seed: int = 0
) -> dict[str, float | None]:
    """ECE of a perfectly calibrated model with these claims (N,) and bins (N,): {"mean", "high"}, high = 95 % quantile.

    Simulated: each image turns out so with exactly the claimed probability.
    """
    if not len(claims):
        return {"mean": None, "high": None}
    order = np.argsort(bins, kind="stable")
    sorted_claims, starts = claims[order], np.searchsorted(bins[order], np.arange(int(bins.max()) + 1))
    random, chunk, errors = np.random.default_rng(seed), max(1, intervals.CHUNK_CELLS // len(claims)), []
    for start in range(0, draws, chunk):
        so = random.random((min(chunk, draws - start), len(claims)), dtype=np.float32) < sorted_claims
        errors.append(np.abs(np.add.reduceat(so - sorted_claims, starts, axis=1)).sum(1) / len(claims))
    all_errors = np.concatenate(errors)
    return {"mean": float(all_errors.mean()), "high": float(np.quantile(all_errors, intervals.LEVEL))}


def _measure(
    compared: Sequence[tasks.Task],
    *,
    subject: reliability.Subject = "answer",
    rule: reliability.Rule = "mass",
    seed: int = 0,
) -> list[dict[str, Any]]:
    """The measures of each of one or two tasks over the same images, and of two their difference."""
    task = compared[0]
    bins = [reliability.number_bins(reliability.read_claims(one, subject)[0], rule) for one in compared]
    terms = [_list_terms(one, subject, at) for one, at in zip(compared, bins, strict=True)]
    ends = np.cumsum([term.shape[1] for term in terms])[:-1].tolist()
    sums, sizes = reliability.sum_by_unit(task, np.hstack(terms)), reliability.sum_by_unit(task, np.ones((task.n, 1)))

    def compute(weights: Floats) -> Floats:
        return np.asarray(sums.T @ weights / np.maximum(sizes.T @ weights, 1.0))  # means of the terms

    figures = task.jackknife(compute)
    parts = [
        intervals.Jackknife(values, left_out)
        for values, left_out in zip(np.split(figures.values, ends), np.split(figures.left_out, ends), strict=True)
    ]
    about = {"n": task.n, "groups": task.groups, "interval": "patients" if task.by_patient else "images"}
    about |= {"subject": subject, "rule": rule}
    results: list[dict[str, Any]] = []
    for one, at, part in zip(compared, bins, parts, strict=True):
        chance = compute_chance_error(reliability.read_claims(one, subject)[0], at, seed=seed)
        scores = _describe(task, part)
        if scores["ece"].value is not None and chance["high"] is not None and scores["ece"].value <= chance["high"]:
            scores["ece"] = msgspec.structs.replace(scores["ece"], low=0.0)
        results.append({**about, **scores, "ece_by_chance": chance})
    if len(compared) == 2:
        results.append(_describe_change(task, parts[0], parts[1]))
    return results


def _list_terms(task: tasks.Task, subject: reliability.Subject, bins: NDArray[np.int64]) -> Floats:
    """What each image adds to each score, (N, 2 + bins): Brier, log loss, and its gap in the column of its bin."""
    claims, so = reliability.read_claims(task, subject)
    truth = np.eye(task.class_count)[task.labels]
    brier = ((task.probabilities - truth) ** 2).sum(1) / 2
    of_truth = task.probabilities[np.arange(task.n), task.labels]
    loss = -np.log(np.clip(of_truth, decision_rule.SMALLEST, 1.0))
    missed = np.zeros((task.n, int(bins.max(initial=0)) + 1))
    missed[np.arange(task.n), bins] = so - claims
    return np.column_stack([brier, loss, missed])


def _add_gaps(part: intervals.Jackknife) -> intervals.Figure:
    """The calibration error: the sum of the bins' gaps, whatever their sign."""
    return intervals.Figure(float(np.abs(part.values[2:]).sum()), np.abs(part.left_out[2:]).sum(0))


def _take_noise_off(part: intervals.Jackknife) -> float:
    """The calibration error that is left when each gap has lost its own variance, which alone makes it larger."""
    noise = [part[row].variance for row in range(2, len(part.values))]
    return float(np.sqrt(np.maximum(part.values[2:] ** 2 - noise, 0.0)).sum())


def _estimate_error(task: tasks.Task, part: intervals.Jackknife) -> estimate.Estimate:
    ece = _add_gaps(part)
    found = intervals.compute_bounded(ece, units=task.unit_count, n=task.n)
    if not ece.variance > 0:
        return found
    without = intervals.Figure(_take_noise_off(part), ece.left_out)
    below = intervals.compute_free(without, units=task.unit_count, n=task.n, bounds=(0.0, 1.0))
    return msgspec.structs.replace(found, low=min(ece.value, below.low or 0.0))


def _estimate_brier(task: tasks.Task, brier: intervals.Figure) -> estimate.Estimate:
    """Close to 0 and from fewer than ten patients it held the truth in 90 of 100 simulated studies, and says so."""
    found = intervals.compute_bounded(brier, units=task.unit_count, n=task.n)
    few = task.unit_count < intervals.FEW_UNITS and brier.variance > 0
    return intervals.weaken(found) if few and brier.value < BRIER_NEAR_NONE else found


def _describe(task: tasks.Task, part: intervals.Jackknife) -> dict[str, estimate.Estimate]:
    """The three scores, each with the interval that suits it."""
    if not task.n:
        return dict.fromkeys(SCORES, estimate.NOT_MEASURED)
    log_loss = intervals.compute_positive(part[1], units=task.unit_count, n=task.n)
    found = (_estimate_error(task, part), _estimate_brier(task, part[0]), log_loss)
    return dict(zip(SCORES, found, strict=True))


def _describe_change(
    task: tasks.Task, before: intervals.Jackknife, after: intervals.Jackknife
) -> dict[str, estimate.Estimate]:
    """After less before. Noise makes both calibration errors larger, and a smaller one by more."""
    if not task.n:
        return dict.fromkeys(SCORES, estimate.NOT_MEASURED)
    error = _add_gaps(after) - _add_gaps(before)
    changes = (error, after[0] - before[0], after[1] - before[1])
    found = dict(zip(SCORES, (_estimate_change(task, change) for change in changes), strict=True))
    if found["ece"].ends:
        without = _take_noise_off(after) - _take_noise_off(before)
        found["ece"] = differences.join(found["ece"], _estimate_change(task, intervals.Figure(without, error.left_out)))
    return found


def _estimate_change(task: tasks.Task, change: intervals.Figure) -> estimate.Estimate:
    return intervals.compute_free(change, units=task.unit_count, n=task.n, weight=intervals.EVEN)

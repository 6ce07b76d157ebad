"""How far probabilities can be taken at their word, as numbers: calibration error, Brier score and log loss."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.evaluation import deciding, intervals, reliability, tasks

Floats = NDArray[np.float64]

CHANCE_DRAWS = 1000
SCORES = ("ece", "brier", "log_loss")


def measure(task: tasks.Task, **options: Any) -> dict[str, Any]:
    """Calibration error, Brier score and log loss of one set of answers; see `compare` for options and content."""
    return dict(_measure([task], **options)[0])


def compare(before: tasks.Task, after: tasks.Task, **options: Any) -> dict[str, Any]:
    """The same images before and after a temperature: {"before", "after", "change"}; all three JSON, None = undefined.

    Options: subject, rule (of the bins), resamples, seed. "before" and "after" hold n, groups, interval ("patients" or
    "images"), subject, rule, and as {"value", "low", "high", "n"}, smaller is better in each:

    - ece: expected calibration error, the mean over images of |mean claim - share that was so| of their bin, 0 to 1
      (Naeini et al. 2015). Noise alone makes it larger than 0: "ece_by_chance" holds the mean and the 95 % quantile of
      what a perfectly calibrated model would show on these very claims, for images that err independently. For the
      same reason resamples lie too high; intervals of it are the reflected (basic) ones (Davison and Hinkley 1997),
      and reach down to 0 where chance alone could explain the value.
    - brier: half the sum over classes of (probability - truth)^2, so that of two classes it is the usual score of one
      probability, and 0 to 1 for any number of classes (Brier 1950).
    - log_loss: minus the mean logarithm of the probability of the true class, 0 and up.

    "change" is after less before, paired: the same resampled patients on both sides; negative is better.
    """
    results = _measure([before, after], **options)
    return dict(zip(("before", "after", "change"), results, strict=True))


def compute_chance_error(
    claims: Floats, bins: NDArray[np.int64], *, draws: int = CHANCE_DRAWS, seed: int = 0
) -> dict[str, float | None]:
    """ECE of a perfectly calibrated model with these claims (N,) and bins (N,): {"mean", "high"}, high = 95 % quantile.

    Parametric resampling: each image turns out so with exactly the claimed probability.
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


def say_unbounded(value: float, draws: Floats, units: int, n: int) -> dict[str, float | int | None]:
    """A figure that is no share, as {"value", "low", "high", "n"}: percentiles, widened where units are few.

    No interval from one unit, nor where all resamples agree: then they hold no trace of how uncertain it is.
    """
    if math.isnan(value):
        return {"value": None, "low": None, "high": None, "n": n}
    low, high = np.quantile(draws, [0.5 - intervals.LEVEL / 2, 0.5 + intervals.LEVEL / 2])
    if units < 2 or high - low < intervals.ROUNDING:
        return {"value": value, "low": None, "high": None, "n": n}
    stretch = 1.0
    if units < intervals.FEW_UNITS:
        student, normal = (
            special.stdtrit(units - 1, 0.5 + intervals.LEVEL / 2),
            special.ndtri(0.5 + intervals.LEVEL / 2),
        )
        stretch = float(student / normal) * math.sqrt(units / (units - 1))
    edges = {
        "low": min(value, value + stretch * float(low - value)),
        "high": max(value, value + stretch * float(high - value)),
    }
    return {"value": value, **edges, "n": n}


def _measure(
    compared: Sequence[tasks.Task],
    *,
    subject: reliability.Subject = "answer",
    rule: reliability.Rule = "mass",
    resamples: int = tasks.RESAMPLES,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """The measures of each of one or two tasks over the same images, and of two their difference."""
    task = compared[0]
    bins = [reliability.number_bins(reliability.read_claims(one, subject)[0], rule) for one in compared]
    terms = [_list_terms(one, subject, at) for one, at in zip(compared, bins, strict=True)]
    ends = np.cumsum([term.shape[1] for term in terms])[:-1].tolist()
    sums, sizes = reliability.sum_by_unit(task, np.hstack(terms)), reliability.sum_by_unit(task, np.ones((task.n, 1)))

    def compute(weights: Floats) -> Floats:
        totals = np.split(sums.T @ weights, ends)  # (terms, B) of each task
        scores = np.concatenate([_score(total) for total in totals])
        change = scores[3:] - scores[:3] if len(compared) == 2 else scores[:0]
        return np.concatenate([scores, change]) / np.maximum(sizes.T @ weights, 1.0)

    values = compute(np.ones((task.unit_count, 1)))[:, 0] if task.n else np.full(9, np.nan)
    draws = task.bootstrap(compute, resamples=resamples, seed=seed)
    about = {"n": task.n, "groups": task.groups, "interval": "patients" if task.by_patient else "images"}
    about |= {"subject": subject, "rule": rule}
    results: list[dict[str, Any]] = []
    for place, (one, at) in enumerate(zip(compared, bins, strict=True)):
        rows = slice(3 * place, 3 * place + 3)
        chance = compute_chance_error(reliability.read_claims(one, subject)[0], at, seed=seed)
        result = {**about, **_describe(task, values[rows], draws[rows]), "ece_by_chance": chance}
        if task.n and result["ece"]["value"] <= chance["high"]:
            result["ece"]["low"] = 0.0
        results.append(result)
    if len(compared) == 2:
        draws[6] = 2 * values[6] - draws[6]
        change = zip(SCORES, values[6:], draws[6:], strict=True)
        results.append({name: say_unbounded(float(v), d, task.unit_count, task.n) for name, v, d in change})
    return results


def _list_terms(task: tasks.Task, subject: reliability.Subject, bins: NDArray[np.int64]) -> Floats:
    """What each image adds to each score, (N, 2 + bins): Brier, log loss, and its gap in the column of its bin."""
    claims, so = reliability.read_claims(task, subject)
    truth = np.eye(task.class_count)[task.labels]
    brier = ((task.probabilities - truth) ** 2).sum(1) / 2
    of_truth = task.probabilities[np.arange(task.n), task.labels]
    loss = -np.log(np.clip(of_truth, deciding.SMALLEST, 1.0))
    gaps = np.zeros((task.n, int(bins.max(initial=0)) + 1))
    gaps[np.arange(task.n), bins] = so - claims
    return np.column_stack([brier, loss, gaps])


def _score(totals: Floats) -> Floats:
    """Sums of ECE, Brier score and log loss, (3, B), from sums of the terms, (2 + bins, B)."""
    return np.stack([np.abs(totals[2:]).sum(0), totals[0], totals[1]])


def _describe(task: tasks.Task, values: Floats, draws: Floats) -> dict[str, Any]:
    """The three scores, each with the interval that suits it."""
    if not task.n:
        return {name: {"value": None, "low": None, "high": None, "n": 0} for name in SCORES}
    ece, brier, loss = (float(value) for value in values)
    size = {"units": task.unit_count, "images": task.n}
    reflected = intervals.compute_percentile(ece, np.clip(2 * ece - draws[0], 0.0, 1.0), **size)
    plain = intervals.compute_percentile(brier, draws[1], **size)
    return {
        "ece": {"value": ece, "low": reflected.low, "high": reflected.high, "n": task.n},
        "brier": {"value": brier, "low": plain.low, "high": plain.high, "n": task.n},
        "log_loss": say_unbounded(loss, draws[2], task.unit_count, task.n),
    }

"""How often a model is wrong in each slice, how that differs from the rest, and what of it can be chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats: it takes two seconds to import, and pages must open at once

from core.results import slices
from core.statistics import differences, intervals, tasks, wilson

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ERROR, MISSED, FLAGGED = "error", "missed", "flagged"
MEASURES = (ERROR, MISSED, FLAGGED)
LEAST_IMAGES, LEAST_PATIENTS = 20, 3  # in a slice and in the rest, to be judged
FLIPS = 5000
FLIPS_EXACT = 12  # units up to which all sign changes are gone through
CHUNK_CELLS = 1_000_000
ALPHA = 0.05


@dataclass(frozen=True)
class Outcome:
    """Of which images a share is taken, and which of these are wrong: bool (N,) each; wrong is within counted."""

    counted: Bools
    wrong: Bools


def find_outcome(task: tasks.Task, measure: str) -> Outcome:
    """What a measure counts. All are shares of wrong answers, in [0, 1], smaller is better.

    "error": all images, wrong where the answer is not the label. "missed": images of the positive class, wrong where
    another is answered (1 - sensitivity). "flagged": the others, wrong where it is answered (1 - specificity).
    """
    answered = np.asarray(task.answers == task.positive)
    every = np.ones(task.n, dtype=bool)
    found = {
        ERROR: (every, np.asarray(task.answers != task.labels)),
        MISSED: (task.is_positive, task.is_positive & ~answered),
        FLAGGED: (~task.is_positive, ~task.is_positive & answered),
    }
    return Outcome(*found[measure])


def measure(
    task: tasks.Task,
    found: Sequence[slices.Slice],
    what: str = ERROR,
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A dict a slice, those that can be judged first, the worst of them first; JSON, None where not defined.

    found : slices of the images of the task. what : one of MEASURES; n and patients count its images only.

    Keys: "kind", "name", "place" (in `found`), "n", "patients" (None where they are not known), "rate" and "rest":
    Estimates of the share of wrong answers within and outside (the latter's interval only without patients);
    "difference": within less outside, in [-1, 1]; "judged": whether both have 20 images, and 3 patients where these are
    known; "p" (`compute_flips` where patients are known, else `compute_fisher`) and "p_corrected" (Holm, for the
    number of slices judged), None where not judged; "stands_out": corrected p below 0.05.

    Intervals: a jackknife over patients where they are known, else Wilson's and, of differences, Newcombe's (1998).
    """
    outcome = find_outcome(task, what)
    inside = _sum_by_unit(task, [one.mask & outcome.counted for one in found])  # (U, S)
    wrong = _sum_by_unit(task, [one.mask & outcome.wrong for one in found])
    whole, all_wrong = (_sum_by_unit(task, [mask]) for mask in (outcome.counted, outcome.wrong))  # (U, 1)
    figures = None
    if task.by_patient and found:

        def compute(weights: Floats) -> Floats:
            n, bad = weights.T @ inside, weights.T @ wrong  # (B, S)
            rate = _divide(bad, n)
            return np.concatenate([rate, rate - _divide(weights.T @ all_wrong - bad, weights.T @ whole - n)], axis=1).T

        figures = task.jackknife(compute)  # 2 S of them
    rows = []
    for place, one in enumerate(found):
        counts = _count(task, outcome, one.mask)
        mine = None if figures is None else (figures[place], figures[len(found) + place])
        rows.append({"kind": one.kind, "name": one.name, "place": place, **_describe(task, counts, mine)})
    _judge(task, outcome, found, rows, seed=seed)
    return sorted(rows, key=lambda row: (not row["judged"], -(row["rate"].value or 0.0), row["place"]))


def compute_flips(scores: Floats, *, flips: int = FLIPS, seed: int = 0) -> Floats:
    """Two-sided p of each column: could the scores of each unit as well have had the other sign?

    scores : (U, S), what unit u (patient, or image) adds to the covariance of slice s with being wrong, see
    `compute_scores`; without a relation their sum is near zero however much the images of a patient are correlated.
    All sign changes up to 12 units, else `flips` drawn ones and the one observed, so that p is at least 1 / (1 +
    flips). Returns (S,), in (0, 1]; 1 where all scores are zero.

    Flipping the signs of effective scores: Hemerik, Goeman and Finos 2020, Journal of the Royal Statistical Society B
    82:841-864; of whole clusters: Kline and Santos 2012, Journal of Econometric Methods 1:23-41.
    """
    units, count = scores.shape
    seen = np.abs(scores.sum(0)) - 1e-9 * np.abs(scores).sum(0)  # equal sums differ by rounding alone
    if units <= FLIPS_EXACT:
        signs = 2.0 * (np.arange(2**units)[:, np.newaxis] >> np.arange(units) & 1) - 1
        return np.asarray((np.abs(signs @ scores) >= seen).mean(0))
    random = np.random.default_rng(seed)
    reached = np.zeros(count)
    chunk = max(1, CHUNK_CELLS // units)
    for start in range(0, flips, chunk):
        signs = random.integers(0, 2, size=(min(chunk, flips - start), units), dtype=np.int8) * 2.0 - 1
        reached += (np.abs(signs @ scores) >= seen).sum(0)
    return (1 + reached) / (1 + flips)


def compute_fisher(outcome: Outcome, mask: Bools) -> float:
    """p of Fisher's exact test: of so many or few mistakes in a slice, if they were dealt to images at random.

    Two-sided: the chance of all numbers of mistakes in the slice that are no likelier than the one seen (Fisher 1935).
    It takes images as independent. 1 where no image is counted. mask : bool (N,).
    """
    images, bad = int(outcome.counted.sum()), int(outcome.wrong.sum())
    inside, seen = int((mask & outcome.counted).sum()), int((mask & outcome.wrong).sum())
    least = max(0, bad - (images - inside))
    counts = np.arange(least, min(bad, inside) + 1)

    def log_choose(n: int, k: NDArray[np.int64]) -> Floats:
        return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))

    logs = log_choose(bad, counts) + log_choose(images - bad, inside - counts)
    chances = special.softmax(logs)
    return min(1.0, float(chances[logs <= logs[seen - least] + 1e-7].sum()))


def can_stand_out(task: tasks.Task, judged: int) -> bool:
    """Whether there are patients enough for any of `judged` slices to stand out, were the model wrong only there."""
    return not task.by_patient or judged * 2.0 ** (1 - task.unit_count) < ALPHA


def compute_scores(task: tasks.Task, outcome: Outcome, masks: Sequence[Bools]) -> Floats:
    """(U, S): sum over a unit's counted images of (in the slice - share in it) x (wrong - share wrong).

    Its sum over all units is N times the covariance of the two. masks : S of bool (N,).
    """
    images = max(int(outcome.counted.sum()), 1)
    share_wrong = outcome.wrong.sum() / images
    residual = np.where(outcome.counted, outcome.wrong - share_wrong, 0.0)
    columns = [
        np.bincount(task.units, weights=(mask - (mask & outcome.counted).sum() / images) * residual) for mask in masks
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((task.unit_count, 0))


def correct(values: Sequence[float]) -> list[float]:
    """p values corrected for their number, in the order given (Holm 1979, Scandinavian Journal of Statistics 6:65-70).

    The chance of any false alarm among them stays below the level, however they depend on each other.
    """
    corrected, largest = [1.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = largest
    return corrected


def _sum_by_unit(task: tasks.Task, masks: Sequence[Bools]) -> Floats:
    """How many images of each unit are in each mask, (U, S)."""
    columns = [np.bincount(task.units[mask], minlength=task.unit_count) for mask in masks]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.zeros((task.unit_count, 0))


def _divide(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, NaN where there is nothing to divide by."""
    return np.asarray(np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0))


def _count(task: tasks.Task, outcome: Outcome, mask: Bools) -> list[dict[str, int]]:
    """Images, wrong ones and units within the slice and outside of it."""
    sides = []
    for side in (mask & outcome.counted, ~mask & outcome.counted):
        counted = {"n": int(side.sum()), "wrong": int((side & outcome.wrong).sum()), "units": task.count_units(side)}
        sides.append(counted)
    return sides


def _describe(
    task: tasks.Task,
    counts: Sequence[dict[str, int]],
    figures: tuple[intervals.Figure, intervals.Figure] | None,
) -> dict[str, Any]:
    """Rate, rest and difference with their intervals."""
    within, outside = counts
    rate, rest = (wilson.compute_wilson(side["wrong"], side["n"]) for side in counts)
    difference = differences.compute_apart(rest, rate)
    if figures is not None and rate.value is not None:
        rate = intervals.compute_share(figures[0], units=within["units"], images=within["n"])
        rest = msgspec.structs.replace(
            rest, low=None, high=None
        )  # Wilson's would take the images of a patient as independent
    if figures is not None and difference.value is not None:
        units, n = (min(within[what], outside[what]) for what in ("units", "n"))
        moved = differences.compute_from_figure(figures[1], units=units, n=n)
        difference = msgspec.structs.replace(moved, value=difference.value)
    enough = min(within["n"], outside["n"]) >= LEAST_IMAGES
    if task.by_patient:
        enough = enough and min(within["units"], outside["units"]) >= LEAST_PATIENTS
    return {
        "n": within["n"],
        "patients": within["units"] if task.by_patient else None,
        "rate": rate,
        "rest": rest,
        "difference": difference,
        "judged": enough,
        "p": None,
        "p_corrected": None,
        "stands_out": False,
    }


def _judge(
    task: tasks.Task, outcome: Outcome, found: Sequence[slices.Slice], rows: list[dict[str, Any]], *, seed: int
) -> None:
    """Test the slices that are large enough, and correct for how many these are."""
    judged = [row for row in rows if row["judged"]]
    masks = [found[row["place"]].mask for row in judged]
    if not masks:
        return
    if task.by_patient:
        chances = compute_flips(compute_scores(task, outcome, masks), seed=seed).tolist()
    else:
        chances = [compute_fisher(outcome, mask) for mask in masks]
    for row, chance, corrected in zip(judged, chances, correct(chances), strict=True):
        row.update(p=chance, p_corrected=corrected, stands_out=corrected < ALPHA)

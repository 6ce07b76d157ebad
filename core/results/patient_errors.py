"""Which patients a model fails: the share of wrong answers of each, and whether they differ by more than chance."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.results import slice_tests
from core.statistics import tasks, wilson

Counts = NDArray[np.int64]
DRAWS = 2000
ALPHA = 0.05


def measure(task: tasks.Task, groups: pd.Series, what: str = slice_tests.ERROR, *, seed: int = 0) -> dict[str, Any]:
    """Each patient's share of wrong answers, and how much the patients differ; JSON, None where not defined.

    groups : the patient of each image of the task, "" = not known (such images are left out). what : one of
    `slice_tests.MEASURES`; patients without an image that it counts are left out.

    Keys: "patients": a dict each, the largest share first: {"patient", "wrong", "share" (an Estimate of
    the wrong ones, with Wilson's interval within one patient), "judged" (20 images or more), "above" and "below": the
    interval leaves out the share of all}; "value" (that share), "n"; and those of `compute_spread`.
    """
    outcome = slice_tests.find_outcome(task, what)
    names = groups.fillna("").astype(str).to_numpy(dtype=object)
    counted = outcome.counted & (names != "")
    codes, distinct = pd.factorize(names[counted], sort=True)
    images = np.bincount(codes, minlength=len(distinct)).astype(np.int64)
    wrong = np.bincount(codes[outcome.wrong[counted]], minlength=len(distinct)).astype(np.int64)
    share = float(wrong.sum() / images.sum()) if len(distinct) else None
    rows = [
        _describe(str(name), int(bad), int(n), share)
        for name, bad, n in zip(distinct, wrong.tolist(), images.tolist(), strict=True)
    ]
    rows.sort(key=lambda row: (-row["share"].value, -row["share"].n, row["patient"]))
    return {
        "patients": rows,
        "value": share,
        "n": int(images.sum()),
        **compute_spread(wrong, images, seed=seed),
    }


def _describe(name: str, wrong: int, n: int, share: float | None) -> dict[str, Any]:
    found = wilson.compute_wilson(wrong, n)
    low, high = found.ends or (0.0, 1.0)
    return {
        "patient": name,
        "wrong": wrong,
        "share": found,
        "judged": n >= slice_tests.LEAST_IMAGES,
        "above": share is not None and low > share,
        "below": share is not None and high < share,
    }


def compute_spread(wrong: Counts, images: Counts, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Any]:
    """Whether some patients are harder than others: {"overdispersion", "spread", "p"}, None where not defined.

    wrong, images : int (U,), of each patient; images >= 1.
    overdispersion : Pearson's chi-square over its degrees of freedom; 1 = as far apart as chance alone would put them.
    spread : standard deviation of the patients' true shares, in [0, 0.5]: what is left when chance is taken away, by
        the method of moments (Kleinman 1973, Journal of the American Statistical Association 68:46-54).
    p : of so large a chi-square if the same mistakes were dealt at random over all images (exact but for the draws;
        also where patients have few images, or few mistakes).
    """
    total, bad = int(images.sum()), int(wrong.sum())
    if len(images) < 2 or not 0 < bad < total:
        return {"overdispersion": None, "spread": None, "p": None}
    share = bad / total
    seen = float(_chi_square(wrong, images, share))
    free = len(images) - 1
    pairs = total - float((images.astype(float) ** 2).sum()) / total - free  # 0 where each has a single image
    excess = (seen - free) * share * (1 - share) / pairs if pairs > 0 else None
    random = np.random.default_rng(seed)
    dealt = random.multivariate_hypergeometric(images, bad, size=draws, method="marginals")
    reached = int((_chi_square(dealt, images, share) >= seen * (1 - 1e-9)).sum())
    return {
        "overdispersion": seen / free,
        "spread": None if excess is None else min(0.5, math.sqrt(max(0.0, excess))),
        "p": (1 + reached) / (1 + draws),
    }


def _chi_square(wrong: Counts, images: Counts, share: float) -> NDArray[np.float64]:
    """Pearson's chi-square of equal shares, over the last axis."""
    expected = images * share
    return np.asarray(((wrong - expected) ** 2 / (expected * (1 - share))).sum(-1))


def say_spread(measured: dict[str, Any]) -> str:
    """Whether the patients differ, in a sentence or two, with n."""
    patients = len(measured["patients"])
    sample = f"{measured['n']:,} images of {patients:,} patient{'s' if patients != 1 else ''}"
    if measured["p"] is None:
        return f"Whether patients differ cannot be said from {sample}."
    if measured["p"] >= ALPHA:
        return (
            f"The {sample} do not differ by more than chance would make them (p = {measured['p']:.2f}): nothing says "
            "that some patients are harder than others, though a small difference may have been overlooked."
        )
    chance = "p < 0.001" if measured["p"] < 0.001 else f"p = {measured['p']:.3f}"
    return (
        f"Patients differ by more than chance ({chance}; {sample}): the variance of their shares is "
        f"{measured['overdispersion']:.1f} times what chance gives. With chance taken away, the share of a "
        f"typical patient is {100 * measured['spread']:.1f} points from the mean of {100 * measured['value']:.1f} %."
    )

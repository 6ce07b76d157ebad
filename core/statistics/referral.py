"""Which cases go to a person: how much fewer errors there are among the answers if the least sure images are referred.

Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks"; El-Yaniv and Wiener 2010. How sure a
model is of an answer is `deciding.compute_confidence`, in log odds of its own probabilities; a case goes to a person
where that lies below a limit. A temperature does not touch it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.statistics import decision_rule, estimate, intervals, reliability, tasks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_IMAGES = 100
LEAST_REFERRED = 10  # a limit between the few least sure images of a sample is chance
ALIKE = 1e-6  # log odds nearer than this are the same on another machine


def choose_limit(task: tasks.Task, threshold: float | None, share: float) -> float:
    """The limit below which `share` (0 to 1) of these images would be referred; give it the validation images.

    It is midway between the confidences of neighbours; equally sure images stay on one side, so that the share that is
    referred is the nearest possible one. Raises ValidationNotEnough for fewer than 100 images, fewer than 10 referred,
    or where the images are too much alike to be parted.
    """
    if task.n < LEAST_IMAGES:
        _refuse(f"at least {LEAST_IMAGES} validation images", f"{task.n}", "Train with a larger validation share.")
    wanted = round(share * task.n)
    if wanted < LEAST_REFERRED:
        least = int(np.ceil(100 * LEAST_REFERRED / task.n))
        found = f"{wanted} of {task.n:,}"
        _refuse(f"at least {LEAST_REFERRED} validation images to refer", found, f"Choose {least} % or more.")
    confidence = np.sort(decision_rule.compute_confidence(task.probabilities, task.positive, threshold))
    gaps = np.flatnonzero(confidence[1:] > confidence[:-1] + ALIKE) + 1  # how many images lie below each gap
    gaps = gaps[(gaps >= LEAST_REFERRED) & np.isfinite(confidence[gaps])]
    if not len(gaps):
        _refuse("images of which the model is differently sure", "the same confidence for nearly all", "Refer none.")
    below = int(gaps[np.abs(gaps - wanted).argmin()])
    return float((confidence[below - 1] + confidence[below]) / 2)


def measure(task: tasks.Task, threshold: float | None, limit: float) -> dict[str, Any]:
    """What referring below `limit` does on these images: JSON but for its Estimates.

    referred : share of all images that goes to a person. error : share of the answered ones that is wrong; error_all :
    of all, if none were referred. caught : share of the wrong answers that is referred. sensitivity, specificity : of
    the answered images, the positive class against the rest. by_class : class name -> share of its images that is
    referred. Intervals over patients where they are known, else Wilson.
    """
    refers = decision_rule.compute_confidence(task.probabilities, task.positive, threshold) < limit
    wrong, flagged, positive = task.answers != task.labels, task.answers == task.positive, task.is_positive
    everything = np.ones(task.n, dtype=bool)
    shares: dict[str, tuple[Bools, Bools]] = {
        "referred": (refers, everything),
        "error": (wrong, ~refers),
        "error_all": (wrong, everything),
        "caught": (refers, wrong),
        "sensitivity": (flagged, positive & ~refers),
        "specificity": (~flagged, ~positive & ~refers),
    }
    of_class = {name: (refers, task.labels == label) for label, name in enumerate(task.class_names)}
    # Class names may be any words, so they are numbered.
    numbered = {f"class {place}": pair for place, pair in enumerate(of_class.values())}
    found = measure_shares(task, {**shares, **numbered})
    return {
        "n": task.n,
        "groups": task.groups,
        "interval": "patients" if task.by_patient else "images",
        "positive_class": task.class_names[task.positive],
        **{name: found[name] for name in shares},
        "by_class": dict(zip(of_class, (found[name] for name in numbered), strict=True)),
    }


def find_favoured(by_class: Mapping[str, estimate.Estimate]) -> str | None:
    """The class that is clearly referred most: its interval lies above that of the least; None where none does."""
    known = {name: found for name, found in by_class.items() if found.ends}
    if len(known) < 2:
        return None
    most, least = (choose(known, key=lambda name: known[name].value or 0.0) for choose in (max, min))
    return most if (known[most].low or 0.0) > (known[least].high or 0.0) else None


def measure_shares(task: tasks.Task, shares: Mapping[str, tuple[Bools, Bools]]) -> dict[str, estimate.Estimate]:
    """Of each (part, whole), both bool (N,): the share of `whole` that is in `part`, with its interval."""
    wholes = np.column_stack([whole for _, whole in shares.values()])
    parts = np.column_stack([part & whole for part, whole in shares.values()])
    sums = reliability.sum_by_unit(task, np.hstack([wholes, parts]))
    figures = task.jackknife(lambda weights: reliability.divide(sums.T @ weights))
    return {
        name: intervals.compute_proportion(
            figures[place], units=task.count_units(whole), images=int(whole.sum()), by_patient=task.by_patient
        )
        for place, (name, (_, whole)) in enumerate(shares.items())
    }


def _refuse(expected: str, found: str, todo: str) -> None:
    raise errors.ValidationNotEnough(expected=expected, found=found, where="the limit for referring", todo=todo)

"""One number that makes a network as sure as it deserves to be, fitted on validation images.

Temperature scaling: the log odds are divided by T, T > 1 for a network that is too sure of itself (Guo et al. 2017,
"On Calibration of Modern Neural Networks"). It moves no answer: the order of the classes stays, and a threshold is
kept on the scale of the model's own probability.
"""

import dataclasses
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.base import errors
from core.statistics import decision_rule, intervals, reliability, tasks

Floats = NDArray[np.float64]
COLDEST, HOTTEST = 0.05, 20.0
LEAST_IMAGES = 100
AROUND, STEPS = 4.0, 161  # of the grid on which temperatures of fewer patients are found: from T / 4 to T * 4
HALVINGS = 60


@dataclasses.dataclass(frozen=True)
class Fit:
    """A temperature and what it was fitted on.

    low, high : 95 % interval (over patients where they are known), None where nothing can be said.
    log_loss_before, log_loss_after : mean over the images it was fitted on, smaller is better.
    """

    temperature: float
    low: float | None
    high: float | None
    n: int
    groups: int
    log_loss_before: float
    log_loss_after: float

    @property
    def rests_on_few(self) -> bool:
        """Whether patients are known and so few that the temperature may be theirs alone."""
        return 0 < self.groups < intervals.FEW_UNITS

    def describe(self) -> dict[str, Any]:
        """As JSON, for the manifest."""
        return dataclasses.asdict(self)


def soften(task: tasks.Task, temperature: float) -> tasks.Task:
    """The same images and answers with the probabilities after `temperature`."""
    return dataclasses.replace(task, probabilities=decision_rule.apply_temperature(task.probabilities, temperature))


def fit_temperature(task: tasks.Task) -> Fit:
    """The temperature with the least log loss on these images; give it the validation images.

    Raises ValidationNotEnough for fewer than 100 images, a single class, only right answers, or where the least log
    loss lies outside 0.05 to 20.
    """
    _require_enough(task)
    fit = fit_weighted(task, np.ones(task.n))
    if fit is None:
        _refuse(f"a least log loss for a temperature from {COLDEST} to {HOTTEST:g}", "none inside", task)
    return fit


def fit_weighted(task: tasks.Task, weights: Floats) -> Fit | None:
    """The same where each image counts for as many as it stands for; None where the least lies outside 0.05 to 20.

    Log loss is convex in 1 / T, so that its slope changes sign once, and halving finds where. weights : (N,), > 0,
    N >= 1.
    """
    logs = np.log(np.clip(task.probabilities, decision_rule.SMALLEST, 1.0))
    below, above = 1 / HOTTEST, 1 / COLDEST
    if _slopes(logs, task.labels, below) @ weights >= 0 or _slopes(logs, task.labels, above) @ weights <= 0:
        return None
    for _ in range(HALVINGS):
        middle = float(np.sqrt(below * above))
        if _slopes(logs, task.labels, middle) @ weights < 0:
            below = middle
        else:
            above = middle
    temperature = 1 / float(np.sqrt(below * above))
    low, high = _bound(task, logs, temperature, weights)
    losses = (_mean_loss(logs, task.labels, coldness, weights) for coldness in (1.0, 1 / temperature))
    return Fit(temperature, low, high, task.n, task.groups, *losses)


def _require_enough(task: tasks.Task) -> None:
    if task.n < LEAST_IMAGES:
        _refuse(f"at least {LEAST_IMAGES} validation images", f"{task.n}", task)
    if len(np.unique(task.labels)) < 2:
        _refuse("validation images of at least two classes", f"only {task.class_names[task.labels[0]]}", task)
    if (task.probabilities.argmax(1) == task.labels).all():
        # Then each halving of T makes every probability righter: nothing says where to stop.
        _refuse("some wrong answer on the validation images", f"{task.n:,} of {task.n:,} right", task)


def _refuse(expected: str, found: str, task: tasks.Task) -> NoReturn:
    raise errors.ValidationNotEnough(
        expected=expected,
        found=found,
        where=f"the temperature of {', '.join(task.class_names[:3])}",
        todo="Train with a larger validation share; until then the probabilities stay the network's own.",
    )


def _slopes(logs: Floats, labels: NDArray[np.int64], coldness: float) -> Floats:
    """Slope of each image's log loss in 1 / T at 1 / T = coldness, (N,): mean log p under softmax, less the true one.

    logs : log probabilities (N, K).
    """
    mean = (special.softmax(logs * coldness, axis=1) * logs).sum(1)
    return np.asarray(mean - logs[np.arange(len(labels)), labels])


def _mean_loss(logs: Floats, labels: NDArray[np.int64], coldness: float, weights: Floats) -> float:
    losses = -special.log_softmax(logs * coldness, axis=1)[np.arange(len(labels)), labels]
    return float(np.average(losses, weights=weights))


def _bound(task: tasks.Task, logs: Floats, temperature: float, weights: Floats) -> tuple[float | None, float | None]:
    """95 % interval of the temperature over units; (None, None) from a single one.

    The slope is a sum over images: on a grid of temperatures, that of all samples is one product of matrices.
    """
    grid = np.geomspace(1 / (temperature * AROUND), AROUND / temperature, STEPS)  # of 1 / T, rising
    slopes = np.stack([_slopes(logs, task.labels, float(coldness)) for coldness in grid], axis=1)
    sums = reliability.sum_by_unit(task, slopes * weights[:, None])  # (U, STEPS)

    def find(there: Floats) -> Floats:
        drawn = (sums.T @ there).T  # (B, STEPS), rising along the grid
        after = np.clip((drawn < 0).sum(1), 1, STEPS - 1)
        rows = np.arange(len(drawn))
        left, right = drawn[rows, after - 1], drawn[rows, after]
        part = np.clip(np.divide(-left, right - left, out=np.zeros_like(left), where=right > left), 0.0, 1.0)
        return np.asarray((1 / (grid[after - 1] * (grid[after] / grid[after - 1]) ** part))[None])

    left_out = task.jackknife(find).left_out[0]
    found = intervals.compute_positive(intervals.Figure(temperature, left_out), units=task.unit_count, n=task.n)
    return found.low, found.high

"""What acting on a model is worth: decision curves, with axes in plain words.

Vickers and Elkin 2006, "Decision curve analysis"; benefit and preference as axes: Vickers, van Calster and Steyerberg
2019, "A simple, step-by-step guide to interpreting decision curve analysis".
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special

from core.statistics import intervals, tasks

Floats = NDArray[np.float64]

# False alarms that one would accept for one image found: 9 of them mean flagging from a probability of 1 / 10 on.
PREFERENCES = (99.0, 49.0, 19.0, 9.0, 4.0, 3.0, 2.0, 1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 9, 1 / 19)
STEP = 0.125  # log odds between points of the curve
SAME = 1e-7  # probabilities that differ by the rounding of float32 alone
COLUMNS = ["probability", "alarms", "model", "model_low", "model_high", "answers", "answers_low", "answers_high", "all"]
COLUMNS += ["over", "gain", "gain_low", "gain_high"]


@dataclass(frozen=True)
class Curve:
    """Net benefit at each preference, of flagging by the model, all images, or none (whose benefit is 0).

    table : one row a preference, probability rising, with the columns
        probability: the threshold p, in (0, 1): images are flagged from this probability of the positive class on;
        alarms: (1 - p) / p, the false alarms that one would accept for one image found;
        model, model_low, model_high: net benefit of flagging so, with its 95 % interval;
        answers, answers_low, answers_high: of the answers as they are now, whatever one prefers;
        all: of flagging every image; over: the better of "all" and "none" by its value;
        gain, gain_low, gain_high: the model's net benefit less that of `over`, on the same samples.
        Net benefit is a share of images: found ones less false alarms, each of which counts as p / (1 - p) found
        ones; at most the prevalence, larger is better. Bounds are NaN where nothing can be said. Empty table where the
        sample lacks the positive class or all others.
    prevalence : share of the positive class that this is about. sample_prevalence : that of the images (or None).
    n, positives, groups : images, those of the positive class, and known patients. by_patient : whether the intervals
        count these.
    """

    table: pd.DataFrame
    prevalence: float | None
    sample_prevalence: float | None
    n: int
    positives: int
    groups: int
    by_patient: bool


def net_benefit(
    sensitivity: ArrayLike, false_alarms: ArrayLike, prevalence: ArrayLike, probability: ArrayLike
) -> Floats:
    """prevalence x sensitivity - (1 - prevalence) x false alarms x p / (1 - p); shapes broadcast.

    sensitivity, false_alarms (= 1 - specificity), prevalence : in [0, 1]. probability p : the threshold, in [0, 1).
    """
    share, p = np.asarray(prevalence), np.asarray(probability)
    return np.asarray(share * np.asarray(sensitivity) - (1 - share) * np.asarray(false_alarms) * p / (1 - p))


def list_probabilities() -> Floats:
    """The threshold probabilities of a curve, rising: all of PREFERENCES, and even steps of log odds between."""
    exact = 1 / (1 + np.array(PREFERENCES))
    ends = special.logit([exact.min(), exact.max()])
    steps = special.expit(np.arange(ends[0], ends[1], STEP))
    far = np.abs(special.logit(steps)[:, None] - special.logit(exact)).min(1) > STEP / 4
    return np.asarray(np.sort(np.append(steps[far], exact)))


def shift(probability: ArrayLike, before: float, after: float) -> Floats:
    """A probability at one prevalence as what it means at another, by Bayes' rule (Saerens et al. 2002).

    before, after : in (0, 1). The likelihood of the image stays; only the odds of the class move.
    """
    move = float(special.logit(after) - special.logit(before))
    return np.asarray(special.expit(special.logit(np.asarray(probability, dtype=np.float64)) + move))


def compute_curve(task: tasks.Task, *, prevalence: float | None = None) -> Curve:
    """The decision curve of the positive class against the rest, with pointwise bands over units.

    task : with probabilities as they are to be acted on, after the temperature where one is kept: a threshold means
        what it says only for calibrated ones. Its answers make the curve "answers".
    prevalence : in (0, 1); None = the sample's own, which varies with the units. For another, images of the
        positive class and the others are weighed to it, and the probabilities are shifted to it.
    """
    count, positives = task.n, int(task.is_positive.sum())
    own = positives / count if count else None
    about = (own, count, positives, task.groups, task.by_patient)
    if own is None or positives in (0, count):
        return Curve(pd.DataFrame(columns=COLUMNS, dtype=float), prevalence or own, *about)
    steps = list_probabilities()
    levels = steps if prevalence is None else shift(steps, prevalence, own)
    statistic = _build_statistic(task, levels)
    found = _Rates(task, task.jackknife(statistic), prevalence)
    return Curve(_tabulate(steps, found), own if prevalence is None else prevalence, *about)


def _build_statistic(task: tasks.Task, levels: Floats) -> intervals.Statistic:
    """Sensitivity at each level and of the answers, false alarms likewise, and prevalence: (2 G + 3, B)."""
    steps = np.searchsorted(levels, task.scores + SAME, side="right")  # how many levels each image reaches
    flagged = task.answers == task.positive
    shape = (len(levels) + 2, task.unit_count)
    sides = []
    for chosen in (task.is_positive, ~task.is_positive):
        both = chosen & flagged
        rows = np.append(steps[chosen], np.full(int(both.sum()), len(levels) + 1))  # the last row is of the answers
        columns = np.append(task.units[chosen], task.units[both])
        # Few entries, one or two an image, so that also thousands of units are quickly added up.
        sides.append(sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape))

    def count(side: Any, weights: Floats) -> Floats:
        """Images at or above each level, those flagged by the answers, and all, (G + 2, B)."""
        sums = side @ weights
        reached = sums[:-1][::-1].cumsum(0)[::-1]
        return np.concatenate([reached[1:], sums[-1:], reached[:1]])

    def compute(weights: Floats) -> Floats:
        found, alarms = (count(side, weights) for side in sides)
        return np.concatenate([_share(found), _share(alarms), found[-1:] / (found[-1:] + alarms[-1:])])

    return compute


def _share(sums: Floats) -> Floats:
    """All rows by the last one, which is left out; NaN where that is 0."""
    whole = sums[-1:]
    return np.asarray(np.divide(sums[:-1], whole, out=np.full_like(sums[:-1], np.nan), where=whole > 0))


@dataclass(frozen=True)
class _Rates:
    """figures : of the statistic, (2 G + 3,). prevalence : None = the sample's own."""

    task: tasks.Task
    figures: intervals.Jackknife
    prevalence: float | None

    @property
    def size(self) -> int:
        return len(self.figures.values) // 2

    @property
    def share(self) -> float:
        return self.figures[-1].value if self.prevalence is None else self.prevalence

    def _weigh(self, found: intervals.Figure, alarms: intervals.Figure, probability: float) -> intervals.Figure:
        value = net_benefit(found.value, alarms.value, self.share, probability)
        # A sample without the class has nothing to find, and one of nothing else no false alarm to raise.
        some, false = (one.left_out if self.prevalence else np.nan_to_num(one.left_out) for one in (found, alarms))
        shares = self.prevalence or self.figures.left_out[-1]
        return intervals.Figure(float(value), net_benefit(some, false, shares, probability))

    def worth(self, place: int, probability: float) -> intervals.Figure:
        """Net benefit of flagging as at this place."""
        return self._weigh(self.figures[place], self.figures[self.size + place], probability)

    def worth_of_all(self, probability: float) -> intervals.Figure:
        """Net benefit of flagging every image."""
        every = intervals.Figure(1.0, np.ones(self.figures.left_out.shape[1]))
        return self._weigh(every, every, probability)

    def find_room(self, row: int) -> tuple[float, float]:
        """How far a rate that no unit moves may yet lie below and above: 24 patients without a false alarm do not
        rule one out. (0, 0) for rates that they move."""
        figure = self.figures[row]
        if figure.variance > 0:
            return 0.0, 0.0
        side = self.task.is_positive if row < self.size else ~self.task.is_positive
        rate = intervals.compute_bounded(figure, units=self.task.count_units(side), n=int(side.sum()))
        low, high = rate.ends or (0.0, 1.0)
        return figure.value - low, high - figure.value


def _tabulate(steps: Floats, rates: _Rates) -> pd.DataFrame:
    """The table of `Curve`."""
    rows: list[tuple[Any, ...]] = []
    rooms = [rates.find_room(row) for row in range(2 * rates.size)]
    answers = rates.size - 1
    for place, p in enumerate(steps.tolist()):
        found, false = rates.share, (1 - rates.share) * p / (1 - p)  # what a rate of 1 is worth
        lines = []
        for at in (place, answers):
            # Independent parts add up in squares (Zou and Donner 2008).
            down = math.hypot(found * rooms[at][0], false * rooms[rates.size + at][1])
            up = math.hypot(found * rooms[at][1], false * rooms[rates.size + at][0])
            lines.append((rates.worth(at, p), down, up))
        (model, down, up), of_all = lines[0], rates.worth_of_all(p)
        gain = model - of_all if of_all.value > 0 else model
        bounds = [_bound(rates.task, *line) for line in (*lines, (gain, down, up))]
        over = "all" if of_all.value > 0 else "none"
        rows.append((p, (1 - p) / p, *bounds[0], *bounds[1], of_all.value, over, *bounds[2]))
    return pd.DataFrame(rows, columns=COLUMNS)


def _bound(task: tasks.Task, figure: intervals.Figure, down: float, up: float) -> tuple[float, float, float]:
    """Value, low and high (NaN: nothing can be said). down, up : how far unmoved rates may yet take it."""
    value = figure.value
    if math.isnan(figure.variance):
        return value, np.nan, np.nan
    low, high = intervals.compute_free(figure, units=task.unit_count, n=task.n).ends or (value, value)
    return value, value - float(np.hypot(value - low, down)), value + float(np.hypot(high - value, up))


def find_row(curve: Curve, alarms: float) -> dict[str, Any] | None:
    """The point of the curve at one of PREFERENCES, column -> value, undefined bounds None; None without a curve."""
    if curve.table.empty:
        return None
    nearest = int(np.abs(curve.table["alarms"].to_numpy() - alarms).argmin())
    row = curve.table.iloc[nearest].to_dict()
    return {str(name): None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()}


def find_better(curve: Curve) -> list[tuple[float, float]]:
    """Stretches of preferences over which the model is surely worth more than flagging all or none, as false alarms
    for one found, from and to: those whose interval of the gain lies above 0, one point at a time."""
    surely = (curve.table["gain_low"] > 0).to_numpy()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], surely, [False]]).astype(int)))
    alarms = curve.table["alarms"].to_numpy()
    return [(float(alarms[start]), float(alarms[stop - 1])) for start, stop in edges.reshape(-1, 2)]

"""How often 95 % intervals hold the truth: invented studies of 6 to 40 patients, judged by the product's functions.

`python -m tests.benchmarks.bench_coverage 1000` prints the table of docs/decisions/0006 (a study takes some 30 ms).
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.statistics import calibration, estimate, measures, metrics, paired_comparison, prevalence, reliability, tasks
from tests.benchmarks import common

PATIENTS = (6, 12, 24, 40)
STUDIES = 150  # of each kind and number of patients
POPULATION = 8000  # patients, of which the truth is taken
GOAL = 0.92
RARE = 0.05
NAMES = ("ill", "well")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """How well a model tells images apart, and how patients differ: shift of their scores, and in skill (log)."""

    name: str
    skill: float
    shift: float
    unlike: float


# Shares of wrong answers 19, 7, 4 and 1 %; between patients they spread by 0.6 to 1.7 times that. The cells of the real
# malaria set lie between: 2.8 to 5.8 % wrong, spread by 0.4 to 0.9 times that (in the infected ones to 1.3 times).
KINDS = (Kind("81 %", 3.2, 0.6, 0.35), Kind("93 %", 6.0, 0.3, 0.25), Kind("96 %", 7.5, 0.22, 0.2))
NEARLY_PERFECT = Kind("98.8 %", 10.0, 0.16, 0.16)
HARSH = Kind("97.8 %, one patient in twenty fails", 12.0, 0.35, 0.35)
EVERY = (*KINDS, NEARLY_PERFECT)


class Held(NamedTuple):
    """Whether an interval held the truth, and which level it says of itself."""

    inside: bool
    level: str


def draw_study(random: np.random.Generator, patients: int, kind: Kind) -> list[tasks.Task]:
    """Two models on the images of some patients: 12 to 450 each, a third of the patients all ill, a tenth all well."""
    sizes = np.clip(np.exp(random.normal(np.log(95), 0.65, patients)), 12, 450).astype(np.int64)
    units = np.repeat(np.arange(patients), sizes)
    sort = random.random(patients)
    share = np.where(sort < 0.3, 1.0, np.where(sort < 0.4, 0.0, random.beta(2, 2, patients)))
    ill = random.random(len(units)) < share[units]
    skill, shift = np.exp(random.normal(0, kind.unlike, patients)), random.normal(0, kind.shift, patients)
    noise = random.logistic(0, 0.7, len(units))  # an image is hard for both models
    both = []
    for gain in (1.0, 1.12):
        mine = skill * np.exp(random.normal(0, 0.1, patients)) * gain
        moved = (shift + random.normal(0, 0.25 * kind.shift / 0.6, patients)) * kind.skill / 3
        scores = np.where(ill, 0.5, -0.5) * kind.skill * mine[units] + moved[units]
        chance = special.expit(1.5 * (scores + noise + random.logistic(0, 0.7, len(units))))
        both.append(_as_task(ill, chance, units))
    return both


def _as_task(ill: NDArray[np.bool_], chance: Floats, units: NDArray[np.int64]) -> tasks.Task:
    probabilities = np.column_stack([chance, 1 - chance])
    return tasks.Task(
        labels=(~ill).astype(np.int64),
        probabilities=probabilities,
        answers=probabilities.argmax(1),
        units=units,
        groups=int(units.max()) + 1,
        by_patient=True,
        class_names=NAMES,
        positive=0,
    )


def find_truth(kind: Kind) -> dict[str, float]:
    """What the figures are over very many patients."""
    both = draw_study(np.random.default_rng(1), POPULATION, kind)
    values = [_measure_values(task) for task in both]
    differences = {
        f"{name}, difference": values[1][name] - values[0][name] for name in ("accuracy", "sensitivity", "AUC")
    }
    task = both[0]
    claims, so = reliability.read_claims(task, "answer")
    bins = reliability.number_bins(claims, "mass")
    ece = float(np.abs(np.bincount(bins, so - claims)).sum()) / task.n
    return {**values[0], **differences, "ECE": ece, "AUC, DeLong of 9": differences["AUC, difference"]}


def _measure_values(task: tasks.Task) -> dict[str, float]:
    confusion, truth = task.confusion, task.probabilities[np.arange(task.n), task.labels]
    area, precision = (find(task.is_positive, task.scores) for find in (metrics.auc, metrics.average_precision))
    rates = metrics.sensitivity(confusion, 0), metrics.specificity(confusion, 0)
    return {
        "accuracy": float(metrics.accuracy(confusion)),
        "sensitivity": float(rates[0]),
        "PPV": float(metrics.ppv(confusion, 0)),
        "PPV at 5 %": float(prevalence.predictive_values(*rates, RARE)[0]),
        "F1": float(metrics.f1(confusion, 0)),
        "MCC": float(metrics.mcc(confusion)),
        "AUC": float(area),
        "average precision": float(precision),
        "Brier score": float(((1 - truth) ** 2).mean()),
        "log loss": float(-np.log(np.clip(truth, 1e-7, 1)).mean()),
    }


def judge_study(random: np.random.Generator, patients: int, kind: Kind) -> dict[str, dict[str, Any]]:
    """The intervals of one study, as the product gives them: figure -> {"low", "high", maybe "level"}."""
    one, other = draw_study(random, patients, kind)
    found, sure = measures.measure(one), calibration.measure(one)
    named: dict[str, estimate.Estimate] = {
        "accuracy": found["accuracy"],
        "sensitivity": found["sensitivity"],
        "PPV": found["ppv"],
        "F1": found["f1"],
        "MCC": found["mcc"],
        "AUC": found["auc"],
        "average precision": found["average_precision"],
        "ECE": sure["ece"],
        "Brier score": sure["brier"],
        "log loss": sure["log_loss"],
        "PPV at 5 %": prevalence.compute_predictive_values(prevalence.measure_rates(one, None), RARE)["ppv"],
    }
    both = paired_comparison.compare(one, other)["metrics"]
    for name, key in (("accuracy", "accuracy"), ("sensitivity", "sensitivity"), ("AUC", "auc")):
        named[f"{name}, difference"] = both[key].difference
    nine = draw_study(random, 9, kind)
    written = {name: one.to_json() for name, one in named.items()}
    return {**written, "AUC, DeLong of 9": paired_comparison.compare(*nine)["delong"]}


def count_kind(job: tuple[Kind, int]) -> dict[tuple[str, int, str], list[Held]]:
    """(figure, patients, kind) -> what each study's intervals held, of one kind of model."""
    kind, studies = job
    truth, held = find_truth(kind), defaultdict(list)
    for patients in PATIENTS:
        random = np.random.default_rng(patients)
        for _ in range(studies):
            for name, ends in judge_study(random, patients, kind).items():
                if ends["low"] is not None:
                    inside = ends["low"] <= truth[name] <= ends["high"]
                    held[name, patients, kind.name].append(Held(bool(inside), ends.get("level", "")))
    return dict(held)


def count_all(kinds: tuple[Kind, ...], studies: int) -> dict[tuple[str, int, str], list[Held]]:
    """`count_kind` of all, on all cores but at most four."""
    jobs = [(kind, studies) for kind in kinds]
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return {key: held for found in pool.map(count_kind, jobs) for key, held in found.items()}


def measure() -> list[dict[str, Any]]:
    """A row a figure, over all kinds of models."""
    began = time.monotonic()
    held = count_all(EVERY, STUDIES)
    spent = time.monotonic() - began
    rows = []
    for name in dict.fromkeys(name for name, _, _ in held):
        shares = _share_by_patients(held, name)
        rows.append(
            common.row(
                f"(r) 95 % intervals that hold the truth, of 100 studies of 6, 12, 24, 40 patients: {name}",
                ours=", ".join(f"{100 * share:.0f}" for share in shares),
                plain="–",
                ratio=min(shares) / GOAL,
                goal=f"{100 * GOAL:.0f} or more",
                holds=all(round(share, 2) >= GOAL for share in shares),
                note=f"{len(EVERY) * STUDIES} studies each, all in {spent:.0f} s" if name == "accuracy" else "",
            )
        )
    return rows


def _share_by_patients(held: dict[tuple[str, int, str], list[Held]], name: str) -> list[float]:
    """Of the studies with so many patients, the share that held; those that say another level left out."""
    shares = []
    for patients in PATIENTS:
        known = [
            one.inside
            for (of, n, _), every in held.items()
            if (of, n) == (name, patients)
            for one in every
            if not one.level
        ]
        shares.append(float(np.mean(known)))
    return shares


def _list_lines(held: dict[tuple[str, int, str], list[Held]]) -> Iterator[str]:
    kinds = list(dict.fromkeys(kind for _, _, kind in held))
    yield "| figure | " + " | ".join(kinds) + " |"
    yield "|---|" + "---|" * len(kinds)
    for name in dict.fromkeys(name for name, _, _ in held):
        cells = [" ".join(_say_share(held[name, patients, kind]) for patients in PATIENTS) for kind in kinds]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _say_share(held: list[Held]) -> str:
    """Per cent; with a star where most of the intervals say that it is about 90 %."""
    star = "*" if 2 * sum(bool(one.level) for one in held) > len(held) else ""
    return f"{100 * float(np.mean([one.inside for one in held])):.0f}{star}"


if __name__ == "__main__":
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES
    print("\n".join(_list_lines(count_all((*EVERY, HARSH), studies))))

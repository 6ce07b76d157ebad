"""How often the interval of a corrected share holds the truth: invented models, judged on invented patients, asked
about the smear of a patient that nobody has met.

`python -m tests.benchmarks.bench_smears 200` prints the table of docs/decisions/0032.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.statistics import corrected_share, unit_rates
from tests.benchmarks import common

PATIENTS = (20, 40, 160)
CELLS = (50, 200, 1000)
SHARES = (0.0, 0.01, 0.03, 0.1, 0.2, 0.5)
STUDIES = 40  # of each kind and number of patients
LOW, HIGH = 0.92, 0.97
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A model: its rates over all patients, and how patients differ from each other.

    correlation : of cells of one patient, 0 = patients are alike. harsh : one patient in ten has four times the errors.
    """

    sensitivity: float
    specificity: float
    correlation: float
    harsh: bool = False

    def draw(self, random: np.random.Generator, wrong: float, patients: int) -> Floats:
        """The share of wrong answers of some patients, where `wrong` is that of all: (patients,)."""
        means = np.full(patients, wrong)
        if self.harsh:
            means = np.where(random.random(patients) < 0.1, 4.0, 1.0) * wrong / 1.3
        if not self.correlation:
            return means
        spread = 1 / self.correlation - 1
        return np.asarray(random.beta(means * spread, (1 - means) * spread))

    def __str__(self) -> str:
        patients = "alike" if not self.correlation else f"differ ({self.correlation:g})"
        return f"{self.sensitivity:g} / {self.specificity:g}, {patients}{', one in ten harshly' if self.harsh else ''}"


# Of real cells of patients not learnt from: 0.95 / 0.98, correlations 0.05 to 0.1 (infected), 0.002 to 0.005 (others).
USUAL = (Kind(0.85, 0.85, 0.03), Kind(0.9, 0.97, 0.03), Kind(0.95, 0.98, 0.02), Kind(0.99, 0.99, 0.02))
EVERY = (
    *USUAL,
    Kind(0.95, 0.95, 0.1),
    Kind(0.95, 0.98, 0.005),
    Kind(0.95, 0.95, 0.0),
    Kind(0.95, 0.97, 0.02, harsh=True),
)


def learn_rates(random: np.random.Generator, kind: Kind, patients: int) -> corrected_share.Rates:
    """What a test of so many patients says of the model: 30 to 71 healthy cells of each, 3 to 320 infected ones of
    three in five, as in the real malaria cells."""
    healthy = random.integers(30, 72, patients)
    infected = np.where(random.random(patients) < 0.6, np.exp(random.normal(4.2, 1, patients)).clip(3, 320), 0)
    infected = infected.astype(np.int64)
    infected[0] = max(infected[0], 30)
    rates = []
    for cells, right in ((infected, kind.sensitivity), (healthy, kind.specificity)):
        wrong = random.binomial(cells, kind.draw(random, 1 - right, patients))
        rates.append(unit_rates.learn(wrong, cells, by_unit=True))
    return corrected_share.Rates(*rates)


def count_kind(job: tuple[Kind, int]) -> dict[tuple[str, int, int, float], float]:
    """(kind, patients, cells, share) -> of the studies the part whose interval held that share."""
    kind, studies = job
    held: dict[tuple[str, int, int, float], float] = {}
    for patients in PATIENTS:
        random = np.random.default_rng(patients)
        for _ in range(studies):
            rates = learn_rates(random, kind, patients)
            for cells in CELLS:
                for share in SHARES:
                    missed, alarms = (float(kind.draw(random, 1 - one, 1)[0]) for one in _rates_of(kind))
                    flagged = int(random.binomial(cells, share * (1 - missed) + (1 - share) * alarms))
                    key = (str(kind), patients, cells, share)
                    held[key] = held.get(key, 0.0) + _holds(flagged, cells, share, rates) / studies
    return held


def _rates_of(kind: Kind) -> tuple[float, float]:
    return kind.sensitivity, kind.specificity


def _holds(flagged: int, cells: int, share: float, rates: corrected_share.Rates) -> bool:
    if rates.fault:
        return True
    ends = corrected_share.find_interval(flagged, cells, rates).ends
    return ends is not None and ends[0] <= share <= ends[1]


def count_all(kinds: tuple[Kind, ...], studies: int) -> dict[tuple[str, int, int, float], float]:
    """`count_kind` of all, on all cores but at most four."""
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return {
            key: held
            for found in pool.map(count_kind, [(kind, studies) for kind in kinds])
            for key, held in found.items()
        }


def measure() -> list[dict[str, Any]]:
    """A row a number of cells, over all usual kinds of models and numbers of patients."""
    began = time.monotonic()
    held = count_all(USUAL, STUDIES)
    spent = time.monotonic() - began
    rows = []
    for cells in CELLS:
        shares = [_average(held, cells, share) for share in SHARES]
        telling = [_average(held, cells, share) for share in SHARES if share >= 0.1]
        rows.append(
            common.row(
                f"(u) 95 % intervals of a corrected share that hold the truth, of 100 smears of {cells:,} cells",
                ours=", ".join(f"{100 * each:.0f}" for each in shares),
                plain="–",
                ratio=min(shares) / LOW,
                goal=f"{100 * LOW:.0f} or more; {100 * LOW:.0f} to {100 * HIGH:.0f} from 10 % infected on",
                holds=min(shares) >= LOW and all(round(each, 2) <= HIGH + 0.01 for each in telling),
                note=_note(spent) if cells == CELLS[0] else "",
            )
        )
    return rows


def _note(spent_seconds: float) -> str:
    said = ", ".join(f"{100 * share:g}" for share in SHARES)
    judged = f"each judged on 20, 40 and 160 patients, {STUDIES} times"
    return f"infected {said} %; {len(USUAL)} models, {judged}; all in {spent_seconds:.0f} s"


def _average(held: dict[tuple[str, int, int, float], float], cells: int, share: float) -> float:
    return float(np.mean([part for (_, _, n, of), part in held.items() if (n, of) == (cells, share)]))


def _list_lines(held: dict[tuple[str, int, int, float], float]) -> Iterator[str]:
    yield "| model, patients | " + " | ".join(f"{100 * share:g} %" for share in SHARES) + " |"
    yield "|---|" + "---|" * len(SHARES)
    for kind, patients in dict.fromkeys((kind, patients) for kind, patients, _, _ in held):
        cells = [" ".join(f"{100 * held[kind, patients, n, share]:.0f}" for n in CELLS) for share in SHARES]
        yield f"| {kind}; {patients} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("\n".join(_list_lines(count_all(EVERY, int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES))))

"""How often the intervals of a site check hold the truth: invented sites, of which a few images are drawn in halves.

`python -m tests.benchmarks.bench_site 400` prints them site by site.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.statistics import drawn_rates
from tests.benchmarks import common

READ = (50, 100, 200)
PREVALENCES = (0.05, 0.1, 0.2, 0.4)
SENSITIVITIES = (0.75, 0.85, 0.92, 0.98)
CORRELATIONS = (0.0, 0.1)
SPECIFICITY = 0.95
PATIENTS, IMAGES = 150, 20  # of a site
STUDIES = 24  # of each site and number of images
LOW, HIGH = 0.92, 0.97
RATES = ("sensitivity", "specificity", "ppv", "npv")
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Site:
    """Where a model is asked whether it works. correlation : of images of one patient, 0 = patients are alike; of how
    often they are positive it is three times that."""

    prevalence: float
    sensitivity: float
    correlation: float

    @property
    def truth(self) -> dict[str, float]:
        """The rates over all patients that come there, of whom a pool holds some."""
        positive, others = self.prevalence, 1 - self.prevalence
        found, spared = positive * self.sensitivity, others * SPECIFICITY
        return {
            "sensitivity": self.sensitivity,
            "specificity": SPECIFICITY,
            "ppv": found / (found + others - spared),
            "npv": spared / (spared + positive - found),
        }


@dataclass(frozen=True)
class Pool:
    """The images of a site: patient, whether it is positive, whether it is flagged, (N,) each."""

    units: Ints
    positive: Bools
    flagged: Bools

    @property
    def share(self) -> float:
        """That is flagged."""
        return float(self.flagged.mean())


def draw_pool(random: np.random.Generator, site: Site) -> Pool:
    """The images of one site."""
    units = np.repeat(np.arange(PATIENTS), IMAGES)
    ill, found, spared = (
        _draw_rates(random, mean, correlation)[units]
        for mean, correlation in (
            (site.prevalence, 3 * site.correlation),
            (site.sensitivity, site.correlation),
            (SPECIFICITY, site.correlation),
        )
    )
    positive = random.random(len(units)) < ill
    flagged = np.where(positive, random.random(len(units)) < found, random.random(len(units)) >= spared)
    return Pool(units, positive, flagged)


def _draw_rates(random: np.random.Generator, mean: float, correlation: float) -> NDArray[np.float64]:
    if not correlation:
        return np.full(PATIENTS, mean)
    spread = 1 / correlation - 1
    return np.asarray(random.beta(mean * spread, (1 - mean) * spread, PATIENTS))


def draw_halves(random: np.random.Generator, pool: Pool, read: int) -> tuple[drawn_rates.Half, drawn_rates.Half]:
    """Half of the images that are read from what is flagged, half from the rest, or all that there are."""
    halves = []
    for side, right in ((pool.flagged, pool.positive), (~pool.flagged, ~pool.positive)):
        there = np.flatnonzero(side)
        drawn = random.choice(there, min(read // 2, len(there)), replace=False)
        halves.append(drawn_rates.count_half(right[drawn], pool.units[drawn]))
    return halves[0], halves[1]


def count_site(job: tuple[Site, int, int]) -> dict[str, float]:
    """Rate -> of the studies with so many images the part whose interval held it."""
    site, read, studies = job
    random, held = np.random.default_rng(read), dict.fromkeys(RATES, 0.0)
    for _ in range(studies):
        pool = draw_pool(random, site)
        rates = drawn_rates.measure(*draw_halves(random, pool, read), pool.share, images=len(pool.units))
        for name in RATES:
            low, high = getattr(rates, name).ends or (0.0, 1.0)
            held[name] += (low <= site.truth[name] <= high) / studies
    return held


def count_all(studies: int) -> dict[tuple[Site, int], dict[str, float]]:
    """`count_site` of all, on all cores but at most four."""
    sites = [Site(*one) for one in product(PREVALENCES, SENSITIVITIES, CORRELATIONS)]
    jobs = list(product(sites, READ))
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        found = pool.map(count_site, [(*job, studies) for job in jobs])
        return dict(zip(jobs, found, strict=True))


def measure() -> list[dict[str, Any]]:
    """A row a number of images, over all sites."""
    began = time.monotonic()
    held = count_all(STUDIES)
    spent = time.monotonic() - began
    rows = []
    for read in READ:
        shares = [float(np.mean([one[name] for (_, n), one in held.items() if n == read])) for name in RATES]
        rows.append(
            common.row(
                f"(v) 95 % intervals of a site check that hold the truth, of 100 checks of {read} images",
                ours=", ".join(f"{100 * share:.0f}" for share in shares),
                plain="–",
                ratio=min(shares) / LOW,
                goal=f"{100 * LOW:.0f} to {100 * HIGH:.0f}",
                holds=all(LOW <= round(share, 2) <= HIGH + 0.01 for share in shares),
                note=_note(spent) if read == READ[0] else "",
            )
        )
    return rows


def _note(spent_seconds: float) -> str:
    sites = len(PREVALENCES) * len(SENSITIVITIES) * len(CORRELATIONS)
    rates = "sensitivity, specificity, PPV, NPV"
    return f"{rates}; {sites} sites, each checked {STUDIES} times; all in {spent_seconds:.0f} s"


def _list_lines(held: dict[tuple[Site, int], dict[str, float]]) -> Iterator[str]:
    yield "| prevalence, sensitivity, correlation | " + " | ".join(RATES) + " |"
    yield "|---|" + "---|" * len(RATES)
    for site in dict.fromkeys(site for site, _ in held):
        cells = [" ".join(f"{100 * held[site, read][name]:.0f}" for read in READ) for name in RATES]
        yield f"| {site.prevalence:g}, {site.sensitivity:g}, {site.correlation:g} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("\n".join(_list_lines(count_all(int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES))))

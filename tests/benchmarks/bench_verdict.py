"""How often the verdict of a site check errs: invented models and sites, of which 50 to 200 images are read.

`python -m tests.benchmarks.bench_verdict 400` prints the table of docs/decisions/0038.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from core.statistics import drawn_rates, estimate, site_verdict, wilson
from tests.benchmarks import common

READ = (50, 100, 200)
PREVALENCES = (0.1, 0.3)
HOME = (0.95, 0.95)  # sensitivity and specificity, measured on so many images of each class, as independent ones
HOME_IMAGES = 400
FALLS = (0.0, 0.05, 0.1, 0.2, 0.4)  # by how much both rates are lower there
POOL = 4000
STUDIES = 40  # of each
MOST_FALSE = 0.05


def judge_once(random: np.random.Generator, prevalence: float, fall: float, read: int) -> site_verdict.Kind:
    """One check of a model whose rates are `fall` lower there than at home."""
    home = {
        name: wilson.compute_wilson(int(random.binomial(HOME_IMAGES, rate)), HOME_IMAGES)
        for name, rate in zip(site_verdict.RATES, HOME, strict=True)
    }
    positive = random.random(POOL) < prevalence
    sensitivity, specificity = (rate - fall for rate in HOME)
    flagged = np.where(positive, random.random(POOL) < sensitivity, random.random(POOL) >= specificity)
    halves = []
    for side, right in ((flagged, positive), (~flagged, ~positive)):
        there = np.flatnonzero(side)
        drawn = random.choice(there, min(read // 2, len(there)), replace=False)
        halves.append(drawn_rates.count_half(right[drawn], drawn))
    rates = drawn_rates.measure(halves[0], halves[1], float(flagged.mean()))
    here: dict[str, estimate.Estimate] = {name: getattr(rates, name) for name in site_verdict.RATES}
    return site_verdict.judge(here, home).kind


def count_all(studies: int) -> dict[tuple[float, float, int], dict[str, float]]:
    """(prevalence, fall, read) -> verdict -> its share of the checks."""
    found = {}
    for place, (prevalence, fall, read) in enumerate(product(PREVALENCES, FALLS, READ)):
        random = np.random.default_rng(place)
        counted = Counter(judge_once(random, prevalence, fall, read) for _ in range(studies))
        found[prevalence, fall, read] = {kind: counted[kind] / studies for kind in site_verdict.WORDS}
    return found


def measure() -> list[dict[str, Any]]:
    """Two rows: how often the verdict is wrong on either side."""
    began = time.monotonic()
    shares = count_all(STUDIES)
    spent = time.monotonic() - began
    same = np.mean([one["worse"] + one["unusable"] for (_, fall, _), one in shares.items() if fall == 0])
    fallen = np.mean([one["as at home"] for (_, fall, _), one in shares.items() if fall >= site_verdict.MARGIN])
    said = (
        ("as it is at home, called worse or unusable", same),
        ("worse by the margin or more, called as at home", fallen),
    )
    return [
        common.row(
            f"(v) site checks of a model that is {what}",
            ours=f"{100 * share:.1f} %",
            plain="–",
            ratio=MOST_FALSE / max(float(share), 0.001),
            goal=f"at most {100 * MOST_FALSE:.0f} %",
            holds=bool(share <= MOST_FALSE + 0.02),
            note=f"{STUDIES} checks of each of {len(shares)} kinds; {spent:.0f} s" if what.startswith("as it") else "",
        )
        for what, share in said
    ]


def _list_lines(shares: dict[tuple[float, float, int], dict[str, float]]) -> Iterator[str]:
    yield "| positive there, lower by | " + " | ".join(site_verdict.WORDS.values()) + " |"
    yield "|---|" + "---|" * len(site_verdict.WORDS)
    for prevalence, fall in product(PREVALENCES, FALLS):
        cells = [
            " ".join(f"{100 * shares[prevalence, fall, read][kind]:.0f}" for read in READ)
            for kind in site_verdict.WORDS
        ]
        yield f"| {100 * prevalence:.0f} %, {100 * fall:.0f} points | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("\n".join(_list_lines(count_all(int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES))))

"""Fifty people at once on one server, each clicking every ten seconds: how long each page takes, and the memory kept.

`python -m tests.benchmarks.bench_people HOME [MINUTES] [PEOPLE]` on a home of one's own prints every view.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from concurrent import futures
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks import common, person
from tests.browser import made_home, serving

PEOPLE, MINUTES, EVERY_SECONDS = 50, 4.0, 10.0
GOAL_SECONDS, GOAL_GROWTH = 3.0, 0.05
DRAWN = f"dataset={made_home.DATASET}"
TRAINED = f"model={made_home.MODEL}"
JUDGED = "model=malaria-smear-cnn-micro-normalised"
VIEWS = (
    "",
    f"datasets?{DRAWN}",
    f"datasets?{DRAWN}&part=split",
    f"datasets?{DRAWN}&part=doctor",
    f"explore?{DRAWN}",
    *(f"explore?{DRAWN}&seed={seed}" for seed in range(1, 4)),
    f"explore?{DRAWN}&view=averages",
    f"explore?{DRAWN}&view=colours",
    f"explore?{DRAWN}&view=map",
    "train",
    f"evaluate?{JUDGED}",
    f"evaluate?{JUDGED}&view=point",
    f"evaluate?{JUDGED}&view=where",
    f"evaluate?{TRAINED}",
    "compare?dataset=malaria-cells",
    "compare?dataset=malaria-cells&view=curves",
    f"predict?{TRAINED}",
)


def measure() -> list[dict[str, Any]]:
    """The slowest page's 95th percentile while fifty people click, and how much memory grows in the second half."""
    with made_home.make_home(at_work=False) as made:
        said = load(made.folder, minutes=MINUTES, people=PEOPLE)
    slowest = max(said["p95"], key=said["p95"].__getitem__)
    return [
        common.row(
            f"(u) {PEOPLE} people, a click each every {EVERY_SECONDS:.0f} s: 95th percentile of the slowest page",
            ours=f"{said['p95'][slowest]:.1f} s ({slowest or 'home'})",
            plain="–",
            ratio=said["p95"][slowest] / GOAL_SECONDS,
            goal=f"under {GOAL_SECONDS:.0f} s, no error",
            holds=said["p95"][slowest] < GOAL_SECONDS and not said["faults"],
            note=f"{said['clicks']:,} clicks, {len(said['faults'])} errors; median {said['median']:.2f} s; "
            f"processor {said['processor']:.0%} of one",
        ),
        common.row(
            f"(u) memory of the server, last quarter of {MINUTES:.0f} minutes against the quarter before",
            ours=f"{said['memory'][-1] / 1e6:.0f} MB",
            plain=f"{said['memory'][-2] / 1e6:.0f} MB",
            ratio=said["memory"][-1] / said["memory"][-2],
            goal="within 5 %",
            holds=said["memory"][-1] < (1 + GOAL_GROWTH) * said["memory"][-2],
            note="quarters: " + ", ".join(f"{each / 1e6:.0f} MB" for each in said["memory"]),
        ),
    ]


def load(home: Path, *, minutes: float, people: int) -> dict[str, Any]:
    """Serve a home to so many people for so long; seconds of each page, errors, memory of each quarter of the time."""
    with serving.app(home) as served:
        server = psutil.Process(served.pid)
        visits, memory = asyncio.run(_crowd(served.address.removeprefix("http://"), server, minutes, people))
        spent = sum(server.cpu_times()[:2])
    usual = [visit for visit in visits if not visit.fault]
    by_page = defaultdict(list)
    for visit in usual:
        by_page[visit.view.split("?")[0]].append(visit.seconds)
    by_view = defaultdict(list)
    for visit in usual:
        by_view[visit.view].append(visit.seconds)
    quarter = max(1, len(memory) // 4)
    return {
        "clicks": len(visits),
        "faults": [f"{visit.view}: {visit.fault}" for visit in visits if visit.fault],
        "median": statistics.median(visit.seconds for visit in usual),
        "p95": {page: _find_p95(times) for page, times in by_page.items()},
        "views": {view: (len(times), statistics.median(times), _find_p95(times)) for view, times in by_view.items()},
        "memory": [
            statistics.mean(memory[start : start + quarter])
            for start in range(0, 4 * quarter, quarter)
            if memory[start:]
        ],
        "processor": spent / (60 * minutes),
    }


def _find_p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


async def _crowd(
    address: str, server: psutil.Process, minutes: float, people: int
) -> tuple[list[person.Visit], list[int]]:
    visits: list[person.Visit] = []
    memory: list[int] = []
    ends = time.monotonic() + 60 * minutes
    with futures.ThreadPoolExecutor(6) as downloads:

        async def stay(seed: int) -> None:
            chance = random.Random(seed)
            await asyncio.sleep(chance.uniform(0, EVERY_SECONDS))
            someone = person.Person(address, downloads)
            await someone.come()
            views = list(VIEWS)
            while time.monotonic() < ends:
                began = time.monotonic()
                visits.append(await someone.open_view(chance.choice(views)))
                await asyncio.sleep(max(0.0, EVERY_SECONDS * chance.uniform(0.8, 1.2) - (time.monotonic() - began)))
            await someone.leave()

        async def watch() -> None:
            while time.monotonic() < ends:
                memory.append(server.memory_info().rss)
                await asyncio.sleep(2)

        await asyncio.gather(watch(), *(stay(seed) for seed in range(people)))
    return visits, memory


if __name__ == "__main__":
    found = load(
        Path(sys.argv[1]),
        minutes=float(sys.argv[2]) if len(sys.argv) > 2 else MINUTES,
        people=int(sys.argv[3]) if len(sys.argv) > 3 else PEOPLE,
    )
    for view, (count, median, late) in sorted(found.pop("views").items()):
        print(f"{view or 'home':60} n = {count:4}  median {median:6.2f} s  p95 {late:6.2f} s")
    print(json.dumps(found, indent=1))

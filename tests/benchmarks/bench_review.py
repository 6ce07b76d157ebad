"""Reading at once: nothing lost and nothing twice while readers are killed, how long a reading takes, a long queue.

`python -m tests.benchmarks.bench_review [KILLS] [READINGS] [CASES]` prints the rows with other numbers. On the database
of SECOND_LOOK_DATABASE where that is set, which must be empty.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.base import paths
from tests.benchmarks import child_review, common

READERS, KILLS, READINGS = 8, 20, 240
CASES = 1_000_000
READING_GOAL_SECONDS, OPENING_GOAL_SECONDS = 0.3, 1.0
READER = ("-m", "tests.support.reading_process")
KILL_EVERY_SECONDS = 0.6
PAUSE_SECONDS = 1.0  # between two readings of one reader: nobody reads faster


@dataclass
class Reader:
    """A reader's process, and what it was told is kept, over all its lives."""

    home: Path
    review: int
    name: str
    process: "subprocess.Popen[str]" = field(init=False)
    kept: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Begin, or begin again."""
        self.process = subprocess.Popen(
            [sys.executable, *READER, str(self.review), self.name, child_review.SICK, str(PAUSE_SECONDS)],
            cwd=common.PROJECT,
            env={**paths.child_environment(), "SECOND_LOOK_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self, *, kill: bool) -> None:
        """Kill it, or wait until it has read all; then hear what it said."""
        if kill:
            self.process.kill()
        heard, _ = self.process.communicate()
        for line in heard.splitlines(keepends=True):
            if line.endswith("\n"):
                entry, seconds = line.split()
                self.kept.append(int(entry))
                self.seconds.append(float(seconds))


def measure() -> list[dict[str, Any]]:
    """With the numbers above; how long a reading takes while nobody is killed and begins again."""
    return [_measure_reading(KILLS, READINGS)[0], _measure_reading(0, READINGS)[1], *_measure_long_queue(CASES)]


def _measure_reading(kills: int, readings: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="second-look-bench-") as temporary:
        home = Path(temporary)
        review = int(common.run_child(home, "-m", "tests.benchmarks.child_review", "fill", str(readings // 2)))
        readers = [Reader(home, review, f"Reader {number}") for number in range(READERS)]
        began = time.monotonic()
        for reader in readers:
            reader.start()
        chance = random.Random(0)
        killed = 0
        while killed < kills:
            time.sleep(chance.uniform(0.5, 1.5) * KILL_EVERY_SECONDS)
            alive = [reader for reader in readers if reader.process.poll() is None]
            if not alive:
                break
            victim = chance.choice(alive)
            victim.end(kill=True)
            victim.start()
            killed += 1
        for reader in readers:
            reader.end(kill=False)
        took = time.monotonic() - began
        kept = {reader.name: reader.kept for reader in readers}
        said = json.loads(common.run_child(home, "-m", "tests.benchmarks.child_review", "check", str(review)))
    lost = sum(entry not in said["read"].get(name, []) for name, entries in kept.items() for entry in entries)
    seconds = [each for reader in readers for each in reader.seconds]
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return [
        common.row(
            f"(v) {READERS} readers at once, {killed} killed with -9: readings lost, twice, cases not read by two",
            ours=f"{lost}, {said['twice']}, {said['unread']}",
            plain="–",
            ratio=0.0,
            goal="0, 0, 0",
            holds=not (lost or said["twice"] or said["unread"]),
            note=f"{said['readings']:,} readings of {readings // 2:,} cases, of which {len(seconds):,} were "
            f"acknowledged; {took:.0f} s, starts included",
        ),
        common.row(
            f"(v) a reading (claim, blind, final) while {READERS} read, a second between two of each: 95th percentile",
            ours=f"{1000 * p95:.0f} ms",
            plain="–",
            ratio=p95 / READING_GOAL_SECONDS,
            goal=f"under {1000 * READING_GOAL_SECONDS:.0f} ms",
            holds=p95 < READING_GOAL_SECONDS,
            note=f"median {1000 * statistics.median(seconds):.0f} ms, longest {1000 * max(seconds):.0f} ms; "
            "of its three commits the answers wait for the disk",
        ),
    ]


def _measure_long_queue(cases: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="second-look-bench-") as temporary:
        home = Path(temporary)
        said = json.loads(common.run_child(home, "-m", "tests.benchmarks.child_review", "queue", str(cases)))
    opening = said["count"] + said["claim"]
    return [
        common.row(
            f"(v) opening a review of {cases:,} cases: counting them and claiming one",
            ours=f"{opening:.2f} s",
            plain="–",
            ratio=opening / OPENING_GOAL_SECONDS,
            goal=f"under {OPENING_GOAL_SECONDS:.0f} s",
            holds=opening < OPENING_GOAL_SECONDS,
            note=f"count {said['count']:.2f} s, claim {said['claim']:.3f} s, the next one fetched ahead "
            f"{said['peek']:.3f} s; claim after {said['read']:,} cases that the reader has read and that wait for a "
            f"second one {said['later']:.3f} s; another order {said['order']:.1f} s",
        )
    ]


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] + [KILLS, READINGS, CASES][len(sys.argv) - 1 :]
    found = _measure_reading(given[0], given[1]) + (_measure_long_queue(given[2]) if given[2] else [])
    print(json.dumps(found, indent=1, ensure_ascii=False))

"""Index and pixel cache of a data set against bare parallel decoding of the same files, taking turns."""

import os
import statistics
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import common

TURNS = 5
GOAL = 1.5
INDEX = (
    "import time\n"
    "from core.datasets.index import index, pixels\n"
    "if __name__ == '__main__':\n"
    "    began = time.monotonic()\n"
    "    index.build_index('bench')\n"
    "    print(time.monotonic() - began)\n"
    "    pixels.remove_caches(index.read_index('bench').content)\n"
)


def decode_all(paths: list[str]) -> int:
    """Bare decoding: open, convert to RGB; nothing is kept."""
    from PIL import Image

    for path in paths:
        Image.open(path).convert("RGB").load()
    return len(paths)


def decode_folder(folder: Path) -> int:
    """All images below `folder`, in as many processes as there are cores."""
    import concurrent.futures
    import multiprocessing

    paths = [str(path) for path in sorted(folder.rglob("*.png"))]
    chunks = [paths[start : start + 64] for start in range(0, len(paths), 64)]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        return sum(pool.map(decode_all, chunks))


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Wall-clock seconds of the work in both, start of their child processes included, files warm in the cache."""
    folder = home / "data" / "datasets" / "bench"
    decode_folder(folder)
    os.sync()  # else our one wait for the disk would also wait for the files that were unpacked just now
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(TURNS):
        seconds["plain"].append(float(common.run_child(home, "-m", "tests.benchmarks.bench_indexing", str(folder))))
        seconds["ours"].append(float(common.run_child(home, "-c", INDEX)))
    ours, plain = statistics.median(seconds["ours"]), statistics.median(seconds["plain"])
    return [
        common.row(
            f"(b) index and 64 x 64 pixel cache, {what}",
            ours=f"{ours:.1f} s",
            plain=f"{plain:.1f} s",
            ratio=ours / plain,
            goal=f"within {GOAL} x of bare parallel decoding",
            holds=ours / plain <= GOAL,
        )
    ]


if __name__ == "__main__":
    import sys

    began = time.monotonic()
    decode_folder(Path(sys.argv[1]))
    print(time.monotonic() - began)

"""Mean and deviation of every class against the notebook's way: open, resize, add, one image after the other."""

import statistics
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import common

TURNS = 3
GOAL = 5.0
NOTEBOOK_IMAGES = 4000  # its time grows with the images, so that a part tells the whole
OURS = (
    "import time\n"
    "from core.datasets.index import index, pixels\n"
    "from core.datasets.views import class_means\n"
    "data = index.read_index('bench')\n"
    "began = time.monotonic()\n"
    "stored = pixels.open_pixels(data, 64, 64)\n"
    "class_means.build_class_images(data, stored)\n"
    "print(time.monotonic() - began)\n"
)
INDEX = "from core.datasets.index import index\nif __name__ == '__main__':\n    index.build_index('bench')\n"


def accumulate(folder: Path, most: int) -> float:
    """Seconds an image of the notebook's loop: sums and sums of squares of each class at 64 x 64."""
    import numpy as np
    from PIL import Image

    files = sorted(path for path in folder.rglob("*") if path.suffix in {".png", ".jpg", ".jpeg"})
    files = files[:: max(1, len(files) // most)]
    sums: dict[str, Any] = {}
    began = time.monotonic()
    for path in files:
        image = np.asarray(Image.open(path).convert("RGB").resize((64, 64)), dtype=np.float64)
        count, total, squares = sums.get(path.parent.name, (0, 0.0, 0.0))
        sums[path.parent.name] = (count + 1, total + image, squares + image**2)
    for count, total, squares in sums.values():
        mean = total / count
        np.sqrt(np.maximum(squares / count - mean**2, 0))
    return (time.monotonic() - began) / len(files)


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Wall-clock seconds for all images, taking turns; the index and its pixels are there, files are warm."""
    folder = home / "data" / "datasets" / "bench"
    common.run_child(home, "-c", INDEX)
    images = int(
        common.run_child(
            home, "-c", "from core.datasets.index import index\nprint(len(index.read_index('bench').usable))"
        )
    )
    accumulate(folder, NOTEBOOK_IMAGES)
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(TURNS):
        one = common.run_child(home, "-m", "tests.benchmarks.bench_statistics", str(folder), str(NOTEBOOK_IMAGES))
        seconds["plain"].append(float(one) * images)
        seconds["ours"].append(float(common.run_child(home, "-c", OURS)))
    ours, plain = statistics.median(seconds["ours"]), statistics.median(seconds["plain"])
    return [
        common.row(
            f"(i) mean and deviation of each class, {what}",
            ours=f"{ours:.1f} s",
            plain=f"{plain:.1f} s",
            ratio=plain / ours,
            goal=f"at least {GOAL:.0f} x a loop over the files",
            holds=plain / ours >= GOAL,
            note="ours also finds medians and 20 differences under shuffled labels in that time",
        )
    ]


if __name__ == "__main__":
    import sys

    print(accumulate(Path(sys.argv[1]), int(sys.argv[2])))

"""One large image through a reader, in a process of its own; prints seconds, and the peak of memory over that before.

`python -m tests.benchmarks.child_decoding FILE predict|index`: what Predict does with an upload before the network sees
it, or what the index does with a file.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from core.datasets.index import scanning
from core.explanation import overlay
from core.prediction import examples, predictor

SIZE_PX = (128, 128)
SHOWN_PX = 640


def predict(path: Path) -> None:
    """The upload, the network's input, the image's identity, and the picture on the page."""
    example = examples.from_upload(path.name, path.read_bytes())
    predictor.decoding.resize_image(example.image_rgb, *SIZE_PX)
    predictor.hash_image(example.image_rgb)
    overlay.fit(example.image_rgb, SHOWN_PX)


def index(path: Path) -> None:
    """Its hash, its size, and its pixels at 64 x 64."""
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(64 * 64 * 3)
        target = scanning.Target(file.name, 0, 64, 64)
        with scanning.Readers() as readers:
            (found,) = next(readers.scan(path.parent, [path.name], target))
    if found.problem:
        raise SystemExit(found.problem)


def read_peak_bytes() -> int:
    """The most that this process has held so far; `ru_maxrss` would begin with what its parent held."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    before, began = read_peak_bytes(), time.monotonic()
    {"predict": predict, "index": index}[sys.argv[2]](Path(sys.argv[1]))
    print(time.monotonic() - began, read_peak_bytes() - before)

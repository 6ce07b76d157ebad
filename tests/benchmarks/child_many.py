"""Many images answered, and its parts alone, as one JSON: `python -m tests.benchmarks.child_many FOLDER MODEL`.

"ours" : seconds and peak memory of the whole (`kept_answers.make`), without loading the model. "decoding" : bare, in as
many processes as there are cores. "network" : the same number of answers, and of the gate's questions, from memory.
"form" : of some images brought to the model's form and looked at plainly, times all, over the cores.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.datasets.index import decoding
from core.gate import gate_file
from core.models import package
from core.prediction import looks, many
from core.results import kept_answers
from core.runtimes import base, opening
from tests.benchmarks import bench_indexing

SOME = 512


def measure(folder: Path, model_id: str) -> dict[str, float]:
    """Wall-clock seconds of each, peak resident memory in bytes, and how many images."""
    found = package.find_package(model_id)
    names = sorted(folder.rglob("*.png"))
    whole, peak = _answer_all(found, folder)
    began = time.monotonic()
    bench_indexing.decode_folder(folder)
    decoded = time.monotonic() - began
    network, form = _ask_alone(found, names)
    return {"images": len(names), "ours": whole, "peak": peak, "decoding": decoded, "network": network, "form": form}


def _answer_all(found: package.Package, folder: Path) -> tuple[float, float]:
    began = list[float]()

    def start(done: int, total: int, what: str) -> None:
        if what == many.READING and not began:
            began.append(time.monotonic())

    about = kept_answers.make(found.id, [folder], report=start)
    seconds = time.monotonic() - began[0]
    kept_answers.delete(about.id)
    return seconds, 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _ask_alone(found: package.Package, names: list[Path]) -> tuple[float, float]:
    """Seconds for as many images as there are names, of the network and of the form."""
    images = [
        decoding.decode_image(path.read_bytes(), where=path.name) for path in names[:: max(1, len(names) // SOME)]
    ]
    sheet = looks.Sheet(*found.input_size_px, found.form)
    cv2.setNumThreads(1)  # as in the children that read
    began = time.monotonic()
    sheets = np.stack([sheet.draw(image) for image in images])
    form = (time.monotonic() - began) / len(images) * len(names) / (os.cpu_count() or 1)
    seen, asked = sheet.read(sheets), opening.open_runtime(found)
    gated = gate_file.read(found) is not None
    statistics: Any = asked.find_block_statistics() if gated else None
    both: Any = asked.find_answers_with_statistics() if gated else None

    def ask() -> None:
        if not isinstance(both, base.Features):
            asked.predict(seen.formed)
            return
        both.compute(seen.formed)
        if seen.formed is not seen.came:
            statistics.compute(seen.came)

    ask()
    began = time.monotonic()
    rounds = max(1, len(names) // len(images))
    for _ in range(rounds):
        ask()
    return (time.monotonic() - began) * len(names) / (rounds * len(images)), form


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))

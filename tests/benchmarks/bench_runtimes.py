"""An answer with its verdict by ONNX Runtime and by TensorFlow: from a cold start, warm, and on many images.

The same model twice: as it ships, and a copy without its ONNX file. Cold starts take turns, each a process of its own.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.base import files, paths
from core.models import package
from core.runtimes import base, keras, onnx
from tests.benchmarks import common

MODEL = "malaria-smear-cnn-micro"
STARTS, REPEATS, WARM_UPS, MANY = 5, 60, 5, 2000
GOAL_SECONDS = 1.0
SAME = 1e-5


def measure() -> list[dict[str, Any]]:
    """Medians; the answers of both must be the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(image).save(folder / "image.png")
        _copy_without(folder / "without")
        (folder / "as-it-ships").mkdir()
        cold: dict[str, list[tuple[float, float]]] = {"as-it-ships": [], "without": []}
        for _ in range(STARTS):
            for home, measured in cold.items():
                measured.append(_start(folder / home, folder / "image.png"))
    seconds = {home: statistics.median(one[0] for one in measured) for home, measured in cold.items()}
    work = {home: statistics.median(one[1] for one in measured) for home, measured in cold.items()}
    return [
        common.row(
            "(t) an answer with its verdict from a cold start, in the terminal",
            ours=f"{seconds['as-it-ships']:.2f} s",
            plain=f"{seconds['without']:.2f} s by TensorFlow",
            ratio=seconds["without"] / seconds["as-it-ships"],
            goal=f"under {GOAL_SECONDS:.0f} s",
            holds=seconds["as-it-ships"] < GOAL_SECONDS,
            note=f"processor time {work['as-it-ships']:.2f} s, by TensorFlow {work['without']:.2f} s",
        ),
        *_measure_warm(),
    ]


def _copy_without(home: Path) -> None:
    """A home whose copy of the model, which stands before the one that ships, has no ONNX file."""
    folder = home / "trained_models" / MODEL
    shutil.copytree(paths.PROJECT_FOLDER / "trained_models" / MODEL, folder)
    (folder / package.ONNX_FILE).unlink()
    manifest = files.read_json(folder / package.MANIFEST)
    del manifest["files"][package.ONNX_FILE]
    files.write_json(folder / package.MANIFEST, manifest)


def _start(home: Path, image: Path) -> tuple[float, float]:
    """(seconds, of them the processor's) of one question to a model in a process of its own."""
    command = [sys.executable, "-m", "core", "predict", MODEL, str(image), "--json", "--answer-anyway"]
    environment = {**os.environ, "SECOND_LOOK_HOME": str(home)}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=paths.PROJECT_FOLDER, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as out:
        said = json.loads(out.read())
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0 and said[0]["probabilities"]
    return seconds, used.ru_utime + used.ru_stime


def _measure_warm() -> list[dict[str, Any]]:
    found = package.find_package(MODEL)
    asked = {"ours": onnx.OnnxRuntime.open(found), "plain": keras.KerasRuntime.open(found)}
    images = np.random.default_rng(1).integers(0, 256, (MANY, *found.input_size_px, 3), dtype=np.uint8)
    answers = {way: one.predict(images) for way, one in asked.items()}
    difference = float(np.abs(answers["ours"] - answers["plain"]).max())
    single = {way: _time(one, images[:1], WARM_UPS + REPEATS) for way, one in asked.items()}
    many = {way: MANY / _time(one, images, 5) for way, one in asked.items()}
    return [
        common.row(
            "(t) one image, warm",
            ours=f"{1e3 * single['ours']:.2f} ms",
            plain=f"{1e3 * single['plain']:.2f} ms by TensorFlow",
            ratio=single["plain"] / single["ours"],
            goal=f"no slower, the same to {SAME:g}",
            holds=single["ours"] <= single["plain"] and difference < SAME,
            note=f"answers differ by {difference:.0e} at most; {MANY:,} images at once: {many['ours']:,.0f} a second, "
            f"by TensorFlow {many['plain']:,.0f}",
        )
    ]


def _time(asked: base.Runtime, images: np.ndarray, repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        asked.predict(images)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)

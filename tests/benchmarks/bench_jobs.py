"""Trainings as jobs: several at once, a frozen backbone run once, the share of the processor's peak, the start-up.

Uses the quarter of the images that bench_training has copied. Whole trainings are timed, start and publishing included.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from core.base import paths
from tests.benchmarks import bench_training, common

WEIGHTS = common.REAL_CELLS.parent / "mobilenet_v2_0.35_224_no_top.weights.h5"
RUNS, EPOCHS = 2, 3
FROZEN_EPOCHS, FROZEN_IMAGES, MEASURED_EPOCHS = 20, 4000, 2
MATRIX, REPEATS = 3000, 5
BASE_CNN_FLOP = 141.6e6  # forward and backward, an image of 64 x 64: multiplications and additions
START_GOAL_SECONDS = 8

TOGETHER = (
    "import json, sys, time\n"
    "from core.base import settings\n"
    "from core.training import recipe, run\n"
    "slots, epochs = int(sys.argv[1]), int(sys.argv[2])\n"
    "settings.write(settings.Settings(trainings_at_once=slots))\n"
    "made = [run.create_run(recipe.Recipe(sys.argv[3], epochs=epochs, patience=99, seed=s)) for s in range(2)]\n"
    "began = time.monotonic()\n"
    "for one in made: run.start_run(one)\n"
    "while any(one.state.is_active for one in made): time.sleep(0.2)\n"
    "assert all(one.state.name == 'finished' for one in made), [one.state for one in made]\n"
    "settings.write(settings.Settings())\n"
    "print(time.monotonic() - began)\n"
)
FROZEN = (
    "import json, sys\n"
    "from core.jobs import training_worker as worker\n"
    "from core.models import augmentation, package\n"
    "from core.training import history, recipe, run\n"
    "once, epochs = sys.argv[1] == 'once', int(sys.argv[2])\n"
    # Changed so little that it is no change to speak of, but enough to need the backbone in each epoch.
    "changed = augmentation.NONE if once else augmentation.Augmentation(brightness=0.001)\n"
    "wanted = recipe.suggest('bench-frozen', 'mobilenet_v2_frozen', epochs=epochs, patience=99, feature_copies=0,\n"
    "    augmentation=changed)\n"
    "assert wanted.extracts_features == once\n"
    "found = run.create_run(wanted)\n"
    "state = worker.work(found.id)\n"
    "assert state.name == 'finished', state\n"
    "rows = history.read_history(found.folder)['epochs']\n"
    "fit = package.find_package(state.details.model_id).manifest.training.seconds\n"
    "print(json.dumps({'fit': fit, 'epochs': [row['seconds'] for row in rows]}))\n"
)
PEAK = (
    "import sys, time\n"
    "from core.models import backend as runtime\n"
    "tf = runtime.load_tensorflow()\n"
    "size = int(sys.argv[1])\n"
    "a, b = tf.random.normal((size, size)), tf.random.normal((size, size))\n"
    "best = 1e9\n"
    "for _ in range(int(sys.argv[2])):\n"
    "    began = time.perf_counter(); tf.linalg.matmul(a, b).numpy(); best = min(best, time.perf_counter() - began)\n"
    "print(2 * size**3 / best)\n"
)
CREATE = (
    "import sys\n"
    "from core.training import recipe, run\n"
    "print(run.create_run(recipe.Recipe(sys.argv[1], epochs=50, patience=99)).id)\n"
)


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """All four, on data set FEW of bench_training."""
    rows = [_measure_together(home, what), _measure_peak(home), _measure_start(home, what)]
    if WEIGHTS.exists():
        rows.append(_measure_frozen(home, what))
    return rows


def _measure_together(home: Path, what: str) -> dict[str, Any]:
    few = bench_training.FEW
    after, together = (float(common.run_child(home, "-c", TOGETHER, str(n), str(EPOCHS), few)) for n in (1, 2))
    return common.row(
        f"(j) {RUNS} trainings of base_cnn, {EPOCHS} epochs each, at once with one thread each, a quarter of {what}",
        ours=f"{together:.0f} s",
        plain=f"{after:.0f} s one after the other",
        ratio=after / together,
        goal="at least 1.2 x the throughput",
        holds=after / together >= 1.2,
    )


def _measure_frozen(home: Path, what: str) -> dict[str, Any]:
    weights = home / "data" / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(WEIGHTS, weights / WEIGHTS.name)
    _copy_few(home, FROZEN_IMAGES)
    once = json.loads(common.run_child(home, "-c", FROZEN, "once", str(FROZEN_EPOCHS)).splitlines()[-1])
    each = json.loads(common.run_child(home, "-c", FROZEN, "each", str(MEASURED_EPOCHS)).splitlines()[-1])
    epoch = min(each["epochs"])
    return common.row(
        f"(k) frozen MobileNetV2 at 224 px, {FROZEN_EPOCHS} epochs of {FROZEN_IMAGES} images: backbone run once",
        ours=f"{once['fit']:.1f} s",
        plain=f"{FROZEN_EPOCHS * epoch:.0f} s",
        ratio=FROZEN_EPOCHS * epoch / once["fit"],
        goal="at least 10 x running it in each epoch",
        holds=FROZEN_EPOCHS * epoch / once["fit"] >= 10,
        note=f"plain = {FROZEN_EPOCHS} times the faster of {MEASURED_EPOCHS} epochs; {what}",
    )


def _measure_peak(home: Path) -> dict[str, Any]:
    peak = float(common.run_child(home, "-c", PEAK, str(MATRIX), str(REPEATS)))
    speed = max(bench_training._train(home, bench_training.FEW, EPOCHS, "float32")["speeds"][1:])
    reached = speed * BASE_CNN_FLOP
    return common.row(
        "(l) share of the matrix-multiply peak that training base_cnn in float32 reaches",
        ours=f"{reached / 1e9:.0f} GFLOP/s",
        plain=f"{peak / 1e9:.0f} GFLOP/s",
        ratio=reached / peak,
        goal="–",
        holds=True,
        note=f"matrices of {MATRIX} x {MATRIX}, the best of {REPEATS}; between lie the convolution of 3 channels, "
        "the gradients of max pooling and relu, and Adam, which move memory rather than multiply",
    )


def _measure_start(home: Path, what: str) -> dict[str, Any]:
    run_id = common.run_child(home, "-c", CREATE, bench_training.FEW).strip()
    folder = home / "data" / "runs" / run_id
    environment = {**paths.child_environment(), "SECOND_LOOK_HOME": str(home)}
    began = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "core", "work", run_id], cwd=common.PROJECT, env=environment)
    metrics = folder / "metrics.jsonl"
    while not (metrics.exists() and '"batch"' in metrics.read_text(encoding="utf-8")):
        if child.poll() is not None:
            raise SystemExit(f"{run_id} ended before its first batch")
        time.sleep(0.02)
    seconds = time.monotonic() - began
    (folder / "stop").touch()
    child.wait()
    return common.row(
        "(m) start of a worker to its first batch on disk",
        ours=f"{seconds:.1f} s",
        plain="–",
        ratio=seconds / START_GOAL_SECONDS,
        goal=f"under {START_GOAL_SECONDS} s",
        holds=seconds < START_GOAL_SECONDS,
        note=f"pixels are prepared already; a quarter of {what}",
    )


def _copy_few(home: Path, images: int) -> None:
    """Some images of both classes as data set `bench-frozen`."""
    whole = next((home / "data" / "datasets" / "bench").rglob("Uninfected")).parent
    found = sorted(whole.glob("*/*.png"))
    for path in found[:: max(1, len(found) // images)]:
        target = home / "data" / "datasets" / "bench-frozen" / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    common.run_child(home, "-m", "core", "index", "bench-frozen")

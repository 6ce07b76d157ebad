"""Images per second of base_cnn, batch 100, second epoch on, and the peak memory, against the notebook's way.

Each way in a process of its own, taking turns; the best epoch of each turn counts, since other work on the machine can
only make an epoch slower, and the median over the turns is reported.
"""

import json
import shutil
import statistics
from pathlib import Path
from typing import Any

from core.models import backend
from tests.benchmarks import common

TURNS = 2
EPOCHS = 3
CEILING_SHARE = 0.9
MEMORY_GOAL_BYTES = 1.5e9
FEW = "bench-few"
CHILD = (
    "import json, resource, sys\n"
    "from core.jobs import training_worker as worker\n"
    "from core.training import history, recipe, run\n"
    "wanted = recipe.Recipe(sys.argv[3], epochs=int(sys.argv[1]), patience=99, precision=sys.argv[2])\n"
    "found = run.create_run(wanted)\n"
    "state = worker.work(found.id)\n"
    "assert state.name == 'finished', state\n"
    "speeds = [row['images_per_second'] for row in history.read_history(found.folder)['epochs']]\n"
    "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
    "print(json.dumps({'speeds': speeds, 'peak': peak}))\n"
)


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Speed in float32 (and in bfloat16 where the processor has it), and memory."""
    common.run_child(home, "-m", "core", "index", "bench")
    folder = _copy_some(home)
    precisions = ["float32", *(["mixed_bfloat16"] if backend.has_bfloat16() else [])]
    speeds: dict[str, list[float]] = {name: [] for name in ("notebook", *precisions)}
    bare: dict[str, list[float]] = {name: [] for name in precisions}
    for _ in range(TURNS):
        said = common.run_child(home, "-m", "tests.benchmarks.notebook", str(folder), str(EPOCHS))
        speeds["notebook"].append(max(float(line) for line in said.split()[1:]))
        for precision in precisions:
            speeds[precision].append(max(_train(home, FEW, EPOCHS, precision)["speeds"][1:]))
            said = common.run_child(home, "-m", "tests.benchmarks.bare_fit", str(EPOCHS), precision)
            bare[precision].append(max(float(line) for line in said.split()[1:]))
    plain = statistics.median(speeds["notebook"])
    rows = []
    for precision in precisions:
        goal = 1.2 if precision == "float32" else 2.5
        ours = statistics.median(speeds[precision])
        rows.append(
            common.row(
                f"(a) training base_cnn in {precision}, batch 100, a quarter of {what}",
                ours=f"{ours:,.0f} images/s",
                plain=f"{plain:,.0f} images/s",
                ratio=ours / plain,
                goal=f"at least {goal} x",
                holds=ours / plain >= goal,
                note=f"turns: ours {_say(speeds[precision])}; notebook {_say(speeds['notebook'])}",
            )
        )
        most = statistics.median(bare[precision])
        rows.append(
            common.row(
                f"(a) training base_cnn in {precision}, against Keras alone on one batch in memory",
                ours=f"{ours:,.0f} images/s",
                plain=f"{most:,.0f} images/s",
                ratio=ours / most,
                goal="at least 0.9 x",
                holds=ours / most >= CEILING_SHARE,
                note=f"Keras alone is {most / plain:.2f} x the notebook here; turns: {_say(bare[precision])}",
            )
        )
    peak = _train(home, "bench", 1, precisions[-1])["peak"]
    rows.append(
        common.row(
            f"(d) peak memory of training, {what}",
            ours=f"{peak / 1e9:.2f} GB resident",
            plain="–",
            ratio=peak / MEMORY_GOAL_BYTES,
            goal="under 1.5 GB",
            holds=peak < MEMORY_GOAL_BYTES,
        )
    )
    return rows


def _train(home: Path, dataset: str, epochs: int, precision: str) -> dict[str, Any]:
    """Train in a process of its own: {"speeds": images per second of each epoch, "peak": bytes resident}."""
    said = common.run_child(home, "-c", CHILD, str(epochs), precision, dataset)
    result: dict[str, Any] = json.loads(said.splitlines()[-1])
    return result


def _copy_some(home: Path) -> Path:
    """A quarter of the images as a data set of its own, since speed is counted per image; returns its class folder."""
    whole = next((home / "data" / "datasets" / "bench").rglob("Uninfected")).parent
    some = home / "data" / "datasets" / FEW
    for path in sorted(whole.glob("*/*.png"))[::4]:
        target = some / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    common.run_child(home, "-m", "core", "index", FEW)
    return some


def _say(speeds: list[float]) -> str:
    return ", ".join(f"{speed:,.0f}" for speed in speeds)

"""What the benchmarks share: images to measure with, children to measure, and the machine in words."""

import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.base import paths

PROJECT = Path(__file__).resolve().parent.parent.parent
REAL_CELLS = PROJECT.parent / "shared" / "datasets" / "cell_images.zip"
DRAWN_IMAGES = 8000


@contextmanager
def images_to_measure() -> Iterator[tuple[Path, str]]:
    """A temporary home with a data set folder `bench`, not yet indexed, and what it is in words.

    The public malaria cells where they lie beside the project, else drawn cells.
    """
    with tempfile.TemporaryDirectory(prefix="second-look-bench-") as temporary:
        home = Path(temporary)
        if REAL_CELLS.exists():
            with zipfile.ZipFile(REAL_CELLS) as archive:
                archive.extractall(home / "data" / "datasets" / "bench")
            yield home, "20,911 real malaria cells"
        else:
            run_child(home, "-m", "core", "draw", "--name", "bench", "--images", str(DRAWN_IMAGES))
            yield home, f"{DRAWN_IMAGES:,} drawn cells"


def run_child(home: Path, *arguments: str) -> str:
    """stdout of a Python child on this home; its failure ends the benchmark with what it said."""
    environment = {**paths.child_environment(), "SECOND_LOOK_HOME": str(home)}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{ended.stderr[-3000:]}")
    return ended.stdout


def describe_machine() -> str:
    """Processor, cores and memory, in a line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    from core.models import backend

    precision = "with" if backend.has_bfloat16() else "without"
    system = f"Python {platform.python_version()}, {platform.system()}"
    return f"{model}, {os.cpu_count()} cores, {precision} bfloat16; {system}"


def row(name: str, *, ours: str, plain: str, ratio: float, goal: str, holds: bool, note: str = "") -> dict[str, Any]:
    """One line of the report."""
    return {"name": name, "ours": ours, "plain": plain, "ratio": ratio, "goal": goal, "holds": holds, "note": note}

"""Times of judging, in a process of its own: `statistics` or `compare`; prints one JSON document.

The models are invented answers written as packages, with 6,647 test images each.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core.base import paths
from core.results import slice_tests, slices
from core.statistics import calibration, curves, decision_curve, measures, paired_comparison, risk_coverage, tasks
from tests.support import made_models

IMAGES, PATIENTS, MODELS = 6647, 160, 20
TURNS = 5


def make_table(seed: int, *, patients: bool) -> Any:
    """Answers of a good model to the same images."""
    random = np.random.default_rng(0)
    labels, owner = random.integers(0, 2, IMAGES), random.integers(0, PATIENTS, IMAGES)
    groups = [f"P{one}" for one in owner] if patients else ""
    return made_models.make_answers(labels, skill=3.0, seed=seed, groups=groups)


def time_statistics(patients: bool) -> dict[str, float]:
    """Seconds of each kind of statistic with its intervals, once warm: the median of five turns."""
    one, other = (
        tasks.build_task(make_table(seed, patients=patients), made_models.NAMES, made_models.NAMES[0])
        for seed in (0, 1)
    )
    parts = [slices.Slice("part", str(n), np.arange(IMAGES) % 40 == n) for n in range(40)]
    kinds: dict[str, Callable[[], object]] = {
        "measures": lambda: measures.measure(one),
        "curves": lambda: curves.compute_curves(one),
        "calibration": lambda: calibration.measure(one, subject="answer", rule="mass"),
        "risk and coverage": lambda: risk_coverage.compute_curve(one, None),
        "40 slices": lambda: slice_tests.measure(one, parts, "error"),
        "decision curve": lambda: decision_curve.compute_curve(one),
        "a pair": lambda: paired_comparison.compare(one, other),
    }
    paired_comparison.compare(one, other)  # what is imported at the first call
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(TURNS):
        for name, work in kinds.items():
            began = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def time_compare() -> dict[str, float]:
    """Server seconds of the Compare page with 20 models: with empty caches, and again."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from tests.support import app_pages

    for number in range(MODELS):
        made_models.write_model(make_table(number, patients=True), f"model-{number}")
    seconds = {}
    for name in ("first", "empty", "again"):
        if name == "empty":  # modules are loaded now, as in a server that has shown a page
            st.cache_data.clear()
        test = AppTest.from_file(str(paths.PROJECT_FOLDER / "app.py"), default_timeout=300)
        began = time.perf_counter()
        app_pages.choose(test, "compare").run()
        seconds[name] = time.perf_counter() - began
        if test.exception:
            raise SystemExit(str(test.exception))
    return seconds


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        print(json.dumps(time_compare()))
    else:
        print(json.dumps({"patients": time_statistics(True), "images": time_statistics(False)}))

"""Which method of explanation points at the parasite? Real cells of unseen patients, and drawn ones; with its time.

    python -m tests.benchmarks.bench_explanations [--part test|validation] [--models ID ...] [--methods KEY ...]
    python -m tests.benchmarks.bench_explanations --choose     # baselines of integrated gradients, on validation images
    python -m tests.benchmarks.bench_explanations --random     # what is left of the maps with random weights

Truth of real cells: `tests.support.stained_cells`; of drawn ones their masks. Only infected cells that the model finds
(probability above 0.5) in the part of its own split that is asked for; of each patient at most `--a-patient`, so that
one patient with many cells does not decide. An empty map is a miss. Real cells are wanted in ../shared/datasets.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from core.base import paths
from core.datasets.index import decoding, index
from core.explanation import heatmaps, integrated_gradients, methods
from core.jobs import overview
from core.models import normalisation, package, registry
from core.prediction import evidence
from core.runtimes import base, keras, opening
from core.statistics import estimate, intervals
from tests.benchmarks import common
from tests.support import pointing, stained_cells

DRAWN = "sample-cells-base-cnn"
REAL = (
    "malaria-smear-cnn-micro",
    "malaria-smear-cnn-micro-normalised",
    "malaria-smear-cnn",
    "malaria-base-cnn",
    "malaria-compact-cnn",
    "malaria-leaky-swish-cnn-augmented",
)
A_PATIENT = 30
GOAL, GOAL_MS = 0.95, 60.0
IN_BENCH = ("malaria-smear-cnn-micro", "malaria-base-cnn")
IN_BENCH_A_PATIENT = 5
Baselines = Callable[[np.ndarray], tuple[np.ndarray, ...]]


def measure() -> list[dict[str, Any]]:
    """The default against Grad-CAM on few images a patient, test part."""
    rows = []
    with homes() as real:
        for model in [DRAWN, *(IN_BENCH if real else ())]:
            found = package.find_package(model)
            cases = list_cases(found, "test", IN_BENCH_A_PATIENT if model != DRAWN else A_PATIENT)
            chosen = methods.find_default(found.manifest.architecture)
            asked = opening.open_runtime(found)
            ours, plain = (score(found, asked, key, cases) for key in (chosen.key, methods.GRAD_CAM))
            assert ours.share.value is not None
            assert plain.share.value is not None
            rows.append(
                common.row(
                    f"(t) highest point within {pointing.MARGIN_PX} px of the parasite, {model}, n = {ours.share.n}",
                    ours=f"{ours.share.say(estimate.PER_CENT)}, {ours.milliseconds:.0f} ms",
                    plain=f"{plain.share.say(estimate.PER_CENT)}, {plain.milliseconds:.0f} ms",
                    ratio=ours.share.value / max(plain.share.value, 1e-3),
                    goal=f"at least {GOAL:.0%}, {GOAL_MS:.0f} ms",
                    holds=ours.share.value >= GOAL and ours.milliseconds <= GOAL_MS,
                    note=f"{chosen.title}; plain = Grad-CAM; a random point of the cell hits in "
                    f"{np.mean([case.chance for case in cases]):.0%}",
                )
            )
    return rows


class Scored:
    """What a method came to: share of hits with its interval over patients, empty maps, median warm milliseconds."""

    def __init__(self, hits: Sequence[bool], empty: int, milliseconds: float, patients: Sequence[str]) -> None:
        self.share = measure_share(hits, patients)
        self.empty, self.milliseconds = empty, milliseconds


def score(found: package.Package, asked: base.Runtime, key: str, cases: Sequence[pointing.Case]) -> Scored | None:
    """The way of the product, `evidence.explain`, on each case; None where the model has no heatmap by this method."""
    source = methods.find_method(key).find(asked)
    return None if isinstance(source, base.Lacking) else score_source(found, source, cases)


def score_source(found: package.Package, source: heatmaps.Source, cases: Sequence[pointing.Case]) -> Scored:
    """`score` of what a method gives."""
    label, hits, seconds, empty = found.class_names.index("Parasitized"), [], [], 0
    evidence.explain(found, source, cases[0].image_rgb, label)  # warm
    for case in cases:
        began = time.perf_counter()
        heatmap = evidence.explain(found, source, case.image_rgb, label)
        seconds.append(time.perf_counter() - began)
        hits.append(pointing.hits(case, heatmap.values))
        empty += heatmap.peak <= 0
    return Scored(hits, empty, 1000 * statistics.median(seconds), [case.patient for case in cases])


def measure_share(hits: Sequence[bool], patients: Sequence[str]) -> estimate.Estimate:
    """A share of images with its 95 % interval over whole patients."""
    units, names = pd.factorize(np.array(patients, object))
    right, all_of = np.bincount(units, np.array(hits, float)), np.bincount(units)
    found = intervals.jackknife(
        lambda weights: ((right @ weights) / np.maximum(all_of @ weights, 1))[None],
        intervals.deal(len(names)),
        len(hits),
    )
    return intervals.compute_share(found[0], units=len(names), images=len(hits))


@contextmanager
def homes() -> Iterator[bool]:
    """A home of its own with the drawn cells and, where they lie beside the project, the real ones: whether so."""
    before = os.environ.get("SECOND_LOOK_HOME")
    with tempfile.TemporaryDirectory(prefix="second-look-heat-") as temporary:
        home, real = Path(temporary), common.REAL_CELLS.exists()
        images, seed = str(overview.SAMPLE_IMAGES), str(overview.SAMPLE_SEED)
        common.run_child(home, "-m", "core", "draw", "--name", overview.SAMPLE_NAME, "--images", images, "--seed", seed)
        if real:
            common.run_child(home, "-m", "core", "import", str(common.REAL_CELLS), "--name", "malaria-cells")
        os.environ["SECOND_LOOK_HOME"] = temporary
        try:
            yield real
        finally:
            os.environ.pop("SECOND_LOOK_HOME")
            if before is not None:
                os.environ["SECOND_LOOK_HOME"] = before


def list_cases(found: package.Package, part: str, a_patient: int) -> list[pointing.Case]:
    """The infected cells of a part of its split that a model finds, and whose parasite is known."""
    name = found.manifest.dataset.name
    data, folder = index.read_index(name), paths.datasets_folder() / name
    table = pd.read_parquet(found.file(package.PREDICTIONS_FILE))
    label = found.class_names.index("Parasitized")
    table = table[(table["split"] == part) & (table["label"] == label) & (table["p_Parasitized"] > 0.5)]
    chosen = table.sample(frac=1, random_state=0).groupby("group", sort=True).head(a_patient)
    files = data.table.set_index("image_id")["path"].loc[chosen["image_id"]]
    if name == overview.SAMPLE_NAME:
        return pointing.list_drawn(folder, files, chosen["group"])
    cases = []
    for path, patient in zip(files, chosen["group"], strict=True):
        image_rgb = decoding.decode_image((folder / path).read_bytes(), where=path)
        mask = stained_cells.find_parasite(image_rgb)
        if mask is not None:
            cases.append(pointing.Case(image_rgb, mask, patient))
    return cases


def compare(models: Sequence[str], part: str, keys: Sequence[str], a_patient: int) -> None:
    """Prints a line a model and method."""
    for model in models:
        found = package.find_package(model)
        cases, asked = list_cases(found, part, a_patient), opening.open_runtime(found)
        patients = len({case.patient for case in cases})
        chance = np.mean([case.chance for case in cases])
        print(f"{model}: {len(cases)} cells of {patients} patients, a random point hits in {chance:.1%}", flush=True)
        for key in keys:
            one = score(found, asked, key, cases)
            said = (
                "none"
                if one is None
                else f"{one.share.say(estimate.PER_CENT)} | {one.empty} | {one.milliseconds:.0f} ms"
            )
            print(f"  {key} | {said}", flush=True)


def _blur(image: np.ndarray, share: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), share * max(image.shape[:2]), borderType=cv2.BORDER_REPLICATE))


BASELINES: dict[str, Baselines] = {
    "black": lambda image: (np.zeros_like(image),),
    "white": lambda image: (np.full_like(image, 255),),
    "mid-grey": lambda image: (np.full_like(image, 127.5),),
    "mean colour": lambda image: (np.broadcast_to(image.mean(axis=(0, 1)), image.shape),),
    "median of the border": lambda image: (
        np.broadcast_to(
            np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]), axis=0), image.shape
        ),
    ),
    "blurred, 1/8": lambda image: (_blur(image, 1 / 8),),
    "blurred, 1/4": lambda image: (_blur(image, 1 / 4),),
    "black and white": lambda image: (np.zeros_like(image), np.full_like(image, 255)),
    "mid-grey and blurred, 1/8": lambda image: (np.full_like(image, 127.5), _blur(image, 1 / 8)),
}


def choose(models: Sequence[str], a_patient: int) -> None:
    """Prints a line a model and baseline: validation images, and as many gradients for one baseline as for two."""
    ours, steps = integrated_gradients.make_baselines, integrated_gradients.STEPS
    try:
        for model in models:
            found = package.find_package(model)
            cases, asked = list_cases(found, "validation", a_patient), opening.open_runtime(found)
            source = integrated_gradients.find_integrals(asked)
            assert not isinstance(source, base.Lacking)
            print(f"{model}: {len(cases)} cells", flush=True)
            for name, baselines in BASELINES.items():
                vars(integrated_gradients)["make_baselines"] = baselines
                integrated_gradients.STEPS = 2 * steps // len(baselines(np.zeros((8, 8, 3), np.float32)))
                print(f"  {name} | {score_source(found, source, cases).share.say(estimate.PER_CENT)}", flush=True)
    finally:
        vars(integrated_gradients)["make_baselines"], integrated_gradients.STEPS = ours, steps


def randomise(models: Sequence[str], keys: Sequence[str], a_patient: int) -> None:
    """Prints how maps change, and how often they still hit, where the weights are random (Adebayo et al. 2018)."""
    for model in models:
        found = package.find_package(model)
        cases, asked = list_cases(found, "validation", a_patient), opening.open_runtime(found)
        network = registry.build_model(found.manifest.architecture, len(found.class_names), found.input_size_px[0])
        plain = keras.KerasRuntime(network, where="random weights", input_size_px=found.input_size_px)
        print(f"{model}: {len(cases)} cells", flush=True)
        for key in keys:
            source, other = (methods.find_method(key).find(each) for each in (asked, plain))
            if isinstance(source, base.Lacking) or isinstance(other, base.Lacking):
                continue
            alike = [_correlate(found, source, other, case.image_rgb) for case in cases]
            left = score_source(found, other, cases)
            said = (
                f"rank correlation {np.mean(alike):.2f} | hits {left.share.say(estimate.PER_CENT)} | {left.empty} empty"
            )
            print(f"  {key} | {said}", flush=True)


def _correlate(found: package.Package, source: heatmaps.Source, other: heatmaps.Source, image_rgb: np.ndarray) -> float:
    """Spearman's rank correlation of two maps of an image, over what is not ground."""
    seen = normalisation.bring(image_rgb, found.form, *found.input_size_px).image_rgb
    size, label = found.input_size_px, found.class_names.index("Parasitized")
    body = seen.max(axis=-1) > 0
    ranks = [
        pd.Series(heatmaps.compute_heatmap(one, seen, label, input_size_px=size).values[body]).rank()
        for one in (source, other)
    ]
    return float(np.nan_to_num(ranks[0].corr(ranks[1])))


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--models", nargs="+", default=[*REAL, DRAWN])
    parser.add_argument("--methods", nargs="+", default=list(methods.METHODS))
    parser.add_argument("--a-patient", type=int, default=A_PATIENT)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--random", action="store_true")
    options = parser.parse_args()
    with homes() as real:
        models = [model for model in options.models if real or model == DRAWN]
        if options.choose:
            choose(models, options.a_patient)
        elif options.random:
            randomise(models, options.methods, options.a_patient)
        else:
            compare(models, options.part, options.methods, options.a_patient)


if __name__ == "__main__":
    main()

"""Finished models for tests that need no network: real arithmetic on invented answers, written as packages."""

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.base import files, records
from core.datasets.splits import divisions
from core.models import amending, manifests, package, vetting
from core.results import predictions_file
from core.statistics import decision_rule, summary
from core.training import history
from tests.support import brightness

NAMES = ("Parasitized", "Uninfected")
EPOCHS = [
    {"epoch": epoch, "loss": 0.5 / epoch, "accuracy": 0.8, "validation_loss": 0.4, "validation_accuracy": 0.8}
    | {"seconds": 1.0, "images_per_second": 100.0}
    for epoch in (1, 2)
]


def make_answers(
    labels: Any,
    *,
    skill: float = 1.5,
    seed: int = 0,
    names: tuple[str, ...] = NAMES,
    groups: Any = "",
    split: Any = "test",
) -> pd.DataFrame:
    """Predictions of images whose ids depend on their place only, so that tables of equal length share their images."""
    random, truth = np.random.default_rng(seed), np.asarray(labels)
    logits = random.normal(0, 1, (len(truth), len(names)))
    logits[np.arange(len(truth)), truth] += skill
    chances = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    columns = {f"p_{name}": chances[:, place] for place, name in enumerate(names)}
    ids = [f"{number:016x}" for number in range(len(truth))]
    known = {"image_id": ids, "split": split, "group": groups, "label": truth.astype(np.int16)}
    return pd.DataFrame({**known, **columns})


def write_no_network(path: Path) -> None:
    """A file that looks like a network as long as nobody asks for its weights."""
    layer = {"module": "keras.layers", "class_name": "Softmax", "config": {}, "registered_name": None}
    network = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}, "registered_name": None}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in ((vetting.METADATA, {}), (vetting.CONFIG, network), (vetting.WEIGHTS, None)):
            archive.writestr(name, json.dumps(content))


def as_manifest(content: dict[str, Any]) -> manifests.Manifest:
    """What `package.write_package` takes, from JSON."""
    return records.convert({"schema": 1, "id": "", "files": {}, **content}, manifests.Manifest)


def alter(found: package.Package, **changes: Any) -> package.Package:
    """The same package as if its manifest had these values (JSON), in memory only; sections are merged."""
    content = found.manifest.to_json()
    for name, value in changes.items():
        content[name] = {**content[name], **value} if isinstance(content.get(name), dict) else value
    return dataclasses.replace(found, manifest=as_manifest(content))


def read_section(model_id: str, name: str) -> Any:
    """A section of a model's manifest as it stands in the file; None where it does not."""
    return files.read_json(package.find_package(model_id).file(package.MANIFEST)).get(name)


def make_division(**changes: Any) -> divisions.Division:
    """An honest division by patient, with these values otherwise."""
    sides = {"train": 100, "validation": 30, "test": 30}
    usual = {"rule": "patient", "leaky": False, "groups_shared": 0, "images": sides, "groups": dict.fromkeys(sides, 10)}
    return records.convert(usual | changes, divisions.Division)


def make_manifest(table: pd.DataFrame, *, names: tuple[str, ...] = NAMES, leaky: bool = False) -> dict[str, Any]:
    """A manifest whose test result is that of the table, about a data set `tiny` that need not be there."""
    tested = table[table["split"] == "test"]
    sides = {"train": 100, "validation": 30, "test": len(tested)}
    return {
        "created": "2026-01-01T00:00:00+00:00",
        "architecture": "base_cnn",
        "parameters": 646_338,
        "class_names": list(names),
        "positive_class": names[0],
        "input": {"height_px": 64, "width_px": 64},
        "dataset": {"name": "tiny", "fingerprint": "f" * 64},
        "split": {
            "rule": "random" if leaky else "patient",
            "leaky": leaky,
            "groups_shared": 7 if leaky else 0,
            "images": sides,
            "groups": dict.fromkeys(sides, 10),
        },
        "recipe": {"dataset": "tiny", "epochs": 5, "split": "random" if leaky else "patient"},
        "command": "python -m core train tiny",
        "check": {"probabilities": brightness.compute_check((64, 64))},
        "heatmap": {"layer": "conv_3", "reference_peak": 1.0, "images": 30},
        "training": {"epochs": 2, "best_epoch": 1, "seconds": 3.0, "precision": "float32"},
        "test": summary.summarise(tested, names, names[0]),
    }


def write_model(
    table: pd.DataFrame,
    model_id: str = "tiny-base-cnn",
    *,
    names: tuple[str, ...] = NAMES,
    leaky: bool = False,
    trained: tuple[str, ...] = (),
    trained_groups: Any = "",
    **changes: Any,
) -> package.Package:
    """A package of these predictions, that was trained on the images `trained`; `changes` to its manifest."""
    manifest = make_manifest(table, names=names, leaky=leaky) | changes

    def fill(folder: Any) -> None:
        write_no_network(folder / package.MODEL_FILE)
        history.as_table({"epochs": EPOCHS}).to_csv(folder / package.HISTORY_FILE, index=False)
        table.to_parquet(folder / package.PREDICTIONS_FILE)
        known = pd.DataFrame({"image_id": list(trained), "group": trained_groups}, dtype=str)
        known.to_parquet(folder / package.TRAINING_IMAGES_FILE)

    return package.write_package(model_id, as_manifest(manifest), fill)


def write_small_model() -> package.Package:
    """60 answers of 10 patients, half of them validation images, about 85 % right."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    right = random.random(60) < 0.85
    positive = np.where((labels == 0) == right, 0.9, 0.1).astype(np.float32)
    known = {
        "image_id": [f"{number:016x}" for number in range(60)],
        "split": np.tile(["validation", "test"], 30),
        "group": [f"P{number % 10}" for number in range(60)],
        "label": labels,
    }
    return write_model(pd.DataFrame({**known, "p_Parasitized": positive, "p_Uninfected": 1 - positive}))


def keep_threshold(found: package.Package, threshold: float) -> package.Package:
    """The package with an operating point, as the Evaluate page writes one."""
    scored = predictions_file.read(found.file(package.PREDICTIONS_FILE))
    table = scored[scored["split"] == "test"]
    values = table[[f"p_{name}" for name in found.class_names]].to_numpy(float)
    decided = decision_rule.decide(values, found.class_names.index(found.positive_class), threshold)
    result = summary.summarise(table, found.class_names, found.positive_class, answers=decided)
    point = {"threshold": threshold, "positive_class": found.positive_class, "aim": {"kind": "own"}, "test": result}
    return amending.amend(found, {package.OPERATING_POINT: point})

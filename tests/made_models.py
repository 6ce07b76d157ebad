"""Finished models for tests that need no network: real arithmetic on invented answers, written as packages."""

from typing import Any

import numpy as np
import pandas as pd

from core.evaluation import summary
from core.models import package

NAMES = ("Parasitized", "Uninfected")


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


def write_model(
    table: pd.DataFrame,
    model_id: str,
    *,
    names: tuple[str, ...] = NAMES,
    leaky: bool = False,
    trained: tuple[str, ...] = (),
    trained_groups: Any = "",
    **changes: Any,
) -> package.Package:
    """A package of these predictions, that was trained on the images `trained`; `changes` to its manifest."""
    test = summary.summarise(table[table["split"] == "test"], names, names[0], resamples=200)
    sides = {"train": 100, "validation": 30, "test": len(table)}
    manifest: dict[str, Any] = {
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
        "check": {"probabilities": []},
        "training": {"epochs": 2, "best_epoch": 1, "seconds": 3.0, "precision": "float32"},
        "test": test,
        **changes,
    }

    def fill(folder: Any) -> None:
        (folder / package.MODEL_FILE).write_bytes(b"no network")
        (folder / package.HISTORY_FILE).write_text("epoch,loss\n1,0.5\n")
        table.to_parquet(folder / package.PREDICTIONS_FILE)
        known = pd.DataFrame({"image_id": list(trained), "group": trained_groups}, dtype=str)
        known.to_parquet(folder / package.TRAINING_IMAGES_FILE)

    return package.write_package(model_id, manifest, fill)


def keep_threshold(found: package.Package, threshold: float) -> package.Package:
    """The package with an operating point, as the Evaluate page writes one."""
    from core.evaluation import deciding

    scored = summary.read_predictions(found.file(package.PREDICTIONS_FILE))
    table = scored[scored["split"] == "test"]
    values = table[[f"p_{name}" for name in found.class_names]].to_numpy(float)
    decided = deciding.decide(values, found.class_names.index(found.positive_class), threshold)
    result = summary.summarise(table, found.class_names, found.positive_class, answers=decided, resamples=200)
    point = {"threshold": threshold, "positive_class": found.positive_class, "aim": {"kind": "own"}, "test": result}
    return package.amend(found, {package.OPERATING_POINT: point})

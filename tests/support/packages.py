"""A package's files and manifest, as small as they may be."""

import pandas as pd

from core.models import package
from core.statistics import summary
from tests.support import made_models

SIDES = {"train": 1, "validation": 1, "test": 2}


def fill(folder):
    for name in package.FILES:
        (folder / name).write_bytes(name.encode() * 10)


def predictions():
    table = {
        "image_id": ["1", "2"],
        "split": "test",
        "group": "",
        "label": [0, 1],
        "p_a": [0.9, 0.2],
        "p_b": [0.1, 0.8],
    }
    return pd.DataFrame(table)


def manifest(created="2026-01-01T00:00:00+00:00", **changes):
    content = {
        "created": created,
        "architecture": "base_cnn",
        "parameters": 5,
        "class_names": ["a", "b"],
        "positive_class": "b",
        "dataset": {"name": "cells", "fingerprint": "f"},
        "split": {"rule": "random", "leaky": True, "groups_shared": 2, "images": SIDES, "groups": SIDES},
        "input": {"height_px": 64, "width_px": 32},
        "recipe": {"epochs": 1},
        "command": "python -m core train cells",
        "training": {"epochs": 1, "best_epoch": 1, "seconds": 1.0, "precision": "float32"},
        "check": {"probabilities": []},
        "test": summary.summarise(predictions(), ("a", "b"), "b"),
    }
    return made_models.as_manifest(content | changes)

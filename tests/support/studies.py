"""Answers of made-up studies, with patients whose images go together, and results as they are written down."""

import json
from typing import Any

import numpy as np
import pandas as pd

from core.base import files

NAMES = ("Parasitized", "Uninfected")


def make_predictions(labels: Any, positive: Any, groups: Any = "") -> pd.DataFrame:
    """A table of two classes; `positive` is the probability of class 0."""
    chance = np.asarray(positive, dtype=float)
    return pd.DataFrame(
        {
            "image_id": [f"i{number}" for number in range(len(chance))],
            "split": "test",
            "group": groups,
            "label": np.asarray(labels, dtype=np.int16),
            "p_Parasitized": chance,
            "p_Uninfected": 1 - chance,
        }
    )


def make_study(n: int, *, patients: int = 0, seed: int = 0, classes: int = 2) -> pd.DataFrame:
    """A model of middling skill; patients differ in how hard they are."""
    random = np.random.default_rng(seed)
    labels, patient = random.integers(0, classes, n), random.integers(0, max(patients, 1), n)
    skill = random.normal(1.6, 0.5, max(patients, 1))[patient]
    logits = random.normal(0, 1, (n, classes))
    logits[np.arange(n), labels] += skill
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    columns = {f"p_{name}": chances[:, index] for index, name in enumerate(name_classes(classes))}
    groups = [f"C{one}" for one in patient] if patients else ""
    identity = {"image_id": [str(number) for number in range(n)], "split": "test", "group": groups, "label": labels}
    return pd.DataFrame({**identity, **columns})


def name_classes(count: int) -> tuple[str, ...]:
    return NAMES if count == 2 else tuple(f"kind{index}" for index in range(count))


def as_written(result: Any) -> Any:
    """A result as files and the terminal have it."""
    return json.loads(json.dumps(result, allow_nan=False, default=files.encode))

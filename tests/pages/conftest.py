"""The pages through app.py, on a home of their own, without starting any worker."""

import sys

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import life, paths
from core.evaluation import summary
from core.models import package
from core.training import history


@pytest.fixture(autouse=True)
def main_module(monkeypatch):
    """AppTest leaves the script as `__main__`; a later test that spawns processes would run the app in each of them."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def started(monkeypatch):
    """The folders whose workers would have been started, with their arguments."""
    calls = []
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(life, "start", lambda folder, arguments: calls.append((folder, arguments)))
    return calls


@pytest.fixture
def app(home, started):
    """Open a page of the app: `app("train", run="...")`."""

    def open_page(name, **address):
        test = AppTest.from_file(str(paths.PROJECT_FOLDER / "app.py"), default_timeout=120)
        for key, value in address.items():
            test.query_params[key] = value
        test.switch_page(f"pages/{name}.py").run()
        assert not test.exception, test.exception
        return test

    return open_page


@pytest.fixture
def small_model(home):
    """A model whose results are real arithmetic on invented answers; its network is no network."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    right = rng.random(60) < 0.85
    positive = np.where((labels == 0) == right, 0.9, 0.1)
    table = pd.DataFrame(
        {
            "image_id": [f"{n:016x}" for n in range(60)],
            "split": np.tile(["validation", "test"], 30),
            "group": [f"P{n % 10}" for n in range(60)],
            "label": labels,
            "p_Parasitized": positive.astype(np.float32),
            "p_Uninfected": (1 - positive).astype(np.float32),
        }
    )
    return write_model(table, leaky=False)


def write_model(table, *, leaky, model_id="tiny-base-cnn"):
    names = ("Parasitized", "Uninfected")
    test = summary.summarise(table[table["split"] == "test"], names, names[0])
    sides = {"train": 100, "validation": 30, "test": 30}
    manifest = {
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
        "recipe": {"epochs": 5},
        "command": "python -m core train tiny",
        "check": {"probabilities": []},
        "training": {"epochs": 2, "best_epoch": 1, "seconds": 3.0, "precision": "float32"},
        "heatmap": {"layer": "conv_3", "reference_peak": 1.0, "images": 30},
        "test": test,
    }
    rows = [
        {"epoch": e, "loss": 0.5 / e, "accuracy": 0.8, "validation_loss": 0.4, "validation_accuracy": 0.8}
        | {"seconds": 1.0, "images_per_second": 100.0}
        for e in (1, 2)
    ]

    def fill(folder):
        (folder / package.MODEL_FILE).write_bytes(b"no network")
        history.as_table({"epochs": rows}).to_csv(folder / package.HISTORY_FILE, index=False)
        table.to_parquet(folder / package.PREDICTIONS_FILE)
        table[["image_id", "group"]].iloc[:0].to_parquet(folder / package.TRAINING_IMAGES_FILE)

    return package.write_package(model_id, manifest, fill)

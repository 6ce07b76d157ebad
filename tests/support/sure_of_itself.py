"""Models that are too sure of themselves or not sure enough, and the views about it, each alone."""

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from tests.support import said

words = said.read_all


def view(model_id, module):
    """The script that AppTest runs."""
    import importlib

    from core.models import package

    part = importlib.import_module(f"pages.evaluate.{module}")
    show = part.show_calibration if module == "calibration" else part.show_referral
    show(package.find_package(model_id))


def show(module, found):
    test = AppTest.from_function(view, default_timeout=60, args=(found.id, module)).run()
    assert not test.exception, test.exception
    return test


def make_predictions(n, *, sharpness, patients=12, seed=0):
    """Half validation, half test; the true log odds, `sharpness` times as large: above 1 is too sure of itself."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(0, 2, n)
    chances = 1 / (1 + np.exp(-sharpness * log_odds))
    return pd.DataFrame(
        {
            "image_id": [f"{number:016x}" for number in range(n)],
            "split": np.tile(["validation", "test"], n // 2),
            "group": [f"P{number}" for number in rng.integers(0, patients, n)] if patients else "",
            "label": (rng.random(n) >= 1 / (1 + np.exp(-log_odds))).astype(int),
            "p_Parasitized": chances,
            "p_Uninfected": 1 - chances,
        }
    )

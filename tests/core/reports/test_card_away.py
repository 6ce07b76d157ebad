"""The card says what the gate refuses and what changes do, in the numbers of Evaluate; it is silent without them."""

import pytest

from core.base import paths
from core.gate import fitting
from core.reports import card_away
from core.results import on_dataset, stress
from core.runtimes import opening
from core.statistics import estimate
from tests.support import block_runtimes, older_models, plain_cells


@pytest.fixture
def older(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    monkeypatch.setattr(stress, "IMAGES", 8)
    data = plain_cells.write_dataset("drawn", patients=40)
    return older_models.write_older(data, older_models.divide(data))


def test_nothing_is_said_of_what_was_not_measured(older):
    assert card_away.describe(older) == {"gate": "", "robustness": ""}


def test_the_gate_and_the_stress_table_in_their_own_numbers(older):
    found = fitting.add(older)
    stress.measure(found.id)
    said = card_away.describe(found)
    refused = on_dataset.evaluate(found.id)["gate"]["share"]["refused"].say(estimate.PER_CENT)
    assert f"test images it refuses {refused} and answers" in said["gate"]
    dark = next(row for row in stress.read(found).rows if (row.change, row.step) == ("dark", 0.3))
    assert f"Darkened to 30 %: {dark.accuracy.say(estimate.PER_CENT)}" in said["robustness"]
    assert said["robustness"].startswith("Right among 8 test images") and "Darkened to 50 %" not in said["robustness"]

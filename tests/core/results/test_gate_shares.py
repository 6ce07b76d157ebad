"""What a gate lets through, against counts by hand."""

import numpy as np
import pandas as pd
import pytest

from core.base import errors
from core.gate import gate, gate_file
from core.models import amending, package, tables
from core.results import gate_shares
from core.statistics import tasks
from tests.support import made_gates, made_models

STATES = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 0], np.uint8)


def make_task():
    answers = made_models.make_answers([0, 1] * 5, groups=[f"P{number % 5}" for number in range(10)])
    flipped = answers.assign(p_Parasitized=answers["p_Uninfected"], p_Uninfected=answers["p_Parasitized"])
    table = pd.concat([answers[:7], flipped[7:]])  # the last three are wrong
    return tasks.build_task(table, ("Parasitized", "Uninfected"), "Parasitized")


def test_shares_and_accuracy_are_counts():
    task = make_task()
    right = task.answers == task.labels
    found = gate_shares.measure(task, STATES)
    for state, name in gate_shares.NAMES.items():
        chosen = state == STATES
        share, accuracy = found["share"][name], found["accuracy"][name]
        assert (share.value, share.n) == (pytest.approx(chosen.mean()), 10)
        assert (accuracy.value, accuracy.n) == (pytest.approx(right[chosen].mean()), chosen.sum())
        assert share.low <= share.value <= share.high
    said = gate_shares.to_json(found)
    assert (said["refused"], said["away"]) == (pytest.approx(0.3), pytest.approx(0.2))


def test_a_state_that_no_image_has_is_no_fault():
    found = gate_shares.measure(make_task(), np.zeros(10, np.uint8))
    assert found["share"]["refused"].value == 0 and found["accuracy"]["refused"].value is None


def test_patients_stand_in_the_order_of_what_is_refused_of_them():
    groups = pd.Series(["a", "a", "b", "b", "b", "b", "", "c", None, "a"])
    rows = gate_shares.list_patients(groups, STATES)
    assert [(row["patient"], row["images"], row["away"], row["refused"].value) for row in rows] == [
        ("c", 1, 0, 1.0),
        ("b", 4, 2, 0.0),
        ("a", 3, 0, 0.0),
    ]


def test_states_that_are_not_of_these_predictions_are_a_fault(small_model):
    made = made_gates.make_gate(wide=True)
    found = amending.add_file(small_model, package.GATE_FILE, lambda path: gate_file.write(path, made))
    with pytest.raises(errors.ModelBroken, match="a state for each of 60 predictions"):
        gate_shares.find_own(found, tables.read_predictions(found))
    assert max(gate_shares.NAMES) == gate.REFUSED

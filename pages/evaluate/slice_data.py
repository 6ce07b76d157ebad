"""What the view of slices works with: the test images, their facts, and what was worked out of them, once."""

from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.index import index
from core.datasets.views import image_facts
from core.models import package
from core.results import confusion_cell, patient_errors, slice_tests, slices
from core.statistics import decision_rule, tasks
from pages.kit import cache


def select_test(found: package.Package) -> pd.DataFrame:
    """The test predictions of a model."""
    predictions = cache.load_predictions(found)
    return predictions[predictions["split"] == "test"]


def build_task(found: package.Package) -> tasks.Task:
    """The test images with the answers at the kept operating point, where there is one."""
    test = select_test(found)
    chances = test[[f"p_{name}" for name in found.class_names]].to_numpy()
    answers = decision_rule.decide(chances, found.class_names.index(found.positive_class), found.threshold)
    return tasks.build_task(test, found.class_names, found.positive_class, answers=answers)


@st.cache_data(max_entries=16, show_spinner="Counting patient by patient …")
def measure_patients(
    _found: package.Package, model_id: str, created: str, threshold: float | None, what: str
) -> dict[str, Any]:
    """`patient_errors.measure` of the test images; all but the package is what it is kept by."""
    return patient_errors.measure(build_task(_found), select_test(_found)["group"], what)


@st.cache_resource(max_entries=16, show_spinner="Looking at each part of the images …")
def measure_slices(
    _found: package.Package,
    _data: index.Index,
    model_id: str,
    created: str,
    threshold: float | None,
    what: str,
    content: str,
    identity: str,
    stamp: int,
) -> tuple[list[slices.Slice], list[dict[str, Any]]]:
    """The slices of the test images, and `slice_tests.measure` of them; the last three say which facts these are."""
    parts = slices.build_slices(select_test(_found), _list_facts(_data, content, identity, stamp))
    return parts, slice_tests.measure(build_task(_found), parts, what)


@st.cache_resource(max_entries=3, show_spinner=False)
def _list_facts(_data: index.Index, content: str, identity: str, stamp: int) -> pd.DataFrame:
    return slices.list_facts(_data, image_facts.read_facts(_data))


def list_mistakes(found: package.Package, predictions: pd.DataFrame, what: str) -> pd.DataFrame:
    """The wrong answers among some predictions, as rows of `mistakes.list_cell`, the most confident first."""
    names, positive = found.class_names, found.class_names.index(found.positive_class)
    chances = predictions[[f"p_{name}" for name in names]].to_numpy()
    answers = decision_rule.decide(chances, positive, found.threshold)
    wrong = slice_tests.find_outcome(tasks.build_task(predictions, names, names[positive], answers=answers), what).wrong
    cells = sorted(set(zip(predictions["label"][wrong].tolist(), answers[wrong].tolist(), strict=True)))
    settings: dict[str, Any] = {"threshold": found.threshold, "positive": positive, "temperature": found.temperature}
    tables = [confusion_cell.list_cell(predictions, names, truth, answer, **settings) for truth, answer in cells]
    if not tables:
        return pd.DataFrame(columns=list(confusion_cell.COLUMNS))
    listed = pd.concat(tables, ignore_index=True)
    return listed.sort_values(["confidence", "image_id"], ascending=[False, True], ignore_index=True)

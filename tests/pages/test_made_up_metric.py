"""A metric that is only in the table of metrics stands on Evaluate and on Compare."""

import pytest

from pages.kit import cache
from tests.support import compared, made_up_metrics, result_alone

models, nothing_shipped, view = compared.models, compared.nothing_shipped, result_alone.view
made_up = made_up_metrics.made_up


@pytest.fixture(autouse=True)
def explained(made_up, monkeypatch):
    """Its sentence stands in the glossary, as that of every metric must."""
    known = cache.load_glossary() | {"youden": "Sensitivity + specificity - 1.", "missed": "What is not found."}
    monkeypatch.setattr(cache, "load_glossary", lambda: known)


def test_evaluate_lists_it(view, small_model):
    said = result_alone.html(view())
    assert "Youden&#x27;s J</abbr>" in said or "Youden's J</abbr>" in said
    assert '<abbr title="What is not found.">Miss rate</abbr>' in said


def test_compare_has_its_column_and_its_difference(app, models):
    table = app("compare").dataframe[0].value
    assert table["Youden's J"].notna().all() and (table["Interval of the Youden's J"] != "–").all()
    assert "Miss rate" not in table.columns  # no headline
    shown = [frame.value for frame in app("compare", view="pair").dataframe]
    metrics = next(frame for frame in shown if "B less A, points" in frame.columns).set_index("Metric")
    assert {"Youden's J", "Miss rate"} <= set(metrics.index)
    assert metrics.loc["Miss rate", "B less A, points"].startswith("+")  # the second one misses more

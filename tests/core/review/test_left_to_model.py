"""How much may be left to the model: audit cases alone, and no promise from too few."""

import numpy as np
import pandas as pd
import pytest

from core.review import case_record, left_to_model, review_record, settled_cases
from core.statistics import wilson
from tests.support import made_models, settled_reviews

NAMES = made_models.NAMES


def make(sure, right, *, group=""):
    """Cases of these probabilities of Parasitized, which the model answers, right or not."""
    answers = np.where(np.asarray(sure) >= 0.5, *NAMES)
    other = np.where(np.asarray(sure) >= 0.5, *NAMES[::-1])
    return pd.DataFrame(
        {
            "case": range(len(sure)),
            "group": group,
            "settled": np.where(right, answers, other),
            "settled_at": [f"2026-{1 + n * 3 // len(sure):02d}-01" for n in range(len(sure))],
            "answer": answers,
            "probabilities": [dict(zip(NAMES, (p, 1 - p), strict=True)) for p in sure],
        }
    )


def test_the_unsure_ones_need_a_person():
    random = np.random.default_rng(0)
    sure = np.where(np.arange(1000) < 900, random.uniform(0.9, 0.99, 1000), random.uniform(0.5, 0.6, 1000))
    right = np.where(np.arange(1000) < 900, True, np.arange(1000) % 2 == 0)
    left = left_to_model.measure(make(sure, right), NAMES, NAMES[0], error=0.02)
    assert left.is_enough and left.needed == 189
    assert 0.05 <= left.needs_person <= 0.12
    assert left.agreement.value == pytest.approx(0.95)
    expected = wilson.compute_wilson(950, 1000)
    assert (left.agreement.low, left.agreement.high) == pytest.approx((expected.low, expected.high), abs=2e-3)
    answered = round((1 - left.needs_person) * 1000)
    worst = np.sort(sure)[::-1][:answered].min()
    assert wilson.compute_wilson(int((~right & (sure >= worst)).sum()), answered).high <= 0.02 + 1e-9


def test_over_time_counts_all_up_to_each_month():
    table = make(np.full(300, 0.9), np.arange(300) % 10 > 0)
    over = left_to_model.measure(table, NAMES, NAMES[0]).over_time
    assert over["month"].tolist() == ["2026-01", "2026-02", "2026-03"]
    assert over["n"].tolist() == [100, 200, 300]
    assert over["agreed"].tolist() == [90, 180, 270]
    assert ((over["low"] < over["agreement"]) & (over["agreement"] < over["high"])).all()


def test_too_few_and_too_wrong_say_so():
    few = left_to_model.measure(make(np.full(50, 0.9), np.ones(50, bool)), NAMES, NAMES[0])
    assert not few.is_enough and few.needs_person is None
    wrong = left_to_model.measure(make(np.full(400, 0.9), np.arange(400) % 2 == 0), NAMES, NAMES[0])
    assert wrong.is_enough and wrong.needs_person is None
    none = left_to_model.measure(make([], []), NAMES, NAMES[0])
    assert (none.n, none.agreement.value, len(none.over_time)) == (0, None, 0)
    with pytest.raises(ValueError, match="error between 0 and 1"):
        left_to_model.measure(make([], []), NAMES, NAMES[0], error=1.0)


def test_one_patient_says_nothing_of_others():
    left = left_to_model.measure(make(np.full(400, 0.9), np.ones(400, bool), group="P"), NAMES, NAMES[0])
    assert left.of_one and not left.is_enough and left.needs_person is None


def test_what_no_class_fits_is_an_error_and_what_it_refused_needs_a_person():
    table = make(np.full(300, 0.9), np.ones(300, bool))
    table.loc[:9, "settled"] = review_record.NOT_SUCH
    table.loc[10:19, "settled"] = review_record.CANNOT_TELL
    table.loc[20:49, ["answer", "probabilities"]] = ["", None]
    left = left_to_model.measure(table, NAMES, NAMES[0], error=0.1)
    assert (left.n, left.refused, left.undecided) == (260, 30, 10)
    assert left.agreement.value == pytest.approx(250 / 260)
    assert left.needs_person == pytest.approx(30 / 290)


def test_only_settled_audit_cases_of_this_very_model_are_read(store):
    answer = case_record.Answer("m", "today", "class", "Parasitized", {"Parasitized": 0.8, "Uninfected": 0.2})
    said = [(settled_reviews.encode(n), f"P{n % 3}", NAMES[n % 2]) for n in range(8)]
    review = settled_reviews.settle(said, audit=1.0, answered=answer)
    settled_reviews.settle([(settled_reviews.encode(20), "Q", NAMES[0])], name="Not drawn", answered=answer)
    chosen = settled_cases.list_reviews(NAMES)
    table = left_to_model.read_audit(chosen, "m", "today")
    assert table["settled"].tolist() == [NAMES[n % 2] for n in range(8)]
    assert set(table["answer"]) == {"Parasitized"} and table["probabilities"].iloc[0]["Parasitized"] == 0.8
    assert len(left_to_model.read_audit([review], "m", "yesterday")) == 0
    assert len(left_to_model.read_audit([], "m", "today")) == 0
    left = left_to_model.measure(table, NAMES, NAMES[0])
    assert (left.n, left.agreement.value) == (8, 0.5)

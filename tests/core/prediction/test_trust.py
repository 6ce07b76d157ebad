"""The verdict on an answer: the worst reason decides, and what could not be looked at never makes it green."""

import numpy as np
import pytest

from core.gate import gate
from core.models import tables
from core.prediction import decision, similar, trust
from core.statistics import wilson
from tests.support import made_models

KNOWN = gate.Verdict(False, False, 1.0, 2.0)
AWAY = gate.Verdict(False, True, 1.5, 2.0, ("Elsewhere.",))
REFUSED = gate.Verdict(True, False, 3.0, 2.0, ("Unlike.",))


def answer(name="Uninfected", *, refers=False, limit=None):
    return decision.Decision(name, refers, {"Parasitized": 0.2, "Uninfected": 0.8}, 1.4, limit, None, None)


def near(others: int, of: int = 5, *, whole: bool = True) -> similar.Similar:
    names = ["Parasitized"] * others + ["Uninfected"] * (of - others)
    cases = tuple(similar.Neighbour(row, name, f"P{row}", 0.1 * row) for row, name in enumerate(names))
    return similar.Similar(cases, 24, whole)


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, trust.HOLDS),
        ({"alike": near(1)}, trust.MIXED),
        ({"alike": near(2)}, trust.MIXED),
        ({"alike": near(3)}, trust.WEAK),
        ({"alike": near(1, of=2)}, trust.MIXED),
        ({"alike": near(2, of=3)}, trust.WEAK),
        ({"judged": AWAY}, trust.MIXED),
        ({"judged": REFUSED}, trust.WEAK),
        ({"judged": None}, trust.UNTOLD),
        ({"alike": None}, trust.UNTOLD),
        ({"alike": near(0, of=0)}, trust.UNTOLD),
        ({"alike": near(0, whole=False)}, trust.UNTOLD),
        ({"alike": near(2, whole=False)}, trust.UNTOLD),
        ({"alike": near(5, whole=False)}, trust.UNTOLD),
        ({"answered": answer(limit=1.0)}, trust.HOLDS),
        ({"answered": answer(limit=2.0, refers=True)}, trust.MIXED),
        ({"trained": True}, trust.MIXED),
        ({"trained": True, "judged": REFUSED, "alike": None}, trust.WEAK),
    ],
)
def test_the_worst_reason_decides(given, level):
    said = trust.judge(**{"answered": answer(), "judged": KNOWN, "alike": near(0), **given})
    assert said.level == level
    assert said.headline == trust.HEADLINES[level]
    assert [one.level for one in said.reasons] == sorted((one.level for one in said.reasons), reverse=True)
    assert said.reasons[0].level == level


def test_what_is_said_of_similar_cases():
    assert trust.judge_similar(near(3), "Uninfected").words == (
        "3 of the 5 most similar training images are labelled otherwise."
    )
    assert trust.judge_similar(near(5), "Parasitized").words == (
        "All 5 most similar training images are labelled Parasitized."
    )
    assert trust.judge_similar(near(1, whole=False), "Uninfected").words == (
        "1 of the 5 most similar of 24 training images are labelled otherwise; the others were not searched."
    )


def test_what_such_similar_cases_were_worth_on_validation_images(home):
    found = made_models.write_small_model()
    predictions = tables.read_predictions(found)
    checked = predictions[predictions["split"] == "validation"]
    positive = (checked["p_Parasitized"] > 0.5).to_numpy()
    answers = np.where(positive, 0, 1)
    others = np.arange(len(checked)) % 4  # of each answer, how many neighbours are labelled otherwise
    labels = np.array(
        [[1 - answer] * count + [answer] * (5 - count) for answer, count in zip(answers, others, strict=True)]
    )
    kept = similar.Kept(
        np.array(["x"]), np.ones((1, 2), np.float32), checked["image_id"].to_numpy(str), labels.astype(np.int16)
    )
    worth = trust.measure_worth(found, kept, predictions)
    right = answers == checked["label"].to_numpy()
    for level, chosen in (
        (trust.HOLDS, others == 0),
        (trust.MIXED, (others == 1) | (others == 2)),
        (trust.WEAK, others == 3),
    ):
        share = worth[level]
        assert (share.value, share.n) == (pytest.approx(right[chosen].mean()), chosen.sum())
        wide = wilson.compute_wilson(float(right[chosen].sum()), int(chosen.sum()))
        assert share.low <= share.value <= share.high
        assert share.high - share.low > 0.5 * (wide.high - wide.low)
    assert worth[trust.UNTOLD].value is None


def test_an_operating_point_decides_which_answers_these_were(home):
    found = made_models.write_small_model()
    predictions = tables.read_predictions(found)
    checked = predictions[predictions["split"] == "validation"]["image_id"].to_numpy(str)
    kept = similar.Kept(np.array(["x"]), np.ones((1, 2), np.float32), checked, np.zeros((len(checked), 5), np.int16))
    assert trust.measure_worth(found, kept, predictions)[trust.WEAK].n > 0  # Uninfected among infected ones
    all_positive = made_models.keep_threshold(found, 0.05)
    assert trust.measure_worth(all_positive, kept, predictions)[trust.HOLDS].n == len(checked)

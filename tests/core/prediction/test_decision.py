"""What an answer comes to under what people decided about the model."""

from pathlib import Path

import pytest

from core.models import package
from core.prediction import decision
from tests.support import made_models


def make_package(names=("Parasitized", "Uninfected"), **kept):
    table = made_models.make_answers([0, 1], names=names)
    manifest = made_models.as_manifest(made_models.make_manifest(table, names=names) | kept)
    return package.Package("m", Path("m"), manifest)


ASKED = {"Parasitized": 0.3, "Uninfected": 0.7}


def test_a_model_that_nobody_decided_about_answers_the_most_probable_class():
    found = decision.decide(make_package(), ASKED)
    assert (found.class_name, found.refers, found.threshold, found.limit) == ("Uninfected", False, None, None)
    assert found.probabilities == pytest.approx(ASKED)


def test_the_operating_point_decides():
    found = decision.decide(make_package(operating_point={"threshold": 0.2}), ASKED)
    assert (found.class_name, found.threshold) == ("Parasitized", 0.2)


def test_near_the_threshold_a_person_is_asked():
    kept = {"operating_point": {"threshold": 0.28}, "referral": {"limit": 0.5}}
    found = decision.decide(make_package(**kept), ASKED)
    assert found.class_name == "Parasitized" and found.refers
    assert not decision.decide(make_package(**kept), {"Parasitized": 0.9, "Uninfected": 0.1}).refers


def test_exactly_at_the_limit_it_answers():
    sure = decision.decide(make_package(), ASKED).confidence
    assert not decision.decide(make_package(referral={"limit": sure}), ASKED).refers
    assert decision.decide(make_package(referral={"limit": sure + 1e-9}), ASKED).refers


def test_a_temperature_changes_what_is_shown_and_not_what_is_answered():
    kept = {"operating_point": {"threshold": 0.25}, "referral": {"limit": 0.1}}
    plain, soft = (decision.decide(make_package(**kept, **more), ASKED) for more in ({}, WARM))
    assert (plain.class_name, plain.refers, plain.confidence) == (soft.class_name, soft.refers, soft.confidence)
    assert plain.probabilities["Parasitized"] < soft.probabilities["Parasitized"] < 0.5
    assert soft.probabilities["Parasitized"] > soft.threshold > plain.threshold


WARM = {"calibration": {"temperature": 3.0}}


def test_of_three_classes_the_threshold_is_about_the_models_own_probability():
    three = make_package(("a", "b", "c"), operating_point={"threshold": 0.4}, **WARM)
    found = decision.decide(three, {"a": 0.45, "b": 0.5, "c": 0.05})
    assert (found.class_name, found.threshold) == ("a", 0.4)
    assert decision.decide(three, {"a": 0.35, "b": 0.25, "c": 0.4}).class_name == "c"


def test_who_decided_is_said():
    who = {"by": "A. Reader", "at": "2026-01-02T03:04:05+00:00"}
    found = make_package(operating_point={"threshold": 0.2, **who}, referral={"limit": 9.0}, **WARM)
    point, calibration, referral = decision.explain(found, decision.decide(found, ASKED))
    assert point.startswith("Parasitized is answered from") and point.endswith("by A. Reader on 2026-01-02.")
    assert "temperature of 3.00" in calibration and "as its manifest says" in calibration
    assert "closer to another answer" in referral
    assert decision.explain(make_package(), decision.decide(make_package(), ASKED)) == []

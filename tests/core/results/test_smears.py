"""Answers put together by smear: counted by hand, corrected by the errors of answered test images, said in words."""

import numpy as np
import pandas as pd
import pytest

from core.gate import gate
from core.prediction import many
from core.results import gate_shares, smears
from core.statistics import corrected_share
from tests.support import made_models

PATIENTS = 30


def write_rows(smear, infected, healthy, **changes):
    """Answers to the cells of a smear, all different."""
    classes = ["Parasitized"] * infected + ["Uninfected"] * healthy
    rows = pd.DataFrame({"path": [f"{smear}/{n}.png" for n in range(len(classes))], "class_name": classes})
    ids = [f"{abs(hash((smear, n))):016x}"[:16] for n in range(len(classes))]
    plain = {"verdict": "answer", "image_id": ids, "smear": smear, "caution": False, "seen": "", "seen_patient": ""}
    return rows.assign(**(plain | {"error": "", "needs": ""} | changes))


def write_model(home, *, wrong=0.05, groups=True, **changes):
    """A model with 40 test images a patient, half infected, about one in 20 wrong."""
    random, labels = np.random.default_rng(0), np.tile([0, 1], 20 * PATIENTS)
    right = random.random(len(labels)) >= wrong
    positive = np.where((labels == 0) == right, 0.9, 0.1)
    ids = [f"{number:016x}" for number in range(len(labels))]
    patients = np.repeat([f"P{number}" for number in range(PATIENTS)], 40) if groups else ""
    table = pd.DataFrame({"image_id": ids, "split": "test", "group": patients, "label": labels})
    return made_models.write_model(table.assign(p_Parasitized=positive, p_Uninfected=1 - positive), **changes)


def test_counts_by_hand(home):
    found = write_model(home)
    one = write_rows("A", 30, 70)
    one.loc[[0, 1, 2, 40, 41], "verdict"] = ["unknown", "refer", many.UNREADABLE, "unknown", "refer"]
    one.loc[50, "image_id"] = one.loc[49, "image_id"]
    one.loc[60:64, "caution"] = True
    summary = smears.summarise(found, pd.concat([write_rows("B", 0, 80), one]))
    first, second = summary.smears
    assert (first.name, second.name) == ("A", "B")
    assert (first.images, first.unreadable, first.copies, first.refused, first.referred) == (100, 1, 1, 2, 2)
    assert (first.answered, first.flagged, first.caution) == (94, 27, 5)
    assert first.shares["Parasitized"].value == pytest.approx(27 / 94)
    assert "5 of 94 images are not like those" in first.cautions[0]
    assert first.cautions[1] == "Not in the share: 2 refused, 2 referred to a person, 1 not readable."
    assert second.cautions == () and second.flagged == 0


def test_the_correction_is_that_of_the_models_own_test_images(home):
    found = write_model(home)
    rates, fault = smears.find_rates(found)
    assert fault == "" and rates.missed.by_unit and rates.missed.units == PATIENTS
    assert rates.sensitivity == pytest.approx(found.manifest.test["sensitivity"].value, abs=0.01)
    assert rates.specificity == pytest.approx(found.manifest.test["specificity"].value, abs=0.01)
    summary = smears.summarise(found, write_rows("A", 30, 70))
    assert summary.smears[0].corrected == corrected_share.correct(30, 100, rates)


def test_only_images_that_are_answered_count(home, monkeypatch):
    found = write_model(home)
    plain, _ = smears.find_rates(found)
    referred = made_models.alter(found, referral={"limit": 5.0})
    assert smears.find_rates(referred) == (None, smears.NO_IMAGES.format("Parasitized")), "all are less sure than that"
    states = np.zeros(40 * PATIENTS, np.uint8)
    states[:100] = gate.REFUSED
    monkeypatch.setattr(type(found), "has", lambda self, name: True)
    monkeypatch.setattr(gate_shares, "find_own", lambda found, predictions: states)
    guarded, _ = smears.find_rates(found)
    assert guarded.missed.images + guarded.alarms.images == 40 * PATIENTS - 100
    assert plain.missed.images + plain.alarms.images == 40 * PATIENTS


def test_the_kept_threshold_counts(home):
    found = made_models.keep_threshold(write_model(home), 0.05)
    rates, _ = smears.find_rates(found)
    assert rates.sensitivity > 0.99 and rates.specificity < 0.05 and rates.fault == corrected_share.USELESS
    one = smears.summarise(found, write_rows("A", 100, 0)).smears[0]
    assert one.corrected.share is None and one.corrected.fault == corrected_share.USELESS


def test_more_classes_have_shares_that_are_not_corrected(home):
    names = ("a", "b", "c")
    table = made_models.make_answers(np.arange(60) % 3, names=names)
    found = made_models.write_model(table, names=names)
    rows = write_rows("A", 2, 3).assign(class_name=["a", "b", "b", "c", "c"])
    summary = smears.summarise(found, rows)
    assert summary.rates is None and "two classes; this one has 3" in summary.fault
    assert summary.smears[0].corrected is None
    said = smears.say_verdict(summary, summary.smears[0])
    assert "a 20.0 %" in said and "Not corrected" in said
    assert smears.say_rates(summary) == [summary.fault]


def test_words(home):
    found = write_model(home)
    summary = smears.summarise(
        found, pd.concat([write_rows("A", 30, 70), write_rows("B", 3, 97), write_rows("C", 0, 0)])
    )
    told, below = summary.smears
    assert smears.say_verdict(summary, told).startswith("Of 100 images looked at, about 2")
    assert smears.say_verdict(summary, below).startswith("Below the detection limit (")
    assert "cannot reliably tell infection from its own false alarms" in smears.say_limit(
        100, below.corrected, summary.subject
    )
    assert "In a new smear the model finds about 9" in smears.say_rates(summary)[0]
    assert [one.name for one in smears.sort_by_share(summary.smears)] == ["A", "B"]


def test_nothing_answered_is_said(home):
    found = write_model(home)
    summary = smears.summarise(found, write_rows("A", 3, 3, verdict="unknown", class_name=None))
    assert smears.say_verdict(summary, summary.smears[0]) == "None of its images was answered."
    assert smears.tabulate(summary)["corrected"].isna().all()


def test_what_weakens_all_of_it_is_said(home):
    leaky = write_model(home, groups=False, leaky=True)
    summary = smears.summarise(leaky, write_rows("A", 3, 30, seen="training", seen_patient="training"))
    assert summary.cautions == (smears.LEAKY, smears.NO_PATIENTS)
    assert "The model learnt from 33 of these images" in summary.smears[0].cautions[0]
    other = smears.summarise(leaky, write_rows("A", 3, 30, seen_patient="validation"))
    assert other.smears[0].cautions == ("The model learnt from other images of this patient.",)


def test_the_table_has_a_row_a_smear(home):
    summary = smears.summarise(write_model(home), pd.concat([write_rows("A", 30, 70), write_rows("B", 0, 9)]))
    table = smears.tabulate(summary)
    assert list(table.columns) == list(smears.COLUMNS) and table["smear"].tolist() == ["A", "B"]
    assert (table["corrected_low"] <= table["corrected"]).all() and table["told"].tolist() == [True, False]
    assert table.loc[0, ["images", "answered", "flagged"]].tolist() == [100, 100, 30]

"""Checks of a model where it is used, as they are kept and said; and what their images ask for, kept by a person."""

import numpy as np
import pytest

from core.base import errors
from core.models import package, site_record, tables
from core.reports import card_answers, site_section
from core.results import decisions, site_checks, site_decisions
from core.statistics import aims, recalibration, wilson
from tests.support import made_models

SITE = site_record.ChosenAt(name="Microscope 2", n=120)


@pytest.fixture
def found(home):
    labels = np.arange(400) % 2
    table = made_models.make_answers(labels, skill=2.0, split=np.where(np.arange(400) < 200, "validation", "test"))
    return made_models.write_model(table)


def make_check(found, **changes):
    rate = wilson.compute_wilson(91, 100)
    names = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "prevalence")
    counts = ("asked", "read", "n", "patients", "cannot_tell", "not_such", "disputed", "changed")
    content = {name: rate.to_json() for name in names} | dict.fromkeys(counts, 100)
    content |= {"name": "Microscope 2", "review": "Microscope 2", "review_id": 1, "created": found.manifest.created}
    content |= {"network": site_checks.find_network(found), "threshold": found.threshold, "verdict": "as at home"}
    content |= {"margin": 0.1, "floor": 0.8, "home": {"sensitivity": rate.to_json(), "specificity": rate.to_json()}}
    return made_models.records.convert(content | changes, site_record.SiteCheck)


def test_it_travels_in_the_manifest_and_is_said(found):
    assert site_checks.say_mark(found) == site_checks.NEVER and site_checks.list_checks(found) == ()
    now = site_checks.keep(found, make_check(found), by="Ada", why="routine")
    (check,) = site_checks.list_checks(package.find_package(found.id))
    assert (check.by, check.why, check.sensitivity.n) == ("Ada", "routine", 100) and check.at[:2] == "20"
    assert site_checks.say_mark(now) == "Checked at Microscope 2: As at home"
    assert site_checks.say_check(check).endswith(
        "as at home; sensitivity 91 % (84 to 95), specificity 91 % (84 to 95), n = 100"
    )
    assert site_checks.tabulate([check])["Verdict"].tolist() == ["As at home"]
    (section,) = site_section.compose_sites(now)
    assert "Checked at Microscope 2" in section.paragraphs[0] and len(section.table) == 1
    assert "Checked at Microscope 2" in card_answers.answer(now, None, {})["external"]
    assert "Nowhere" in site_section.compose_sites(found)[0].paragraphs[0]


def test_of_several_the_newest_counts_and_one_at_another_threshold_is_said(found):
    now = site_checks.keep(found, make_check(found), by="Ada")
    now = site_checks.keep(now, make_check(found, review_id=2, review="South", name="South", verdict="worse"), by="Ben")
    assert [one.name for one in site_checks.list_checks(now)] == ["Microscope 2", "South"]
    assert site_checks.find_latest(now).name in ("Microscope 2", "South")
    changed = made_models.keep_threshold(now, 0.3)
    assert "with another threshold" in site_checks.say_mark(changed)
    with pytest.raises(errors.SettingNotUsable, match="another one"):
        site_checks.keep(now, make_check(found, network="0" * 64), by="Ada")
    assert site_checks.say_verdict(make_check(found, verdict="of a later version")) == "of a later version"


def test_the_rates_at_home_are_those_of_its_test(found):
    rates = site_checks.measure_home(found, tables.read_predictions(found))
    test = found.test_now
    assert rates["sensitivity"].value == pytest.approx(test["sensitivity"].value)
    assert rates["specificity"].n == test["specificity"].n


def test_what_a_place_asks_for_is_kept_by_a_person_and_taken_back(found):
    offer = recalibration.Offer(0.5, 0.3, "A threshold of 0.3.")
    aim = aims.Aim("sensitivity", least=0.9)
    now = site_decisions.keep_threshold(found, offer, aim, SITE, by="Ada")
    point = now.manifest.operating_point
    assert (point.threshold, point.by, point.site) == (0.3, "Ada", SITE) and point.test.n == 200
    assert "120 images read at Microscope 2" in card_answers.say_threshold(now)
    assert now.count_choices(package.OPERATING_POINT) == 1
    heat = recalibration.Offer(None, 1.4, "A temperature of 1.4.", 1.1, 1.8)
    now = site_decisions.keep_temperature(now, heat, SITE, by="Ada")
    kept = now.manifest.calibration
    assert (kept.temperature, kept.site, kept.validation.low) == (1.4, SITE, 1.1)
    assert "120 images read at Microscope 2" in card_answers.answer(now, None, {})["calibration"]
    assert decisions.withdraw(now, package.OPERATING_POINT).threshold is None
    for wrong in ({"by": " "}, {"offer": recalibration.Offer(0.5, None, "Too few.")}):
        with pytest.raises(errors.SettingNotUsable):
            site_decisions.keep_temperature(found, wrong.get("offer", heat), SITE, by=wrong.get("by", "Ada"))

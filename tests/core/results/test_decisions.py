"""Decisions about a model: chosen on validation images, scored on test images, signed, counted, taken back."""

import pytest

from core.base import errors, files
from core.models import package
from core.results import decisions
from core.statistics import aims, calibration, referral, reliability, temperature
from tests.support import made_models, studies
from tests.support.decided_studies import make_table

NAMES = made_models.NAMES
AIM = aims.Aim("sensitivity", least=0.8)


@pytest.fixture
def found(home):
    return made_models.write_model(make_table())


def keep_all(found):
    now = decisions.keep_operating_point(found, AIM, by="  Dr  Example ", why=" misses  cost ")
    now = decisions.keep_temperature(now, by="A. B.")
    return decisions.keep_referral(now, 0.2, by="C. D.")


def test_each_decision_is_whole_signed_and_counted(found):
    now = keep_all(found)
    point, fitted, limit = (made_models.read_section(now.id, section) for section in decisions.SECTIONS)
    assert (point["by"], point["why"], point["aim"]) == (
        "Dr Example",
        "misses cost",
        {"kind": "sensitivity", "least": 0.8},
    )
    assert point["validation"]["n"] == point["test"]["n"] == 300
    assert [one["at"][-6:] for one in (point, fitted, limit)] == ["+00:00"] * 3
    assert "why" not in fitted and fitted["threshold"] == now.threshold
    assert (limit["share"], limit["by"]) == (0.2, "C. D.")
    assert [now.count_choices(section) for section in decisions.SECTIONS] == [1, 1, 1]
    again = decisions.keep_temperature(now, by="A. B.")
    assert again.count_choices(package.CALIBRATION) == 2


def test_they_are_what_the_parts_come_to(found):
    now = keep_all(found)
    table = make_table()
    validation, test = (
        reliability.select_task(table, side, NAMES, NAMES[0], threshold=now.threshold) for side in decisions.SIDES
    )
    fit = temperature.fit_temperature(validation)
    fitted = made_models.read_section(now.id, package.CALIBRATION)
    assert fitted["validation"] == fit.describe()
    compared = calibration.compare(test, temperature.soften(test, fit.temperature))
    assert fitted["test"] == studies.as_written(compared)
    kept = now.manifest.referral
    assert kept.limit == referral.choose_limit(validation, now.threshold, 0.2)
    assert kept.test == referral.measure(test, now.threshold, kept.limit)


def test_the_test_images_choose_nothing(found):
    other = made_models.write_model(make_table(other_test=True), "other")
    ours, theirs = keep_all(found), keep_all(other)
    assert (ours.threshold, ours.temperature, ours.referral_limit) == (
        theirs.threshold,
        theirs.temperature,
        theirs.referral_limit,
    )
    assert ours.manifest.operating_point.test != theirs.manifest.operating_point.test


@pytest.mark.parametrize("by", ["", "  \n"])
def test_nobody_decides_without_a_name_and_nothing_is_written(found, by):
    before = files.read_json(found.file(package.MANIFEST))
    for keep in (
        lambda: decisions.keep_operating_point(found, AIM, by=by),
        lambda: decisions.keep_temperature(found, by=by),
        lambda: decisions.keep_referral(found, 0.2, by=by),
    ):
        with pytest.raises(errors.SettingNotUsable, match="the name of who decides"):
            keep()
    assert files.read_json(found.file(package.MANIFEST)) == before


def test_taken_back_the_count_stays_and_a_limit_goes_with_its_threshold(found):
    now = decisions.withdraw(keep_all(found), package.OPERATING_POINT)
    assert (now.threshold, now.referral_limit) == (None, None)
    assert now.temperature is not None
    assert now.count_choices(package.REFERRAL) == 1
    stamp = now.file(package.MANIFEST).stat().st_mtime_ns
    assert decisions.withdraw(now, package.REFERRAL) is now  # nothing to take back, nothing written
    assert now.file(package.MANIFEST).stat().st_mtime_ns == stamp
    with pytest.raises(ValueError, match="expected one of"):
        decisions.withdraw(now, package.CARD)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2])
def test_a_share_that_is_none_is_refused(found, share):
    with pytest.raises(errors.SettingNotUsable, match="between 0 and 1"):
        decisions.keep_referral(found, share, by="A")

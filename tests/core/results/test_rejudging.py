"""Results of before: they say what their intervals are worth, and one command brings them up to now."""

import numpy as np
import pytest

from core.base import files
from core.models import amending, earlier, package
from core.results import decisions, rejudging
from core.statistics import aims, calibration, estimate, referral, reliability, summary, temperature
from tests.support import made_models, studies

NAMES = made_models.NAMES


def make_model(model_id="old"):
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 600)
    groups = [f"P{one}" for one in random.integers(0, 20, 600)]
    table = made_models.make_answers(labels, groups=groups, split=["validation"] * 300 + ["test"] * 300)
    return table, made_models.write_model(table, model_id)


def read_json(found):
    return files.read_json(found.folder / package.MANIFEST)


def make_old(found):
    """The manifest as it was written before: percentiles, and no name of a method."""
    manifest = read_json(found)
    for side in ("validation", "test"):
        result = manifest.get(side)
        if result:
            result.pop("method")
            result["accuracy"] |= {
                "low": result["accuracy"]["value"] - 0.001,
                "high": result["accuracy"]["value"] + 0.001,
            }
    files.write_json(found.folder / package.MANIFEST, manifest)
    return package.find_package(found.id)


def test_an_interval_of_before_says_so_wherever_it_is_said(home):
    _, found = make_model()
    assert "about" not in found.test_now.accuracy.say(estimate.PER_CENT)
    old = make_old(found)
    assert earlier.is_earlier(old.manifest.test)
    assert not rejudging.is_current(old)
    for said in (old.test_now.accuracy.say(estimate.PER_CENT), old.manifest.test.auc.say()):
        assert said.endswith(", about 90 %)")


def test_rejudged_it_is_what_would_be_published_now(home):
    table, found = make_model()
    before = read_json(found)
    now = rejudging.rejudge(make_old(found))
    assert rejudging.is_current(now)
    validation = summary.summarise(table[table["split"] == "validation"], NAMES, NAMES[0])
    assert read_json(now) == before | {"validation": studies.as_written(validation)}


def test_what_people_decided_stays_and_its_intervals_are_of_now(home):
    table, found = make_model()
    found = decisions.keep_operating_point(found, aims.Aim("sensitivity", least=0.8), by="A. Reader")
    point = made_models.read_section(found.id, "operating_point")
    task = reliability.select_task(table, "validation", NAMES, NAMES[0], threshold=found.threshold)
    fit = temperature.fit_temperature(task)
    limit = referral.choose_limit(task, found.threshold, 0.2)
    stale = point["test"] | {"accuracy": {"value": 0.5, "low": 0.49, "high": 0.51, "n": 300}}
    validation = reliability.select_task(table, "validation", NAMES, NAMES[0], threshold=found.threshold)
    seen = {"validation": referral.measure(validation, found.threshold, 0.1)}
    sections = {
        "calibration": {
            "temperature": fit.temperature,
            "threshold": found.threshold,
            "validation": {"low": 0},
            "test": {},
        },
        "referral": {"limit": limit, "share": 0.2, **seen, "by": "B. Reader", "later": 1},
    }
    found = amending.amend(found, {**sections, "operating_point": {**point, "test": stale}})
    now = read_json(rejudging.rejudge(make_old(found)))
    assert now["operating_point"] == point
    assert now["calibration"]["validation"] == fit.describe()
    test = reliability.select_task(table, "test", NAMES, NAMES[0], threshold=found.threshold)
    assert now["calibration"]["test"] == studies.as_written(
        calibration.compare(test, temperature.soften(test, fit.temperature))
    )
    assert now["referral"]["test"] == studies.as_written(referral.measure(test, found.threshold, limit))
    assert (now["referral"]["by"], now["referral"]["later"]) == ("B. Reader", 1)
    assert now[package.TIMES_CHOSEN] == {"operating_point": 2, "calibration": 1, "referral": 1}


@pytest.mark.parametrize("groups", ["", "A"])
def test_without_patients_nothing_of_before_is_weaker(home, groups):
    labels = np.random.default_rng(0).integers(0, 2, 90)
    found = made_models.write_model(made_models.make_answers(labels, groups=groups), "plain")
    assert "about" not in make_old(found).test_now.accuracy.say(estimate.PER_CENT)

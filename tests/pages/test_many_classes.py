"""Evaluate and Compare with more than two classes: every view opens, and says how it counts them."""

import numpy as np
import pytest

from core.models import amending, package
from tests.support import made_models
from tests.support.app_pages import words

NAMES = ("falciparum", "vivax", "none")


@pytest.fixture
def models(home):
    """Two models of three classes about the same 240 images of 24 patients, half of them for validation."""
    labels = np.arange(240) % 3
    groups = [f"P{n // 10}" for n in range(240)]
    split = np.where(np.arange(240) // 10 % 2, "test", "validation")
    return [
        made_models.write_model(
            made_models.make_answers(labels, skill=skill, seed=seed, names=NAMES, groups=groups, split=split),
            f"three-{seed}",
            names=NAMES,
        )
        for seed, skill in enumerate((1.5, 3.0))
    ]


@pytest.mark.parametrize("decided", [False, True], ids=["as it is", "with decisions"])
@pytest.mark.parametrize("view", ["result", "point", "trust", "where", "card"])
def test_every_view_of_evaluate(app, models, view, decided):
    found = models[0]
    if decided:
        found = made_models.keep_threshold(found, 0.3)
        who = {"by": "A. Reader", "at": "2026-01-02T03:04:05+00:00"}
        kept = {"temperature": 1.4, "n": 120, "groups": 12, **who}
        point = {**found.manifest.operating_point.to_json(), **who}
        point["validation"] = point["test"]
        amending.amend(found, {package.OPERATING_POINT: point, package.CALIBRATION: kept})
    test = app("evaluate", model=found.id, view=view)
    assert not test.error, [one.value for one in test.error]
    if view == "result":
        assert "plain means over the classes, each against the rest" in words(test)


@pytest.mark.parametrize("view", ["table", "pair", "cases", "curves", "split"])
def test_every_view_of_compare(app, models, view):
    test = app("compare", view=view, a="three-0", b="three-1")
    assert not test.error, [one.value for one in test.error]
    if view == "pair":
        assert "three-1 is better by" in words(test)

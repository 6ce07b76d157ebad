"""`compare` and `evaluate` at a terminal: the numbers of the pages, and exit 2 with the reason where there are none."""

import numpy as np
import pytest

from core.models import package
from core.results import comparison, cross_evaluation
from tests.support import made_models, studies

LABELS = np.tile([0, 1], 60)
GROUPS = np.repeat([f"P{n}" for n in range(12)], 10)


@pytest.fixture
def two(home):
    """Two models of the same test images."""
    tables = [made_models.make_answers(LABELS, seed=seed, groups=GROUPS) for seed in (0, 1)]
    return [made_models.write_model(table, name) for table, name in zip(tables, "ab", strict=True)]


@pytest.fixture
def elsewhere(two):
    """A third, tested on other images."""
    table = made_models.make_answers(np.tile([0, 1], 80)).iloc[120:]
    return made_models.write_model(table, "c")


def test_the_same_numbers_as_everywhere(call, two):
    status, found, said = call("compare", "a", "b", "--json")
    assert (status, said) == (0, "")
    assert found == studies.as_written(comparison.compare(*two))
    assert {"n", "patients", "difference", "interval", "mcnemar_p", "verdict", "sentence"} <= set(found)


def test_people_read_the_sentence_first(call, two):
    status, out, _ = call("compare", "a", "b")
    assert status == 0
    assert out.startswith(comparison.compare(*two)["sentence"])
    for words in ("accuracy:", "McNemar p =", "by patient (sign flips): p =", "kappa", "over patients"):
        assert words in out


def test_not_comparable_is_a_reason_and_exit_2(call, two, elsewhere):
    for arguments in (("compare", "a", "c"), ("compare", "a", "c", "--json")):
        status, out, said = call(*arguments)
        assert status == 2
        assert not out
        assert "no image was a test image of both" in said


def test_evaluate_first(call, two, elsewhere, monkeypatch):
    asked = []

    def cross(model_id, on_id, *, report):
        asked.append((model_id, on_id))
        table = made_models.make_answers(LABELS, seed=3, groups=GROUPS)
        cross_evaluation._write(
            cross_evaluation.crossed_path(elsewhere, two[0]), table, cross_evaluation._identify(elsewhere, two[0])
        )

    monkeypatch.setattr(cross_evaluation, "cross", cross)
    status, found, _ = call("compare", "a", "c", "--evaluate", "--json")
    assert (status, found["n"]) == (0, 120)
    assert call("compare", "a", "c", "--evaluate", "--json")[1] == found
    assert asked == [("c", "a")]  # what is there already is not made again


def test_without_thresholds(call, two):
    made_models.keep_threshold(two[1], 0.02)
    with_point, without = (call("compare", "a", "b", *flags, "--json")[1] for flags in ((), ("--without-thresholds",)))
    assert with_point["metrics"]["sensitivity"]["difference"] > without["metrics"]["sensitivity"]["difference"]


def test_undefined_numbers_are_said_so(call, home):
    for name, seed in (("a", 0), ("b", 1)):
        made_models.write_model(made_models.make_answers(np.zeros(20, int), seed=seed), name)
    assert "specificity: not defined" in call("compare", "a", "b")[1]
    assert call("compare", "a", "b", "--json")[0] == 0


def test_unknown_models(call, two):
    for arguments in (("compare", "a", "nobody"), ("compare", "nobody", "a")):
        status, out, said = call(*arguments)
        assert (status, out) == (2, "")
        assert said.startswith("ModelNotFound")


def test_evaluate_tells_the_operating_point(call, two):
    before = call("evaluate", "a", "--json")[1]
    assert "operating_point" not in before
    kept = made_models.keep_threshold(package.find_package("a"), 0.2)
    result = call("evaluate", "a", "--json")[1]
    assert {key: result[key] for key in before} == before
    assert result["operating_point"] == {"threshold": 0.2, **kept.manifest.operating_point.test.to_json()}
    assert "At the kept operating point (threshold 0.2 for Parasitized):" in call("evaluate", "a")[1]

"""The first sheet of a report says what stands in the package, and nothing else."""

import re

import numpy as np
import pytest

from core.figures import template
from core.models import package
from core.reports import card_answers, cards, report, report_summary, typical_cases
from core.results import predictions_file
from core.runtimes import opening
from core.statistics import estimate
from tests.support import brightness, compared, made_models
from tests.support.html_reader import Reader

nothing_shipped = compared.nothing_shipped


def compose(found):
    table = predictions_file.read(found.file(package.PREDICTIONS_FILE))
    return report_summary.compose(found, table, cards.answer_test(found, table))


@pytest.fixture
def without_gradients(monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))


@pytest.fixture
def pictured(tiny_dataset, nothing_shipped, without_gradients):
    """A model whose images are here, and whose runtime gives no heatmaps."""
    return compared.make_model(tiny_dataset, "fair", right=0.6, seed=1)


def test_its_facts_are_those_of_the_package(small_model):
    test, split = small_model.manifest.test, small_model.manifest.split
    found = compose(small_model)
    right = int(np.trace(test.confusion))
    assert found.verdict == (
        f"Right on {right:,} of {test.n:,} images of {test.groups:,} patients it never saw: "
        f"{test.accuracy.say(estimate.PER_CENT)}"
    )
    assert found.facts["Trained on"].startswith(
        f"{split.images.train:,} images of {split.groups.train:,} patients, tiny ("
    )
    assert found.facts["Tested on"].startswith(
        f"{test.n:,} images of {test.groups:,} patients, kept away from training"
    )
    assert found.facts["Threshold"] == "None was chosen: it answers the most probable class."
    said = found.facts["On these images"]
    for rate in (estimate.find(test, name) for name in ("sensitivity", "specificity")):
        assert f"{rate.say(estimate.PER_CENT)}, n = {rate.n:,}" in said
    missed, flagged = test.confusion[0][1], test.confusion[1][0]
    assert f"Of {test.n:,} test images {missed + flagged:,} are answered wrongly." in said
    assert f"{missed:,} Parasitized images are missed, {flagged:,} others flagged." in said


def test_a_frozen_threshold_is_said_with_what_it_does(small_model):
    kept = made_models.keep_threshold(small_model, 0.05)
    found = compose(kept)
    assert found.facts["Threshold"].startswith("Parasitized from a probability of 5.0 % on")
    assert estimate.find(kept.test_now, "sensitivity").say(estimate.PER_CENT) in found.facts["On these images"]
    assert kept.test_now.accuracy.say(estimate.PER_CENT) in found.verdict


def test_cautions_are_badges_and_what_else_limits_it_is_said_once(small_model):
    table = predictions_file.read(small_model.file(package.PREDICTIONS_FILE))
    found = compose(made_models.write_model(table, leaky=True, model_id="leaky"))
    assert [(badge.name, badge.loud) for badge in found.badges] == [("Leaky split", True), ("Only 5 patients", False)]
    written = package.find_package("leaky")
    kept = [one for one in card_answers.list_limits(written) if not one.endswith(found.badges[0].words)]
    assert found.facts["Keep in mind"] == " ".join(kept)


def test_pictures_say_kind_answer_probability_patient_and_file(pictured):
    found = compose(pictured)
    titles = [tile.title for tile in found.tiles]
    assert titles == ["✓ found: Parasitized"] * 2 + ["✓ cleared: Uninfected"] + ["✗ missed: Parasitized"] * 2 + [
        "✗ false alarm: Uninfected"
    ]
    for tile in found.tiles:
        positive = "Parasitized" in tile.title
        assert tile.colour == (template.POSITIVE if positive else template.NEGATIVE)
        right = tile.title.startswith("✓")
        assert tile.caption.startswith("answers Parasitized" if positive == right else "answers Uninfected")
        assert re.search(r" %\. P\d+thinF\S+\.png\.", tile.caption)
    assert typical_cases.HOW in found.caption
    assert "no gradients" in found.caption


def test_images_that_are_not_here_are_one_line(small_model):
    found = compose(small_model)
    assert (found.tiles, found.caption) == ((), typical_cases.NOT_HERE)
    assert typical_cases.NOT_HERE in " ".join(Reader(report.write(small_model)).texts)


def test_a_model_without_misses_says_so(tiny_dataset, nothing_shipped, without_gradients):
    found = compose(compared.make_model(tiny_dataset, "m", right=1.0))
    assert len(found.tiles) == 3
    assert report_summary.NO_MISSES in found.caption


def test_a_report_with_pictures_stays_small(pictured):
    written = report.write(pictured)
    assert written.count("data:image/jpeg") == 6
    assert len(written) < 3_000_000

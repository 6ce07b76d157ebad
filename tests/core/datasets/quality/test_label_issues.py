"""Label suspects: planted wrong labels are found, right ones left alone, impossible input refused."""

import numpy as np
import pytest

from core.datasets.quality import label_issues


def planted(images=600, classes=3, wrong=30, seed=0):
    """Labels of which some are wrong, and the probabilities of a good model that is not fooled."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, images)
    probabilities = rng.dirichlet(np.ones(classes), images) * 0.25
    probabilities[np.arange(images), truth] += 0.75
    labels = truth.copy()
    chosen = rng.choice(images, wrong, replace=False)
    labels[chosen] = (truth[chosen] + 1) % classes
    return labels, probabilities, truth, chosen


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_planted_wrong_labels_are_found(classes):
    labels, probabilities, truth, chosen = planted(classes=classes)
    found = label_issues.find_suspects(labels, probabilities)
    right = len(set(chosen) & set(found["position"]))
    assert right >= 0.85 * len(chosen)  # the method estimates how many are wrong, and reports that many
    assert right >= 0.95 * len(found)
    assert (found["suggested"] == truth[found["position"]]).all()
    assert (found["given"] == labels[found["position"]]).all()
    assert found["quality"].is_monotonic_increasing
    assert found["quality"].between(0, 1).all()


def test_quality_is_the_probability_of_the_given_class():
    labels, probabilities, _, _ = planted()
    found = label_issues.find_suspects(labels, probabilities)
    expected = probabilities[found["position"], found["given"]]
    assert found["quality"].to_numpy() == pytest.approx(expected)


def test_right_labels_raise_no_suspicion():
    labels, probabilities, _, _ = planted(wrong=0)
    found = label_issues.find_suspects(labels, probabilities)
    assert len(found) == 0
    assert tuple(found.columns) == label_issues.COLUMNS


@pytest.mark.parametrize("images", [0, 1, 5])
def test_few_images_of_one_class(images):
    probabilities = np.tile([0.2, 0.8], (images, 1))
    assert len(label_issues.find_suspects(np.zeros(images, dtype=int), probabilities)) == 0


@pytest.mark.filterwarnings("ignore:May not flag all label issues")
def test_a_class_that_nobody_was_given():
    labels, probabilities, _, chosen = planted(classes=2)
    wider = np.hstack([probabilities, np.zeros((len(labels), 1))])
    found = label_issues.find_suspects(labels.astype(np.int16), wider.astype(np.float32))
    assert set(chosen) <= set(found["position"])


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [
        ([0, 1], [[0.5, 0.5]]),
        ([0], [[1.0]]),
        ([2], [[0.5, 0.5]]),
        ([-1], [[0.5, 0.5]]),
        ([0], [[0.5, 0.2]]),
        ([0], [[1.5, -0.5]]),
        ([0], [[np.nan, 1.0]]),
    ],
)
def test_what_is_impossible_is_refused(labels, probabilities):
    with pytest.raises(ValueError, match="expected"):
        label_issues.find_suspects(np.array(labels), np.array(probabilities))

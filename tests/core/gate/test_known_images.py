"""The distance against scipy's, what is kept of it, and files that are none."""

import numpy as np
import pytest
from scipy.spatial import distance
from sklearn import covariance

from core.gate import known_images


def draw(count, size=6, seed=0):
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=(size, size))
    return (rng.normal(size=(count, size)) @ mixing + 5).astype(np.float32)


def test_it_is_mahalanobis_distance_a_number():
    training, other = draw(400), draw(50, seed=3)
    known = known_images.fit(training, draw(200, seed=1))
    mean, deviation = training.mean(axis=0), training.std(axis=0) + 1e-6
    inverse = np.linalg.inv(covariance.LedoitWolf(assume_centered=True).fit((training - mean) / deviation).covariance_)
    expected = [distance.mahalanobis(one, np.zeros(6), inverse) / np.sqrt(6) for one in (other - mean) / deviation]
    np.testing.assert_allclose(known.measure(other), expected, rtol=1e-3)  # axes are kept with half the digits
    assert 0.8 < np.median(known.measure(training)) < 1.2, "a usual image has about 1"


def test_the_limit_is_that_of_validation_images():
    known = known_images.fit(draw(400), draw(200, seed=1))
    assert (known.measure(draw(200, seed=1)) > known.limit).mean() == pytest.approx(0.02, abs=0.006)
    assert (known.measure(draw(200, seed=2) + 30) > known.limit).all()


def test_many_numbers_have_their_leading_axes_and_one_variance_for_the_rest(monkeypatch):
    """Against the whole covariance whose small eigenvalues are all their mean."""
    monkeypatch.setattr(known_images, "MOST_AXES", 3)
    training, other = draw(500, size=8), draw(20, size=8, seed=4)
    known = known_images.fit(training, draw(100, size=8, seed=1))
    mean, deviation = training.mean(axis=0), training.std(axis=0) + 1e-6
    found = covariance.LedoitWolf(assume_centered=True).fit((training - mean) / deviation).covariance_
    values, axes = np.linalg.eigh(found)
    values[:5] = values[:5].mean()
    inverse = np.linalg.inv(axes @ np.diag(values) @ axes.T)
    expected = [distance.mahalanobis(one, np.zeros(8), inverse) / np.sqrt(8) for one in (other - mean) / deviation]
    assert known.axes.shape == (3, 8)
    np.testing.assert_allclose(known.measure(other), expected, rtol=1e-3)


def test_a_number_that_never_varies_is_no_fault():
    training = np.concatenate([draw(100), np.full((100, 1), 7.0)], axis=1)
    known = known_images.fit(training, training)
    assert np.isfinite(known.measure(training)).all()
    stranger = training[:1] + np.array([0, 0, 0, 0, 0, 0, 1.0])
    assert known.measure(stranger)[0] > known.limit


def test_what_is_kept_is_read_back():
    known = known_images.fit(draw(100), draw(50, seed=1))
    again = known_images.from_arrays(known.to_arrays())
    np.testing.assert_allclose(again.measure(draw(9, seed=5)), known.measure(draw(9, seed=5)), rtol=1e-6)
    assert again.limit == pytest.approx(known.limit)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("mean", np.zeros(5)),
        ("mean", np.zeros((2, 3))),
        ("deviation", np.zeros(6)),
        ("axes", np.zeros((6, 5))),
        ("variances", np.full(6, -1.0)),
        ("rest", np.float32(0)),
        ("limit", np.float32(np.nan)),
    ],
)
def test_parts_that_do_not_fit_are_refused(part, value):
    parts = known_images.fit(draw(100), draw(50, seed=1)).to_arrays()
    with pytest.raises(ValueError, match="expected means"):
        known_images.from_arrays({**parts, part: value})

"""Mean, spread and interval over runs, against scipy and a case worked by hand; and all folds' answers as one table."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.base import errors
from core.statistics import pooling


def test_mean_and_spread_are_those_of_numpy_and_the_plain_interval_that_of_scipy():
    values = np.random.default_rng(0).uniform(0.8, 0.9, 7)
    found = pooling.compute_mean(values.tolist(), test_train_ratio=None)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.spread == pytest.approx(np.std(values, ddof=1))
    expected = stats.t.interval(0.95, df=6, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n_runs == 7


def test_nadeau_and_bengio_worked_by_hand():
    """5 folds, 20 test, 20 validation, 60 training images of 100.

    Mean 0.84; squared distances 0.0016 + 0.0004 + 0 + 0.0004 + 0.0016 = 0.0040, / 4 = 0.0010, spread 0.0316228;
    1/5 + 20/60 = 0.533333, root 0.7302967; t(0.975; 4) = 2.776445; half = 0.0641192.
    """
    found = pooling.compute_mean([0.80, 0.82, 0.84, 0.86, 0.88], test_train_ratio=20 / 60)
    assert found.mean == pytest.approx(0.84)
    assert found.spread == pytest.approx(0.0316228, abs=1e-7)
    assert (found.low, found.high) == pytest.approx((0.7758808, 0.9041192), abs=1e-6)


def test_the_correction_widens_and_more_runs_do_not_undo_it():
    few, many = [0.8, 0.9], [0.8, 0.9] * 50
    plain = pooling.compute_mean(few, test_train_ratio=None)
    wide = pooling.compute_mean(few, test_train_ratio=0.25)
    assert wide.high - wide.low >= plain.high - plain.low
    far = pooling.compute_mean(many, test_train_ratio=0.25)
    spread = np.std(many, ddof=1)
    assert far.high - far.low > 2 * stats.t.ppf(0.975, 99) * spread * 0.5


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (None, None, None, None, 0)),
        ([None, None], (None, None, None, None, 0)),
        ([0.9], (0.9, None, None, None, 1)),
        ([0.9, None], (0.9, None, None, None, 1)),
        ([1.0, 1.0, 1.0], (1.0, 0.0, None, None, 3)),
    ],
)
def test_too_little_is_said_as_nothing(values, expected):
    found = pooling.compute_mean(values, test_train_ratio=0.3)
    assert (found.mean, found.spread, found.low, found.high, found.n_runs) == expected


def test_the_interval_stays_in_the_range_of_the_metric():
    found = pooling.compute_mean([0.99, 0.5, 0.01], test_train_ratio=0.3)
    assert (found.low, found.high) == (0.0, 1.0)


def make_fold(ids, *, names=("p_a", "p_b")):
    table = pd.DataFrame({"image_id": ids, "split": "test", "group": "", "label": 0})
    unseen = pd.DataFrame({"image_id": ["v"], "split": "validation", "group": "", "label": 0})
    return pd.concat([table, unseen]).assign(**dict.fromkeys(names, 0.5))


def test_the_test_parts_are_joined_and_validation_images_are_not():
    joined = pooling.join_test_parts([make_fold(["a", "b"]), make_fold(["c"])])
    assert joined["image_id"].tolist() == ["a", "b", "c"]


def test_images_that_were_tested_twice_and_other_classes_are_refused():
    with pytest.raises(errors.PredictionsNotUsable, match="1 images that were tested again"):
        pooling.join_test_parts([make_fold(["a", "b"]), make_fold(["b"])])
    with pytest.raises(errors.PredictionsNotUsable, match="same classes"):
        pooling.join_test_parts([make_fold(["a"]), make_fold(["b"], names=("p_a", "p_c"))])

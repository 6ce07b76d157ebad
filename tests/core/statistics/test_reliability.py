"""Bins of the reliability diagram: cross-checked, and what becomes of ties, few images and none."""

import numpy as np
import pandas as pd
import pytest
from sklearn import calibration as reference

from core.statistics import reliability, wilson
from tests.support import studies
from tests.support.probability_tasks import NAMES, make_task, study


@pytest.mark.parametrize(("rule", "strategy"), [("mass", "quantile"), ("width", "uniform")])
def test_bins_are_those_of_scikit_learn(rule, strategy):
    task = study(3000, seed=3)
    bins = reliability.compute_bins(task, subject="positive", rule=rule)
    so, claimed = reference.calibration_curve(task.is_positive, task.scores, n_bins=10, strategy=strategy)
    assert bins["observed"].to_numpy() == pytest.approx(so)
    assert bins["claimed"].to_numpy() == pytest.approx(claimed)


@pytest.mark.parametrize("subject", ["answer", "positive"])
@pytest.mark.parametrize("rule", ["mass", "width"])
@pytest.mark.parametrize("classes", [2, 5])
def test_every_image_is_in_one_bin_and_shares_hold_their_value(subject, rule, classes):
    task = study(500, patients=12, classes=classes)
    bins = reliability.compute_bins(task, subject=subject, rule=rule)
    claims, so = reliability.read_claims(task, subject)
    assert bins["n"].sum() == 500 and (bins["n"] >= reliability.SMALLEST_BIN).all()
    assert (bins["n"] * bins["observed"]).sum() == pytest.approx(so.sum())
    assert (bins["n"] * bins["claimed"]).sum() == pytest.approx(claims.sum())
    assert ((bins["observed_low"] <= bins["observed"]) & (bins["observed"] <= bins["observed_high"])).all()
    assert (bins["low"].to_numpy()[1:] >= bins["high"].to_numpy()[:-1]).all()
    assert not bins.isna().any(axis=None)
    assert reliability.count_strips(task, subject).sum() == 500


def test_without_patients_a_bin_has_wilsons_interval_and_with_them_a_wider_one():
    table = studies.make_study(400)
    bins = reliability.compute_bins(make_task(table))
    first = bins.iloc[0]
    edges = wilson.compute_wilson(first["n"] * first["observed"], first["n"])
    assert (first["observed_low"], first["observed_high"]) == pytest.approx((edges.low, edges.high))
    # Four patients whose images are all right or all wrong together: four observations, not four hundred.
    labels, groups = np.tile([0, 1], 200), np.repeat(["A", "B", "C", "D"], 100)
    right = np.isin(groups, ["A", "B", "C"])
    clustered = studies.make_predictions(labels, np.where((labels == 0) == right, 0.9, 0.1), groups)
    wide = reliability.compute_bins(make_task(clustered)).iloc[0]
    assert wide["units"] == 4 and wide["observed_high"] - wide["observed_low"] > 0.4


def test_ties_share_a_bin():
    table = studies.make_predictions(np.tile([0, 1, 0, 0], 25), np.repeat(0.8, 100))
    bins = reliability.compute_bins(make_task(table))
    assert bins[["low", "high", "claimed", "observed"]].iloc[0].tolist() == pytest.approx([0.8, 0.8, 0.8, 0.75])
    assert len(bins) == 1


def test_small_bins_join_their_neighbours():
    claims = np.concatenate(
        [np.full(5, 0.05), np.full(40, 0.15), np.full(3, 0.55), np.full(30, 0.75), np.full(7, 0.95)]
    )
    counts = np.bincount(reliability.number_bins(claims, "width"))
    assert counts.tolist() == [45, 40]
    assert np.bincount(reliability.number_bins(claims[:7], "width")).tolist() == [7]


@pytest.mark.parametrize("n", [0, 1])
def test_next_to_no_images(n):
    task = make_task(studies.make_predictions([0] * n, [0.7] * n))
    bins = reliability.compute_bins(task)
    assert bins["n"].tolist() == [1] * n and "observed_low" in bins
    assert reliability.count_strips(task, "answer").sum() == n


def test_one_side_is_chosen_and_answered_by_the_threshold():
    table = studies.make_predictions([0, 1, 0, 1], [0.4, 0.3, 0.9, 0.6])
    table["split"] = ["validation", "validation", "test", "test"]
    pick = {"class_names": NAMES, "positive_class": NAMES[0]}
    assert reliability.select_task(table, "validation", threshold=None, **pick).answers.tolist() == [1, 1]
    validation = reliability.select_task(table, "validation", threshold=0.35, **pick)
    assert validation.answers.tolist() == [0, 1] and validation.n == 2
    claims, so = reliability.read_claims(validation, "answer")
    assert claims.tolist() == pytest.approx([0.4, 0.7]) and so.all()


def test_sums_by_unit_are_those_of_pandas():
    task = study(80, patients=7)
    values = np.random.default_rng(0).random((80, 3))
    expected = pd.DataFrame(values).groupby(task.units).sum().to_numpy()
    assert reliability.sum_by_unit(task, values) == pytest.approx(expected)

"""Shuffled labels: what must stay stays, and everything that may move moves."""

import itertools

import numpy as np
import pytest

from core.datasets.views import permutation


def deal(labels, groups, shuffles=200, seed=0):
    return permutation.shuffle_labels(np.array(labels), np.array(groups, dtype=object), shuffles=shuffles, seed=seed)


def test_without_groups_all_arrangements_come_about_equally_often():
    dealt, rule = deal([0, 0, 1, 1], [""] * 4, shuffles=6000)
    assert rule == permutation.Rule(permutation.FREE, 4, 0, 0)
    seen, often = np.unique(dealt, axis=0, return_counts=True)
    assert {tuple(row) for row in seen} == set(itertools.permutations([0, 0, 1, 1]))
    assert np.abs(often - 1000).max() < 5 * np.sqrt(1000)  # far beyond what an even chance brings about


def test_inside_a_patient_of_two_classes_labels_move_and_the_rest_stays():
    labels, groups = [0, 1, 1, 0, 1, 1], ["A", "A", "A", "B", "B", "C"]
    dealt, rule = deal(labels, groups)
    assert rule == permutation.Rule(permutation.WITHIN, 5, 2, 0)
    assert (dealt[:, :3].sum(axis=1) == 2).all() and (dealt[:, 3:5].sum(axis=1) == 1).all()
    assert (dealt[:, 5] == 1).all()
    assert len(np.unique(dealt, axis=0)) == 3 * 2


def test_whole_patients_change_places_where_each_has_one_class():
    labels, groups = [0, 0, 0, 1, 1, 2], ["A", "A", "B", "C", "C", "D"]
    dealt, rule = deal(labels, groups)
    assert rule == permutation.Rule(permutation.WHOLE, 6, 0, 4)
    assert (dealt[:, 0] == dealt[:, 1]).all() and (dealt[:, 3] == dealt[:, 4]).all()
    of_patients = np.sort(dealt[:, [0, 2, 3, 5]], axis=1)
    assert (of_patients == [0, 0, 1, 2]).all()
    assert len(np.unique(dealt, axis=0)) == 12


def test_both_at_once_and_images_of_unknown_patients_stand_alone():
    labels, groups = [0, 1, 0, 0, 1, 0], ["A", "A", "B", "B", "", ""]
    dealt, rule = deal(labels, groups)
    assert rule == permutation.Rule(permutation.BOTH, 6, 1, 3)
    assert (dealt[:, :2].sum(axis=1) == 1).all() and (dealt[:, 2] == dealt[:, 3]).all()
    assert (dealt[:, [2, 4, 5]].sum(axis=1) == 1).all()


@pytest.mark.parametrize(("labels", "groups"), [([], []), ([0, 0], ["A", "B"]), ([1, 1], ["", ""])])
def test_nothing_to_move(labels, groups):
    dealt, rule = deal(labels, groups, shuffles=3)
    assert rule.kind == permutation.NONE and rule.images_moving == 0
    assert dealt.shape == (3, len(labels)) and (dealt == np.array(labels, dtype=int)).all()


def test_the_same_seed_deals_the_same_and_many_classes_fit():
    labels, groups = np.arange(400), [""] * 400
    first, again, other = deal(labels, groups, 2, 1)[0], deal(labels, groups, 2, 1)[0], deal(labels, groups, 2, 2)[0]
    assert (first == again).all() and (first != other).any()
    assert (np.sort(first, axis=1) == labels).all()

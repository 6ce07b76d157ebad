"""Labels under chance: shuffled so that what hangs together without the class goes on hanging together.

Images of one patient resemble each other (stain, camera, cell size), so labels must not be dealt freely among all
images: chance would look smaller than it is. The patient is the exchangeability block (Good 2005, Permutation,
Parametric and Bootstrap Tests of Hypotheses, chapter 3; Winkler et al. 2015, NeuroImage 123): labels move inside a
patient who has several classes, and whole patients change places where each has one class only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

FREE, WITHIN, WHOLE, BOTH, NONE = "images", "within groups", "whole groups", "both", "none"


@dataclass(frozen=True)
class Rule:
    """How labels were shuffled, and what there was to shuffle.

    kind : FREE (no groups known), WITHIN (inside groups of several classes), WHOLE (groups of one class change
        places), BOTH, or NONE (no label can move: every shuffle is the data set itself).
    images_moving : images whose label can change.
    groups_within, groups_whole : groups that are shuffled inside, and groups that change places.
    """

    kind: str
    images_moving: int
    groups_within: int
    groups_whole: int


def shuffle_labels(
    labels: ArrayLike, groups: ArrayLike, *, shuffles: int, seed: int = 0
) -> tuple[NDArray[np.integer[Any]], Rule]:
    """Labels as chance would deal them, `shuffles` times, and the rule they were dealt by.

    labels : integers of shape (N,), 0 or more. groups : str of shape (N,), "" = not known: an image on its own.
    Returns an array of shape (shuffles, N) of the smallest integers that hold the labels. In each row, a group of
    several classes keeps how many images of each class it has, a group of one class has one class again, and as many of
    these groups have each class as before.
    """
    known = np.asarray(labels)
    codes = _number_groups(np.asarray(groups, dtype=object))
    group_label, mixed = _classes_of_groups(known, codes)
    whole = ~mixed
    rule = _describe(mixed, group_label, codes, free=len(mixed) == len(known))
    rng = np.random.default_rng(seed)
    by_group = np.argsort(codes, kind="stable")
    dealt = np.empty((shuffles, len(known)), np.min_scalar_type(int(known.max(initial=0))))
    for row in dealt:
        row[by_group] = known[np.lexsort((rng.random(len(known)), codes))]
        swapped = group_label.copy()
        swapped[whole] = rng.permutation(group_label[whole])
        alone = whole[codes]
        row[alone] = swapped[codes[alone]]
    return dealt, rule


def _number_groups(groups: NDArray[np.object_]) -> NDArray[np.intp]:
    """A number a group, from 0; images without a group have one each."""
    codes = pd.factorize(groups)[0].astype(np.intp)
    unknown = groups == ""
    codes[unknown] = codes.max(initial=-1) + 1 + np.arange(np.count_nonzero(unknown))
    return pd.factorize(codes)[0].astype(np.intp)


def _classes_of_groups(
    labels: NDArray[Any], codes: NDArray[np.intp]
) -> tuple[NDArray[np.integer[Any]], NDArray[np.bool_]]:
    """A label of each group, and whether it has others besides."""
    count = int(codes.max(initial=-1)) + 1
    label = np.zeros(count, labels.dtype)
    label[codes] = labels
    mixed = np.zeros(count, bool)
    mixed[codes[label[codes] != labels]] = True
    return label, mixed


def _describe(
    mixed: NDArray[np.bool_], group_label: NDArray[np.integer[Any]], codes: NDArray[np.intp], *, free: bool
) -> Rule:
    inside = int(mixed.sum())
    swaps = len(np.unique(group_label[~mixed])) > 1
    places = int((~mixed).sum()) if swaps else 0
    moving = int(mixed[codes].sum()) + (int((~mixed)[codes].sum()) if swaps else 0)
    if free:
        return Rule(FREE if swaps else NONE, moving, 0, 0)
    kind = {(True, True): BOTH, (True, False): WITHIN, (False, True): WHOLE, (False, False): NONE}[inside > 0, swaps]
    return Rule(kind, moving, inside, places)

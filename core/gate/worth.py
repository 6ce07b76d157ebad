"""What a network's answers are worth on images that are brought beyond what it learnt from: asked, not assumed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import progress
from core.datasets.index import index, originals
from core.gate import changes, fact_limits, plain_facts
from core.models import normalisation
from core.runtimes import base

IMAGES = 120  # of validation: each is changed in some twenty ways
LARGEST_PX = 256  # longer sides are reduced first


def measure(
    asked: base.Runtime,
    form: normalisation.Form,
    data: index.Index,
    table: pd.DataFrame,
    limits: fact_limits.Limits,
    report: progress.Report = progress.say_nothing,
) -> fact_limits.Limits:
    """The limits with what answers are worth beyond them, from up to IMAGES validation images.

    table : columns row, label (in the network's order of classes) and split. Raises DatasetChanged.
    """
    held_out = table[table["split"] == "validation"]
    chosen = held_out.iloc[np.sort(np.random.default_rng(0).permutation(len(held_out))[:IMAGES])]
    labels = chosen["label"].to_numpy(np.int64)
    images = [originals.read_image(data, int(row), longest_px=LARGEST_PX) for row in chosen["row"]]
    home = int((_answer(asked, form, images) == labels).sum())
    limits, sides = replace(limits, home=(home, len(images))), list(_list_sides())
    for done, (place, below, side) in enumerate(sides):
        report(done, len(sides), "Asking what answers to changed images are worth")
        change, steps = side.made_by or (changes.keep, ())
        facts, right = list[float](), list[bool]()
        for step in steps:
            changed = [change(image, step) for image in images]
            facts += [plain_facts.measure(image, form)[place] for image in changed]
            right += (_answer(asked, form, changed) == labels).tolist()
        limits = limits.add(place, below, np.array(facts), np.array(right, bool))
    report(len(sides), len(sides), "Asking what answers to changed images are worth")
    return limits


def _list_sides() -> Iterator[tuple[int, int, plain_facts.Side]]:
    for place, fact in enumerate(plain_facts.FACTS):
        yield place, fact_limits.BELOW, fact.below
        yield place, fact_limits.ABOVE, fact.above


def _answer(asked: base.Runtime, form: normalisation.Form, images: list[changes.Image]) -> NDArray[Any]:
    if not images:
        return np.array([], np.int64)
    seen = [normalisation.bring(image, form, *asked.input_size_px).image_rgb for image in images]
    answers: NDArray[Any] = asked.predict(np.stack(seen)).argmax(axis=1)
    return answers

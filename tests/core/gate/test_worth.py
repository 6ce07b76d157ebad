"""What answers to changed images are worth: the counts are those of answers by hand, from validation images alone."""

import numpy as np

from core.datasets.index import originals
from core.gate import changes, fact_limits, plain_facts, worth
from core.models import normalisation
from tests.support import block_runtimes, older_models, plain_cells

LIGHT = plain_facts.NAMES.index("lightness")
ANYWHERE = np.array([[-1e9, 1e9]] * len(plain_facts.FACTS))


def measure(data, table, limits):
    asked = block_runtimes.BlockRuntime((32, 32), where="a test")
    return worth.measure(asked, normalisation.AS_IT_CAME, data, table, limits)


def test_darkened_images_are_counted_as_a_hand_would(home):
    data = plain_cells.write_dataset("drawn", patients=40)
    table = older_models.divide(data)
    held_out = table[table["split"] == "validation"]
    ranges = ANYWHERE.copy()
    ranges[LIGHT] = (60, 1e9)
    made = measure(data, table, fact_limits.Limits(ranges))
    came = [originals.read_image(data, int(row)) for row in held_out["row"]]
    labels = held_out["label"].to_numpy()
    right = beyond = 0
    for step in plain_facts.FACTS[LIGHT].below.made_by[1]:
        for image, label in zip(came, labels, strict=True):
            dark = changes.dim(image, step)
            if plain_facts.measure(dark, normalisation.AS_IT_CAME)[LIGHT] < 60:
                beyond += 1
                right += (0 if dark.mean() / 255 > 0.5 else 1) == label
    assert made.asked[LIGHT, fact_limits.BELOW].sum() == beyond >= fact_limits.FEWEST
    assert made.right[LIGHT, fact_limits.BELOW].sum() == right
    assert made.home[1] == len(held_out) and made.asked.sum() == beyond, "nothing else was beyond"


def test_where_no_image_comes_beyond_nobody_was_asked(home):
    data = plain_cells.write_dataset("drawn", patients=40)
    made = measure(data, older_models.divide(data), fact_limits.Limits(ANYWHERE))
    assert not made.asked.any() and np.isinf(made.begins).all()

"""Answers of which half are validation images."""

import numpy as np

from tests.support import studies


def make_table(*, other_test=False):
    """600 answers of 20 patients, half of them validation images; `other_test` changes the truth of the test images."""
    table = studies.make_study(600, patients=20)
    table["split"] = np.tile(["validation", "test"], 300)
    if other_test:
        table.loc[table["split"] == "test", "label"] = np.arange(300) % 2
    return table

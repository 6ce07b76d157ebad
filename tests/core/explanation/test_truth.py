"""Heatmaps against the truth: the drawn cells' masks say where the parasite is."""

import pytest

from core.base import paths
from core.datasets.sample import drawn
from core.models import package
from tests.support import pointing


@pytest.mark.ml
def test_the_heat_stands_on_the_parasite_more_often_than_with_equal_tiles_or_by_chance(home):
    """New patients (another seed) that the shipped model has never seen."""
    data = drawn.draw_dataset("cells", images=160, seed=11)
    label = data.class_names.index("Parasitized")
    infected = data.usable.loc[data.usable["label"] == label, "path"]
    hits = pointing.play(paths.datasets_folder() / "cells", infected, package.find_package("sample-cells-base-cnn"))
    assert hits.n > 60
    assert hits.placed > hits.tiles
    assert hits.placed / hits.n > 2 * hits.chance_fraction

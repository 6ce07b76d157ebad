"""Explore's input normalisation: as they came and brought home, by whose colours, and where nothing stands out."""

import numpy as np
import pytest
from PIL import Image

from core.base import paths
from core.datasets.index import index
from core.models import normalisation
from tests.support import tiles
from tests.support.app_pages import words
from tests.support.plain_cells import draw_cell

HOME, AWAY = "smears-at-home", "smears-from-elsewhere"


@pytest.fixture
def smears(home):
    """The same cells on black and on white, in two stains, each with and without a parasite."""
    for name, ground, colour in ((HOME, (0, 0, 0), (215, 150, 165)), (AWAY, (250, 250, 250), (185, 150, 190))):
        for number in range(12):
            infected = number % 2 == 0
            folder = paths.datasets_folder() / name / ("Parasitized" if infected else "Uninfected")
            folder.mkdir(parents=True, exist_ok=True)
            cell = draw_cell(ground, colour=colour, parasite=infected, radius=24 + number % 3)
            Image.fromarray(cell).save(folder / f"P{number}thinF_IMG_1_cell_{number}.png")
        index.build_index(name)


def pictures(test):
    return [*test.image, *(tile for tile in tiles.list_tiles(test) if tile["bytes"])]


def test_pairs_stand_beside_each_other(app, smears):
    test = app("explore", dataset=AWAY, view="normalised")
    assert len(pictures(test)) == 2 + 2 * 9
    assert "cut from its ground" in words(test)
    assert not test.warning and not test.error


@pytest.fixture
def made(monkeypatch):
    """The pictures that were normalised."""
    found, usual = [], normalisation.normalise
    monkeypatch.setattr(normalisation, "normalise", lambda image, asked: found.append(usual(image, asked)) or found[-1])
    return found


def find_colour(images):
    """The median colour of what is not ground, RGB."""
    return np.median([np.median(one[one.any(axis=2)], axis=0) for one in images], axis=0)


@pytest.mark.parametrize("stain", ["own", "together"])
def test_cells_from_elsewhere_look_like_those_at_home(app, smears, made, stain):
    app("explore", dataset=HOME, view="normalised")
    at_home = find_colour(made)
    made.clear()
    app("explore", dataset=AWAY, view="normalised", home=HOME, stain=stain)
    assert np.abs(find_colour(made) - at_home).max() < 4
    made.clear()
    app("explore", dataset=AWAY, view="normalised", stain=stain)
    assert np.abs(find_colour(made) - at_home).max() > 20, "in its own colours it does not"


def test_without_a_cell_the_colours_stay_and_it_is_said(app, tiny_dataset, made):
    images = np.full((40, 40, 3), 130, np.uint8)
    for path in (paths.datasets_folder() / "tiny").rglob("*.png"):
        Image.fromarray(images).save(path)
    index.build_index("tiny")
    test = app("explore", dataset="tiny", view="normalised")
    assert "No cell stands out from its ground in tiny: colours stay as they are." in words(test)
    assert all((one == 130).all() for one in made) and made


def test_x_rays_lose_their_borders_and_have_no_stain(app, smears, made):
    test = app("explore", dataset=AWAY, view="normalised", form="x-rays")
    assert "dark from end to end" in words(test)
    assert not [one for one in test.selectbox if one.label.startswith("Home")]
    assert made

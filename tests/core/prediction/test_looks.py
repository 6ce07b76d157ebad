"""A sheet of bytes against what each reader of an image would make itself."""

import numpy as np
import pytest

from core.datasets.index import decoding
from core.gate import plain_facts
from core.models import normalisation
from core.prediction import looks
from tests.support import plain_cells

CELLS = normalisation.Form("cells", (66.0, 18.0, 5.0))
IMAGES = [
    plain_cells.draw_cell((240, 238, 235), noise=4),
    plain_cells.draw_cell((20, 40, 160), size=(120, 90), noise=9),
    np.full((1, 1, 3), 7, np.uint8),
]


@pytest.mark.parametrize("form", [normalisation.AS_IT_CAME, CELLS, normalisation.Form("x-rays")])
@pytest.mark.parametrize("size", [(64, 64), (96, 80), (5, 2)])
def test_all_that_is_asked_of_an_image_is_in_its_sheet(form, size):
    sheet = looks.Sheet(*size, form)
    found = sheet.read(np.stack([sheet.draw(image) for image in IMAGES]))
    for place, image in enumerate(IMAGES):
        assert (found.came[place] == decoding.resize_image(image, *size)).all()
        assert (found.formed[place] == normalisation.bring(image, form, *size).image_rgb).all()
        assert (found.small[place] == decoding.resize_image(image, 64, 64)).all()
        assert (found.plain[place] == plain_facts.measure(image, form)).all()


@pytest.mark.parametrize("form", [normalisation.AS_IT_CAME, CELLS])
def test_another_process_makes_the_same(form):
    sheet = looks.Sheet(64, 64, form)
    assert (sheet.change.apply(IMAGES[0]) == sheet.draw(IMAGES[0])).all()


def test_some_of_them():
    sheet = looks.Sheet(64, 64, normalisation.AS_IT_CAME)
    found = sheet.read(np.stack([sheet.draw(image) for image in IMAGES]))
    some = found.take(np.array([False, True, False]))
    assert some.formed is some.came is some.small and (some.plain == found.plain[1:2]).all()

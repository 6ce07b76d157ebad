"""Grey, dark, cut off: said in words, and refused where nobody knows what an answer would be worth."""

import cv2
import numpy as np
import pytest

from core.gate import fact_limits, plain_facts
from core.models import normalisation
from tests.support.plain_cells import draw_cell

CELLS, PLAIN = normalisation.Form(normalisation.CELLS), normalisation.AS_IT_CAME
ROSE = (235, 215, 220)


def draw_cells(count=60):
    """Cells of one laboratory: a little lighter, darker, redder, larger than each other."""
    rng = np.random.default_rng(0)
    for number in range(count):
        light, red = rng.integers(-12, 12), rng.integers(-10, 10)
        colour = (205 + light + red, 150 + light, 160 + light - red)
        radius = int(rng.integers(22, 34))
        yield draw_cell(ROSE, colour=tuple(map(int, colour)), radius=radius, parasite=number % 2 == 0, noise=3)


def learn(images, form):
    return fact_limits.Limits(fact_limits.find_ranges(np.array([plain_facts.measure(one, form) for one in images])))


@pytest.fixture(scope="module")
def limits():
    return learn(draw_cells(), CELLS)


def judge(image, limits, form=CELLS):
    return limits.judge(plain_facts.measure(image, form))


def grey(image):
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)


def test_an_image_like_those_at_home_is_not_spoken_of(limits):
    assert judge(draw_cell(ROSE, colour=(208, 152, 161), noise=3), limits) == ([], False)
    other_ground = draw_cell((20, 20, 20), colour=(208, 152, 161), noise=3)
    assert judge(other_ground, limits) == ([], False), "the ground is not looked at where a body is cut out"


def test_a_grey_image_is_refused_by_a_model_of_colours(limits):
    said, refused = judge(grey(draw_cell(ROSE, noise=3)), limits)
    assert refused and plain_facts.FACTS[1].below.words in said


def test_a_coloured_image_is_refused_by_a_model_of_grey():
    learnt = [grey(cell) for cell in draw_cells()]
    limits = learn(learnt, PLAIN)
    said, refused = judge(draw_cell(ROSE), limits, PLAIN)
    assert refused and plain_facts.FACTS[1].above.words in said
    assert judge(learnt[0], limits, PLAIN) == ([], False)


def test_half_a_cell_is_answered_with_caution(limits):
    cell = draw_cell(ROSE, size=(80, 80), at=(40, 40), radius=30, colour=(208, 152, 161), noise=3)
    said, refused = judge(cell[:, :40], limits)
    assert plain_facts.FACTS[3].above.words in said and not refused


def test_dark_is_said_and_very_dark_refused(limits):
    cell = draw_cell(ROSE, colour=(208, 152, 161), noise=3)
    for share, expected in ((0.85, False), (0.15, True)):
        said, refused = judge((cell * share).astype(np.uint8), limits)
        assert plain_facts.FACTS[0].below.words in said and refused == expected


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (300, 7)])
@pytest.mark.parametrize("form", [CELLS, PLAIN, normalisation.Form(normalisation.X_RAYS)])
def test_odd_images_have_facts(size, form):
    for value in (0, 128, 255):
        facts = plain_facts.measure(np.full((*size, 3), value, np.uint8), form)
        assert facts.shape == (len(plain_facts.FACTS),) and np.isfinite(facts).all()

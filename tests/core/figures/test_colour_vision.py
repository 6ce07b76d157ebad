"""The colours of classes and lines stay apart for eyes that lack a kind of cone, on light and on dark paper."""

import itertools

import numpy as np
import pytest

from core.figures import curves, template
from tests.support import colour_vision as vision

# CIEDE2000. The eye just tells 1 apart side by side; thin lines and small marks that are not side by side want more.
# Fixed meanings meet in every figure; of six models compared each has a dash and a mark of its own as well.
LEAST_FIXED, LEAST_COMPARED = 15.0, 10.0
# Of what carries a meaning by itself (WCAG 1.4.11); and of what a name, a dash or a mark tells as well.
LEAST_CONTRAST, LEAST_NAMED_CONTRAST = 3.0, 2.0
FIXED = (template.POSITIVE, template.NEGATIVE, template.REFERRED, template.TRAINING)
EYES = {"all cones": None, **vision.MACHADO}


def measure_nearest(colours, matrix):
    seen = [vision.to_lab(vision.simulate(colour, matrix)) for colour in colours]
    return min(vision.measure_distance(one, other) for one, other in itertools.combinations(seen, 2))


def compute_contrast(colour, paper):
    dark, light = sorted(float(vision.TO_XYZ[1] @ vision.linearise(one)) for one in (colour, paper))
    return (light + 0.05) / (dark + 0.05)


def mix(colour, paper, opacity):
    """What is seen of a colour that is let through in part, "#RRGGBB"."""
    pairs = [(int(colour[place : place + 2], 16), int(paper[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * top + (1 - opacity) * below):02X}" for top, below in pairs)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(
    ("colours", "least"),
    [
        (FIXED, LEAST_FIXED),
        (template.choose_class_colours(["sick", "healthy"], "sick"), LEAST_FIXED),
        (template.COMPARISON, LEAST_COMPARED),
    ],
    ids=["fixed", "two classes", "compared"],
)
def test_colours_stay_apart_for_every_eye(colours, least, eye):
    assert measure_nearest(colours, EYES[eye]) >= least


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_two_lines_of_a_theme_stay_apart_for_every_eye(theme):
    """What is drawn in the theme's own colours: strong in the accent, weak in muted, both on paper."""
    palette = template.find_palette(theme)
    for matrix in EYES.values():
        assert measure_nearest((palette.accent, palette.muted, palette.paper), matrix) >= LEAST_COMPARED
        training = mix(template.TRAINING, palette.paper, curves.PALE_OPACITY[theme])
        assert measure_nearest((curves.STRONG[theme], training, palette.paper), matrix) >= LEAST_FIXED


@pytest.mark.parametrize("palette", [template.LIGHT, template.DARK], ids=["light", "dark"])
def test_colours_stand_out_from_the_paper(palette):
    for colour in (template.POSITIVE, template.NEGATIVE, template.REFERRED, palette.accent, palette.muted):
        assert compute_contrast(colour, palette.paper) >= LEAST_CONTRAST
    for colour in (template.TRAINING, *template.COMPARISON):
        assert compute_contrast(colour, palette.paper) >= LEAST_NAMED_CONTRAST


def test_the_simulation_is_the_published_one():
    for matrix in vision.MACHADO.values():
        assert np.sum(matrix, axis=1) == pytest.approx(1, abs=2e-6), "grey stays grey"
    for eye, matrix in vision.VIENOT.items():  # made from the sensitivities of cones alone: nearly the same distances
        other = measure_nearest(template.COMPARISON, matrix)
        assert other == pytest.approx(measure_nearest(template.COMPARISON, vision.MACHADO[eye]), abs=1)


def test_the_simulation_tells_colours_that_such_eyes_confuse():
    """Red and green of equal lightness fall together without the middle cones, blue and green without the short."""
    for colours, eye in ((("#C05A4A", "#7F7F3A"), "deuteranopia"), (("#00A0A0", "#3A9AC0"), "tritanopia")):
        whole, lacking = (measure_nearest(colours, matrix) for matrix in (None, vision.MACHADO[eye]))
        assert lacking < whole / 2, eye


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [  # of the 34 pairs of Sharma, Wu and Dalal 2005, table 1
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_is_the_published_one(one, other, distance):
    assert vision.measure_distance(np.array(one), np.array(other)) == pytest.approx(distance, abs=1e-4)

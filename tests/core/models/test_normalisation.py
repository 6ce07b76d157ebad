"""Cells cut from whatever ground they lie on, X-rays from their borders; one stain for all; odd images stay whole."""

import dataclasses
import hashlib
import json
import zipfile

import cv2
import numpy as np
import pytest
from sklearn import metrics

from core.datasets.index import decoding, scanning
from core.models import normalisation, package, tables
from core.runtimes import opening
from tests.support.plain_cells import PINK, PURPLE, draw_cell, lab_of

GROUNDS = {"black": (0, 0, 0), "white": (245, 243, 240), "rose": (235, 215, 220)}


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
@pytest.mark.parametrize("noise", [0, 6])
def test_a_cell_is_cut_from_its_ground(ground, noise):
    found = normalisation.cut(draw_cell(ground, noise=noise), normalisation.CELLS)
    assert found.image_rgb.shape[:2] == found.body.shape
    box = found.box
    assert max(abs(box.top - 14), abs(box.left - 10), abs(box.bottom - 67), abs(box.right - 63)) <= 1
    assert found.body.sum() == pytest.approx(np.pi * 26**2, rel=0.04), "with its parasite, which is no hole"
    assert (found.image_rgb[~found.body] == 0).all()


def test_the_ground_makes_no_difference_and_neither_does_the_stain():
    wanted = np.array([60.0, 20.0, 5.0])
    forms = []
    for ground in GROUNDS.values():
        for colour in (PINK, (185, 150, 190)):
            found = normalisation.cut(draw_cell(ground, colour=colour, parasite=False), normalisation.CELLS)
            seen = normalisation.colour(found, normalisation.measure_colour([found]), wanted)
            forms.append(cv2.resize(seen, (48, 48), interpolation=cv2.INTER_AREA).astype(int))
            again = normalisation.measure_colour([normalisation.Cut(seen, found.body, None)])
            np.testing.assert_allclose(again, wanted, atol=0.6)
    assert max(np.abs(one - forms[0]).mean() for one in forms) < 2


def test_images_that_came_together_share_one_stain():
    """A cell that a parasite fills has the parasite's colour: by its own it would be made a healthy one's."""
    cells = [draw_cell((0, 0, 0), parasite=False)] * 4 + [draw_cell((0, 0, 0), colour=PURPLE, parasite=False)]
    cuts = [normalisation.cut(one, normalisation.CELLS) for one in cells]
    shared, wanted = normalisation.measure_colour(cuts), np.array([65.0, 22.0, 4.0])
    own = normalisation.colour(cuts[-1], normalisation.measure_colour(cuts[-1:]), wanted)
    kept = normalisation.colour(cuts[-1], shared, wanted)
    healthy = normalisation.colour(cuts[0], shared, wanted)
    middle = np.s_[26, 26]
    assert np.abs(own[middle].astype(int) - healthy[middle]).max() <= 2
    assert np.abs(kept[middle].astype(int) - healthy[middle]).max() > 60


def test_what_is_brought_is_what_is_cut_coloured_and_resized():
    cell, form = draw_cell((245, 243, 240), noise=6), normalisation.Form(normalisation.CELLS, (60.0, 20.0, 5.0))
    seen = normalisation.bring(cell, form, 32, 24)
    by_hand = decoding.resize_image(normalisation.normalise(cell, form), 32, 24)
    np.testing.assert_array_equal(seen.image_rgb, by_hand)
    assert seen.box == normalisation.cut(cell, normalisation.CELLS).box
    plain = normalisation.bring(cell, normalisation.AS_IT_CAME, 32, 24)
    np.testing.assert_array_equal(plain.image_rgb, decoding.resize_image(cell, 32, 24))
    assert plain.box is None
    assert plain.body is None


def test_the_body_that_is_brought_is_what_is_not_black():
    cell = draw_cell((245, 243, 240), noise=6)
    body = normalisation.bring(cell, normalisation.Form(normalisation.CELLS), 64, 64).body
    assert body is not None
    seen = normalisation.bring(cell, normalisation.Form(normalisation.CELLS), 64, 64).image_rgb
    assert (body == (seen.max(axis=2) > 60)).mean() > 0.97  # but for the rim, which resizing mixes
    assert normalisation.bring(cell, normalisation.Form(normalisation.X_RAYS), 64, 64).body is None
    even = np.full((40, 40, 3), 90, np.uint8)
    assert normalisation.bring(even, normalisation.Form(normalisation.CELLS), 64, 64).body is None


@pytest.mark.parametrize("kind", normalisation.KINDS)
def test_a_form_is_called_by_its_change_as_by_itself(kind):
    """As plain data, which a child process gets as JSON."""
    cell, form = draw_cell((245, 243, 240)), normalisation.Form(kind, (60.0, 20.0, -5.0), (50.0, 1.5, 2.0))
    change = form.change
    if kind == normalisation.NONE:
        assert change is None
        return
    sent = scanning.Change(**json.loads(json.dumps(dataclasses.asdict(change))))
    np.testing.assert_array_equal(sent.apply(cell), normalisation.normalise(cell, form))
    assert change.tag == f"{kind}{normalisation.VERSION}_60_20_-5_50_1.5_2"
    assert normalisation.describe(form)


def test_the_form_of_a_training_asks_for_its_colour():
    cells = np.stack([draw_cell((245, 243, 240), parasite=False)] * 3)
    form = normalisation.measure_form(cells, normalisation.CELLS)
    np.testing.assert_allclose(form.wanted, lab_of(PINK), atol=0.6)
    assert normalisation.measure_form(np.zeros((2, 40, 40, 3), np.uint8), normalisation.CELLS).wanted is None
    assert normalisation.measure_form(cells, normalisation.X_RAYS) == normalisation.Form(normalisation.X_RAYS)


ODD = {
    "one pixel": np.full((1, 1, 3), 200, np.uint8),
    "one colour": np.full((60, 60, 3), 130, np.uint8),
    "all ground": np.full((60, 60, 3), 255, np.uint8),
    "black": np.zeros((40, 30, 3), np.uint8),
    "one row": np.zeros((1, 500, 3), np.uint8),
    "a cell that fills it, with a parasite": draw_cell(PINK, colour=PINK),
    "dirt": draw_cell((255, 255, 255), radius=6, parasite=False),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("kind", normalisation.KINDS)
def test_where_nothing_stands_out_the_image_stays_whole(name, kind):
    image = ODD[name]
    found = normalisation.cut(image, kind)
    if kind == normalisation.CELLS or name in ("black", "one pixel", "one row"):
        assert found.box is None and found.body.all()
        np.testing.assert_array_equal(found.image_rgb, image if max(image.shape) <= 96 else found.image_rgb)
    colour = normalisation.measure_colour([found])
    assert np.isfinite(colour).all()
    seen = normalisation.colour(found, colour, colour)
    assert np.abs(seen.astype(int) - found.image_rgb).max() <= 1, "moved by nothing"


def test_a_large_image_is_reduced_and_its_box_is_in_its_own_pixels():
    image = cv2.resize(draw_cell((255, 255, 255)), (1440, 1600), interpolation=cv2.INTER_NEAREST)
    found = normalisation.cut(image, normalisation.CELLS)
    assert max(found.image_rgb.shape) <= normalisation.LARGEST_PX[normalisation.CELLS]
    box = found.box
    assert max(abs(box.top - 280), abs(box.left - 200), abs(box.bottom - 1340), abs(box.right - 1260)) <= 15


def test_of_several_bodies_the_largest_is_taken():
    image = draw_cell((255, 255, 255), size=(90, 90), at=(40, 40))
    cv2.circle(image, (84, 84), 5, PINK, cv2.FILLED)
    box = normalisation.cut(image, normalisation.CELLS).box
    assert box.bottom < 70 and box.right < 70


def test_an_x_ray_loses_its_dark_borders():
    image = np.zeros((100, 120, 3), np.uint8)
    image[20:90, 10:100] = np.random.default_rng(0).integers(20, 255, (70, 90, 1))
    found = normalisation.cut(image, normalisation.X_RAYS)
    assert found.box == normalisation.Box(20, 10, 90, 100)
    np.testing.assert_array_equal(found.image_rgb, image[20:90, 10:100])


SHADES = ((lambda x: 0.4 * x, 0.1), (lambda x: 0.5 + 0.5 * x, 0.1), (lambda x: x**1.6, 0.6))


def test_how_dark_an_x_ray_was_taken_makes_little_difference():
    rng = np.random.default_rng(0)
    soft = cv2.GaussianBlur(rng.integers(0, 256, (150, 130), dtype=np.uint8), (0, 0), 9).astype(float)
    soft = (soft - soft.min()) / np.ptp(soft)

    def take(values):
        return np.repeat(np.rint(values * 255).astype(np.uint8)[:, :, None], 3, axis=2)

    form = normalisation.Form(normalisation.X_RAYS)
    first = normalisation.normalise(take(soft), form).astype(int)
    for shade, share in SHADES:
        other = take(shade(soft))
        apart = np.abs(take(soft).astype(int) - other).mean()
        assert np.abs(normalisation.normalise(other, form) - first).mean() < share * apart
    assert (first[..., 0] == first[..., 2]).all() and first.max() - first.min() > 150


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (9, 9), (300, 20)])
@pytest.mark.parametrize("value", [0, 90, 255])
def test_an_x_ray_of_one_grey_is_no_fault(size, value):
    image = np.full((*size, 3), value, np.uint8)
    seen = normalisation.normalise(image, normalisation.Form(normalisation.X_RAYS))
    assert seen.dtype == np.uint8 and np.ptp(seen) == 0


@pytest.mark.parametrize("size", [(40, 80), (80, 40), (7, 300), (1, 1), (64, 64)])
def test_it_is_shown_in_the_frame_that_it_was_cut_from(size):
    cut = np.full((20, 30, 3), 200, np.uint8)
    framed = normalisation.fit(cut, *size)
    assert framed.shape == (*size, 3)
    rows, columns = (np.flatnonzero(framed.any(axis=(axis, 2))) for axis in (1, 0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    assert height == size[0] or width == size[1]
    assert abs(width - 1.5 * height) <= 1.5


def test_cielab_is_that_of_the_standard():
    """White, and sRGB red by hand: L 53.24, a 80.09, b 67.20 (D65)."""
    for rgb, lab in (((255, 255, 255), (100, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20))):
        one = normalisation.Cut(np.full((2, 2, 3), rgb, np.uint8), np.ones((2, 2), bool), None)
        np.testing.assert_allclose(normalisation.measure_colour([one]), lab, atol=0.05)


def read_archive(path, wanted):
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".png", ".jpg", ".jpeg")) and wanted(name)]
        return {name: archive.read(name) for name in names}


@pytest.mark.ml
@pytest.mark.data
def test_cells_of_another_laboratory_are_answered_as_those_at_home(shared_datasets):
    """300 cells on white ground, a network that learnt from cells on black; colours from its training images alone."""
    found = package.find_package("malaria-smear-cnn-micro")
    trained = set(tables.read_training_images(found)["image_id"])
    at_home = read_archive(shared_datasets / "cell_images.zip", lambda name: name.endswith("0.png"))
    learnt = [
        decoding.decode_image(data, where=name)
        for name, data in at_home.items()
        if hashlib.sha256(data).hexdigest()[: tables.ID_LENGTH] in trained
    ][:300]
    wanted = normalisation.measure_colour([normalisation.cut(one, normalisation.CELLS) for one in learnt])
    asked = normalisation.Form(normalisation.CELLS, tuple(wanted.tolist()))
    away = read_archive(shared_datasets / "other_images.zip", lambda name: "other_lab_smear" in name)
    images = [decoding.decode_image(data, where=name) for name, data in away.items()]
    infected = np.array(["/Parasitized/" in name for name in away])
    network, positive = opening.open_runtime(found), found.class_names.index("Parasitized")

    def answer(pictures):
        sized = np.stack([decoding.resize_image(one, *found.input_size_px) for one in pictures])
        return network.predict(sized)[:, positive]

    as_it_came, normalised = answer(images), answer([normalisation.normalise(one, asked) for one in images])
    assert len(learnt) == len(images) == 300 and infected.sum() == 150
    assert metrics.roc_auc_score(infected, as_it_came) < 0.85
    assert metrics.roc_auc_score(infected, normalised) > 0.98
    assert (as_it_came[~infected] > 0.5).mean() > 0.9 and (normalised[~infected] > 0.5).mean() < 0.05

"""Letters of lead are found beside the lungs and painted over; ribs, tubes and what lies in the middle are not."""

import cv2
import numpy as np
import pytest

from core.models import lead_letters, normalisation


def draw_chest(size=224):
    """A grey body on black, dark lungs, soft bright ribs."""
    image = np.zeros((size, size), np.float32)
    cv2.ellipse(image, (size // 2, size // 2), (90, 115), 0, 0, 360, 130, cv2.FILLED)
    for x in (75, 149):
        cv2.ellipse(image, (x, 105), (28, 62), 0, 0, 360, 60, cv2.FILLED)
        for y in range(60, 160, 22):
            cv2.line(image, (x - 26, y), (x + 26, y + 6), 95, 4)
    noise = np.random.default_rng(0).normal(0, 3, image.shape)
    return (cv2.GaussianBlur(image, (0, 0), 1.5) + noise).clip(0, 255).astype(np.uint8)


CHEST = draw_chest()


def write(image, text="R", at=(6, 40), scale=0.7):
    return cv2.putText(image.copy(), text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 250, 2)


def test_a_chest_without_letters_stays_as_it_is():
    assert not lead_letters.find(CHEST).any()
    assert lead_letters.remove(CHEST) is CHEST


@pytest.mark.parametrize("at", [(6, 40), (196, 30), (200, 200)])
def test_a_letter_is_painted_over_from_around_it(at):
    marked = write(CHEST, at=at)
    written = marked.astype(int) - CHEST > 60
    found = lead_letters.find(marked)
    assert found[written].mean() > 0.95 and found.mean() < 0.03
    cleaned = lead_letters.remove(marked)
    assert np.abs(cleaned[written].astype(int) - CHEST[written]).mean() < 25
    np.testing.assert_array_equal(cleaned[~found], marked[~found])


def test_a_tube_and_what_lies_in_the_middle_stay():
    tube = cv2.line(CHEST.copy(), (20, 10), (70, 150), 250, 2)
    middle = write(CHEST, at=(105, 130))
    assert not lead_letters.find(tube).any() and not lead_letters.find(middle).any()


def test_the_form_of_x_rays_does_it_and_models_of_before_do_without():
    marked = np.repeat(write(CHEST)[:, :, None], 3, axis=2)
    plain = np.repeat(CHEST[:, :, None], 3, axis=2)
    apart = [
        np.abs(normalisation.even_out(marked, version).astype(int) - normalisation.even_out(plain, version)).max()
        for version in (1, 2)
    ]
    assert apart[1] < apart[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (9, 300)])
def test_odd_pictures_are_no_fault(size):
    for value in (0, 255):
        grey = np.full(size, value, np.uint8)
        np.testing.assert_array_equal(lead_letters.remove(grey), grey)

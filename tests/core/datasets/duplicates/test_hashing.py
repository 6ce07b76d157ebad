"""The hash: signs of frequencies, the same whichever way it is turned; images of one colour have none."""

import numpy as np
from scipy import fft

from core.datasets.duplicates import hashing, verification
from tests.support import drawn_pictures


def hash_in_all_orientations(pixels: np.ndarray) -> np.ndarray:
    return hashing.pack(hashing.orient(hashing.transform(pixels, hashing.WINDOWS[:1])))[:, :, 0]


def test_the_hash_is_the_sign_of_a_discrete_cosine_transform() -> None:
    pixels = drawn_pictures.decode(drawn_pictures.draw_pictures(5))
    hashes = hash_in_all_orientations(pixels)
    grey = pixels.astype(np.float64) @ [0.299, 0.587, 0.114]
    waves = fft.dctn(grey, axes=(1, 2))[:, hashing.BIT_ROWS, hashing.BIT_COLUMNS]
    bits = (hashes[:, :1] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert (hashes.shape, hashes.dtype) == ((5, 8), np.uint64)
    assert len(set(zip(hashing.BIT_ROWS, hashing.BIT_COLUMNS, strict=True))) == 64
    np.testing.assert_array_equal(bits.astype(bool), waves > 0)


def test_orientations_of_the_hash_are_hashes_of_the_turned_image() -> None:
    pixels = drawn_pictures.decode(drawn_pictures.draw_pictures(4))
    hashes = hash_in_all_orientations(pixels)
    for orientation in range(8):
        turned = np.stack([verification.turn(image, orientation) for image in pixels])
        np.testing.assert_array_equal(
            np.bitwise_count(hash_in_all_orientations(turned)[:, 0] ^ hashes[:, orientation]), 0
        )


def test_images_of_one_colour_have_no_hash_and_the_others_keep_their_row() -> None:
    pixels = drawn_pictures.decode(drawn_pictures.draw_pictures(3))
    pixels[1] = 80
    hashed = hashing.hash_images(np.repeat(pixels, 2, axis=0), np.array([0, 2, 3, 5]))
    assert hashed.rows.tolist() == [0, 5]
    np.testing.assert_array_equal(hashed.hashes, hash_in_all_orientations(pixels)[[0, 2], 0])
    np.testing.assert_allclose(np.linalg.norm(hashed.coarse.astype(np.float32), axis=1), 1, atol=2e-3)


def test_no_image_at_all_has_no_hash() -> None:
    hashed = hashing.hash_images(np.zeros((2, 64, 64, 3), np.uint8), np.zeros(0, np.int64))
    assert (hashed.rows.shape, hashed.coarse.shape, hashed.hashes.shape) == ((0,), (0, 100), (0,))

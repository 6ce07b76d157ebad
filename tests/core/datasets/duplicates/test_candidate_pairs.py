"""The search for candidates: what is found does not depend on how the hashes are cut up, nor on how much at a time."""

import numpy as np
import pytest

from core.datasets.duplicates import candidate_pairs, hashing
from tests.support import copied_pictures, drawn_pictures


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Twenty pictures and their copies: ten blurred and saved as JPEG, ten turned and cropped."""
    originals = drawn_pictures.draw_pictures(20, seed=3)
    ways = [copied_pictures.COPIES["jpeg 30"], copied_pictures.TURNS["turned and cropped"]]
    return drawn_pictures.decode([*originals, *(ways[number % 2](one) for number, one in enumerate(originals))])


def find(pixels: np.ndarray) -> set[tuple[int, int]]:
    known = hashing.hash_images(pixels, np.arange(len(pixels)))
    candidates, cut = candidate_pairs.find_candidates(pixels, known)
    assert cut == 0
    assert (candidates.coarse >= candidate_pairs.LEAST_COARSE).all()
    return set(zip(candidates.a.tolist(), candidates.b.tolist(), strict=True))


def search_all(pixels: np.ndarray) -> set[tuple[int, int]]:
    """Every image in every crop and orientation against every other one, without any bands."""
    known = hashing.hash_images(pixels, np.arange(len(pixels)))
    waves = hashing.orient(hashing.transform(pixels))
    near = np.bitwise_count(hashing.pack(waves)[..., None] ^ known.hashes) <= candidate_pairs.MOST_BITS_APART
    alike = waves.reshape(*waves.shape[:3], -1) @ known.coarse.astype(np.float32).T
    a, b = np.nonzero((near & (alike >= candidate_pairs.LEAST_COARSE)).any(axis=(1, 2)))
    return {(int(one), int(other)) for one, other in zip(a, b, strict=True) if one != other}


@pytest.mark.parametrize("bits", [16, 19, 22])
def test_however_long_the_parts_are_nothing_is_lost(
    pixels: np.ndarray, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_pairs, "FEWEST_BITS", bits)
    wanted = search_all(pixels)
    assert wanted >= {(number, number + 20) for number in range(20)}
    assert find(pixels) == wanted


def test_a_little_at_a_time_finds_the_same(pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = find(pixels)
    monkeypatch.setattr(candidate_pairs, "LOOKED_UP_AT_ONCE", 3)
    monkeypatch.setattr(candidate_pairs, "CHUNK_IMAGES", 7)
    assert find(pixels) == wanted


def test_a_part_of_a_hash_goes_on_at_its_beginning() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, 5, np.uint64)
    for first in (0, 16, 48):
        bits = [[(int(value) >> (first + number) % 64) & 1 for number in range(20)] for value in hashes]
        keys = [sum(bit << number for number, bit in enumerate(row)) for row in bits]
        assert candidate_pairs._cut_part(hashes, first, 20).tolist() == keys


def test_larger_sets_are_cut_into_longer_parts() -> None:
    def count_bits(images: int) -> int:
        return candidate_pairs.sort_bands(np.zeros(images, np.uint64))[0].bits

    assert [count_bits(images) for images in (1, 10_000, 100_000)] == [16, 16, 19]


def test_nothing_to_compare() -> None:
    none = hashing.hash_images(np.zeros((1, 64, 64, 3), np.uint8), np.zeros(1, np.int64))
    candidates, cut = candidate_pairs.find_candidates(np.zeros((1, 64, 64, 3), np.uint8), none)
    assert (len(candidates.a), cut) == (0, 0)

"""Which of a million images may be the same picture: those that share a part of their hash, in some crop, some way up.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): images are sorted by parts of their hash, and only those whose
part agrees are compared. The parts grow with the set, so that as many images as before share one; what is looked up for
an image is held at once only for a few images, so that memory does not grow with the pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import progress
from core.datasets.duplicates import hashing

BANDS, BAND_STEP, WEAK_BITS = 4, 16, 3
SPARE_BITS = 2  # of a part, beyond those that would give each image a value of its own
FEWEST_BITS, MOST_BITS = 16, 22
MOST_BITS_APART = 10
LEAST_COARSE = 0.99  # correlation of the low frequencies, for a candidate
MOST_IN_BAND, MOST_PARTNERS = 256, 20
CHUNK_IMAGES, LOOKED_UP_AT_ONCE = 64, 2_000_000

TURNS = np.arange(2**WEAK_BITS)[:, None] >> np.arange(WEAK_BITS) & 1  # (8, WEAK_BITS)
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Candidates:
    """Images that may be the same: `rows` of places in the list that was hashed; (C,) each."""

    a: Ints
    b: Ints
    window: Ints  # number of the crop of a, rows of WINDOWS times columns of WINDOWS
    orientation: Ints
    coarse: Floats  # correlation of the low frequencies


@dataclass(frozen=True)
class _Band:
    """Images in the order of one part of their hash, and where each of its values starts."""

    first_bit: int
    bits: int
    order: NDArray[np.int32]  # (N,)
    hashes: Hashes  # (N,), in that order
    starts: NDArray[np.int32]  # (2 ** bits + 1,)


def find_candidates(
    pixels: NDArray[np.uint8], known: hashing.Hashed, report: progress.Report = progress.say_nothing
) -> tuple[Candidates, int]:
    """Pairs whose hashes nearly agree in some crop and orientation, and how many images had too many of them.

    pixels : uint8 (M, H, W, 3), RGB, of which `known` says the rows. An image is compared with the nearest
    MOST_PARTNERS, and with MOST_IN_BAND of those that share one part of its hash.
    """
    bands = sort_bands(known.hashes)
    found, cut = [_join([])], 0
    for start in range(0, len(known.rows), CHUNK_IMAGES):
        places = np.arange(start, min(start + CHUNK_IMAGES, len(known.rows)))
        waves = hashing.orient(hashing.transform(pixels[known.rows[places]]))
        near = look_up(waves, known, bands)
        near = near[near["a"] + start != near["b"]]
        near["a"] += start
        near, crowded = _choose_nearest(near)
        cut += crowded
        found.append(near)
        report(int(places[-1]) + 1, len(known.rows), "Comparing images")
    joined = _join(found)
    a, b, window, orientation = (joined[column].astype(np.int64) for column in ("a", "b", "window", "orientation"))
    return Candidates(a, b, window, orientation, coarse=joined["coarse"]), cut


def sort_bands(hashes: Hashes) -> list[_Band]:
    """The parts of the hashes by which images are looked up; 48 bytes an image, and 16 MB or more."""
    bits = int(np.clip(len(hashes).bit_length() + SPARE_BITS, FEWEST_BITS, MOST_BITS))
    bands = []
    for first_bit in range(0, BANDS * BAND_STEP, BAND_STEP):
        keys = _cut_part(hashes, first_bit, bits)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        starts = np.zeros(2**bits + 1, np.int32)
        np.cumsum(np.bincount(keys, minlength=2**bits), out=starts[1:])
        bands.append(_Band(first_bit, bits, order, hashes[order], starts))
    return bands


def look_up(waves: Floats, known: hashing.Hashed, bands: list[_Band]) -> NDArray[np.void]:
    """All images whose hash nearly agrees with one of those asked for, and whose low frequencies correlate.

    waves : (A, 8, C, F, F), of images in all orientations and some crops.
    Returns one record for each pair, crop and orientation: a (0 to A - 1), b (place in `known`), window, orientation,
    coarse.
    """
    images, ways, crops = waves.shape[:3]
    flat = waves.reshape(images * ways * crops, -1)
    hashes = hashing.pack(waves).reshape(-1, crops)  # (A * 8, C): an image some way up in each row
    parts = [_look_up_band(flat, hashes, band) for band in bands]
    asked, b = (np.concatenate(column) for column in zip(*parts, strict=True))
    pairs = np.unique(asked // crops * len(known.hashes) + b)
    turned, b = np.divmod(pairs, len(known.hashes))
    near, window = np.nonzero(np.bitwise_count(hashes[turned] ^ known.hashes[b][:, None]) <= MOST_BITS_APART)
    turned, b = turned[near], b[near]
    alike = _correlate(flat, known.coarse, turned * crops + window, b)
    kept = alike >= LEAST_COARSE
    columns = (turned // ways, b, window, turned % ways, alike)
    return _make_records(*(column[kept] for column in columns))


def _cut_part(hashes: Hashes, first_bit: int, bits: int) -> Ints:
    """So many bits of each hash from that one on, the first following on the last."""
    rest = np.uint64(hashing.BITS - first_bit)
    turned = hashes >> np.uint64(first_bit) | hashes << rest if first_bit else hashes
    return (turned & np.uint64(2**bits - 1)).astype(np.int64)


def _look_up_band(flat: Floats, hashes: Hashes, band: _Band) -> tuple[Ints, Ints]:
    """Crops (as numbers of rows of `flat`) and images that agree in this part of the hash, and nearly in all of it.

    The crops of one image that have the same part are looked up once, by one of them; `apart` says how far the others
    are from it, so that none of what they are near to is lost. The bits whose frequencies are weakest turn first, so
    that these are turned in all ways as well.
    """
    of_row, hashes = np.repeat(np.arange(len(hashes)), hashes.shape[1]), hashes.ravel()
    keys = _cut_part(hashes, band.first_bit, band.bits)
    codes, one, which = np.unique(of_row << band.bits | keys, return_index=True, return_inverse=True)
    apart = np.zeros(len(codes), np.int64)
    np.maximum.at(apart, which, np.bitwise_count(hashes ^ hashes[one[which]]))
    bits = (band.first_bit + np.arange(band.bits)) % hashing.BITS
    places = hashing.BIT_ROWS[bits] * hashing.FREQUENCIES + hashing.BIT_COLUMNS[bits]
    weak = np.argpartition(np.abs(flat[one[:, None], places]), WEAK_BITS, axis=1)[:, :WEAK_BITS]
    turned_keys = ((codes & 2**band.bits - 1)[:, None] ^ (1 << weak) @ TURNS.T).ravel()
    found: list[tuple[Ints, Ints]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for number, place in _list_places(turned_keys, band):
        code = number // len(TURNS)
        near = np.bitwise_count(hashes[one][code] ^ band.hashes[place]) <= MOST_BITS_APART + apart[code]
        found.append((one[code[near]], band.order[place[near]].astype(np.int64)))
    asked, images = zip(*found, strict=True)
    return np.concatenate(asked), np.concatenate(images)


def _list_places(keys: Ints, band: _Band) -> Iterator[tuple[Ints, Ints]]:
    """For each key its number and the places of the band that have it, at most MOST_IN_BAND of them; in parts."""
    starts = band.starts[keys].astype(np.int64)
    counts = np.minimum(band.starts[keys + 1] - starts, MOST_IN_BAND)
    there = np.flatnonzero(counts)
    ends = np.cumsum(counts[there])
    cuts = np.searchsorted(ends, np.arange(LOOKED_UP_AT_ONCE, ends[-1] if len(ends) else 0, LOOKED_UP_AT_ONCE))
    for numbers in np.split(there, cuts):
        count = counts[numbers]
        first = np.repeat(starts[numbers] - (np.cumsum(count) - count), count)
        yield np.repeat(numbers, count), first + np.arange(len(first))


def _correlate(queries: Floats, coarse: NDArray[np.float16], asked: Ints, b: Ints, step: int = 100_000) -> Floats:
    """Correlation of each query with its image, in parts, since crowded bands make many; (C,)."""
    parts = [
        np.einsum("ij,ij->i", queries[asked[start : start + step]], coarse[b[start : start + step]].astype(np.float32))
        for start in range(0, len(asked), step)
    ]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _choose_nearest(near: NDArray[np.void]) -> tuple[NDArray[np.void], int]:
    """Of each image its nearest partners, each of them once, unturned rather than turned; and how many had more."""
    near = near[np.lexsort((0.001 * (near["orientation"] > 0) - near["coarse"], near["a"]))]
    near = near[~pd.DataFrame({"a": near["a"], "b": near["b"]}).duplicated().to_numpy()]
    rank = pd.Series(near["a"]).groupby(near["a"]).cumcount().to_numpy()
    return near[rank < MOST_PARTNERS], int((rank == MOST_PARTNERS).sum())


RECORD = np.dtype([("a", "<i4"), ("b", "<i4"), ("window", "u1"), ("orientation", "u1"), ("coarse", "<f4")])


def _make_records(*columns: NDArray[np.generic]) -> NDArray[np.void]:
    records = np.zeros(len(columns[0]), RECORD)
    for name, column in zip(RECORD.names or (), columns, strict=True):
        records[name] = column
    return records


def _join(parts: list[NDArray[np.void]]) -> NDArray[np.void]:
    return np.concatenate([np.zeros(0, RECORD), *parts])

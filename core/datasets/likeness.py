"""Images that are the same picture: copied as they are, saved anew, resized, cropped a little, turned or mirrored.

In two steps, so that a million images need no million times a million comparisons. A hash of 64 bits, each the sign of
a low frequency (after the DCT hash of Zauner 2010, "Implementation and benchmarking of perceptual image hash
functions"), proposes candidates: images that share a quarter of it. Then the pixels decide, laid over each other.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from core import files, paths, progress
from core.datasets import index as dataset_index
from core.datasets import pixels as dataset_pixels

IDENTICAL, NEAR, TURNED = "identical file", "near-identical", "turned or mirrored"
COLUMNS = ("row_a", "row_b", "similarity", "how")
VERSION = 2
METADATA_KEY = b"second_look_likeness"

# Shares cut off an image before it is hashed (first edge, last edge): a crop moves the signs of weak frequencies.
WINDOWS = ((0.0, 0.0), (0.01, 0.01), (0.025, 0.0), (0.0, 0.025), (0.025, 0.025))
ORIENTATIONS = 8  # bit 2: rows and columns swapped, then bit 0: upside down, bit 1: left and right swapped
FREQUENCIES = 10
BANDS, BAND_BITS, WEAK_BITS = 4, 16, 3
MOST_BITS_APART = 10
LEAST_COARSE = 0.99  # correlation of the low frequencies, for a candidate
LEAST_SIMILAR = 0.985  # of the details after laying one over the other; see `measure_similarity`
LEAST_AT_ONCE = 0.88  # of the details before that
MOST_DIFFERENT = 12.0  # mean difference, in grey levels of 0 to 255, after matching brightness and contrast
MOST_TINTED, NEARLY_BLACK = 5.0, 25.0  # grey levels, see `_measure_rest`
FLAT_LEVELS = 2.0  # images whose brightness varies less than this are of one colour: nothing to compare
MOST_IN_BAND, MOST_PARTNERS = 256, 20
CHUNK, HASH_CHUNK = 64, 512
MOST_STRETCH, MOST_SHIFT_PX = 0.09, 5.0

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def _choose_bits() -> tuple[Ints, Ints]:
    """The 64 lowest frequencies that are odd in one direction at least. Those that are even in both only tell that the
    subject sits in the middle, as in most images of a set; and the others merely change sign when an image is turned.
    """
    both = [(u, v) for u in range(FREQUENCIES) for v in range(FREQUENCIES) if u % 2 or v % 2]
    chosen = sorted(both, key=lambda pair: (pair[0] ** 2 + pair[1] ** 2, max(pair), pair))[: BANDS * BAND_BITS]
    return np.array([u for u, _ in chosen]), np.array([v for _, v in chosen])


BIT_ROWS, BIT_COLUMNS = _choose_bits()


@dataclass(frozen=True)
class Candidates:
    """Images that may be the same: `rows` of places in the list that was hashed; (C,) each."""

    a: Ints
    b: Ints
    window: Ints  # number of the crop of a, rows of WINDOWS times columns of WINDOWS
    orientation: Ints
    coarse: Floats  # correlation of the low frequencies


def compute_hashes(pixels: NDArray[np.uint8], rows: Ints, report: progress.Report = progress.say_nothing) -> Hashes:
    """The hash of each image in each of the 8 orientations.

    pixels : uint8 (M, 64, 64, 3), RGB; rows : int64 (N,), which of them.
    Returns uint64 (N, 8); column 0 is the image as it is. Copies differ in few bits, other images in about 32.
    """
    hashes = np.zeros((len(rows), ORIENTATIONS), np.uint64)
    for start in range(0, len(rows), HASH_CHUNK):
        part = rows[start : start + HASH_CHUNK]
        hashes[start : start + HASH_CHUNK] = _pack(_orient(_transform(pixels, part, WINDOWS[:1])))[:, :, 0]
        report(min(start + HASH_CHUNK, len(rows)), len(rows), "Looking at each image")
    return hashes


def find_near_pairs(
    data: dataset_index.Index, pixels: NDArray[np.uint8], report: progress.Report = progress.say_nothing
) -> pd.DataFrame:
    """Pairs of images that are the same picture, excluded ones among them, unreadable ones not.

    pixels : uint8 (rows of data.table, 64, 64, 3), RGB.
    Returns a table with row_a int64 < row_b int64 (of data.table), similarity float64 in (0, 1], higher = more alike,
    how: IDENTICAL, NEAR or TURNED; the most alike first. Of several identical files each is paired with the first only,
    which alone is compared further. `attrs`: flat, images of one colour, which are not compared; cut, images that
    resemble so many others that only the nearest 20 were compared (their cluster is found, not each pair).
    """
    readable = data.table[data.table["problem"] == ""]
    rows = readable.index.to_numpy(np.int64)
    first = pd.Series(rows).groupby(readable["sha256"].to_numpy()).transform("min").to_numpy()
    copies = pd.DataFrame({"row_a": first, "row_b": rows, "similarity": 1.0, "how": IDENTICAL})[first != rows]
    varied, coarse = _compute_coarse(pixels, rows[first == rows], report)
    candidates, cut = _find_candidates(pixels, varied, coarse, report)
    near = _verify(pixels, varied, candidates, report)
    parts = [part for part in (copies, near) if len(part)]
    found: pd.DataFrame = pd.concat(parts, ignore_index=True) if parts else copies
    found = found.sort_values(["similarity", "row_a", "row_b"], ascending=[False, True, True], ignore_index=True)
    found.attrs = {"flat": int((first == rows).sum()) - len(varied), "cut": cut}
    return found


def pairs_path(data: dataset_index.Index) -> Path:
    """Where the pairs of these image files are kept."""
    return paths.cache_folder() / f"{data.content}-likeness.parquet"


def read_pairs(data: dataset_index.Index) -> pd.DataFrame | None:
    """The pairs that `build_pairs` found in these image files, or None where nobody looked yet."""
    try:
        stored = parquet.read_table(pairs_path(data))
        said = json.loads((stored.schema.metadata or {})[METADATA_KEY])
        table: pd.DataFrame = stored.to_pandas()[list(COLUMNS)]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if said.pop("version", None) != VERSION or (len(table) and int(table["row_b"].max()) not in data.table.index):
        return None
    table.attrs = said
    return table


def build_pairs(data: dataset_index.Index, report: progress.Report = progress.say_nothing) -> pd.DataFrame:
    """The pairs of a data set, looked for and kept beside its pixels; see `find_near_pairs`."""
    size_px = dataset_pixels.INDEX_PX
    found = find_near_pairs(data, dataset_pixels.open_pixels(data, size_px, size_px, report=report), report)
    stored = pa.Table.from_pandas(found, preserve_index=False)
    metadata = {
        **(stored.schema.metadata or {}),
        METADATA_KEY: json.dumps({**found.attrs, "version": VERSION}).encode(),
    }
    stored = stored.replace_schema_metadata(metadata)
    files.write_whole(pairs_path(data), lambda aside: parquet.write_table(stored, aside), durable=False)
    return found


def measure_similarity(image_a: NDArray[np.uint8], image_b: NDArray[np.uint8]) -> float:
    """How far two images of one size are the same picture: 0 (another one) to 1.

    image_a, image_b : uint8 (H, W, 3), RGB. One is laid over the other by the affine map that correlates best
    (Evangelidis and Psarakis 2008), of at most a few pixels; the value is the correlation of details between 1 and 4
    pixels (a difference of Gaussians), which neither brightness nor contrast changes. 0 also where the colours differ.
    Measured on 20,911 malaria cells: copies saved at JPEG quality 30, at half size, blurred or cropped by up to 3 % of
    each edge have 0.985 and more; the likest pair of different cells, turned and laid over each other, has 0.983.
    """
    return _lay_over(image_a, image_b, np.eye(2, 3, dtype=np.float32))


def _grey(image_rgb: NDArray[np.uint8]) -> Floats:
    grey: Floats = np.asarray(image_rgb, np.float32).dot(LUMINANCE)
    return grey


def _basis(size: int, first: float, last: float) -> Floats:
    """Cosines over an edge of `size` pixels without the shares cut off at both ends; (FREQUENCIES, size), DCT-II."""
    edges = np.arange(size + 1) / size
    covered = np.clip((np.minimum(edges[1:], 1 - last) - np.maximum(edges[:-1], first)) * size, 0, 1)
    place = (edges[:-1] + 0.5 / size - first) / (1 - first - last)
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * place) * covered
    unit: Floats = np.asarray(waves / np.linalg.norm(waves, axis=1, keepdims=True), np.float32)
    return unit


def _transform(pixels: NDArray[np.uint8], rows: Ints, windows: tuple[tuple[float, float], ...]) -> Floats:
    """The low frequencies of each image, cropped in each way, of unit length without the mean.

    Returns (N, windows * windows, FREQUENCIES, FREQUENCIES); all zero for an image of one colour.
    """
    grey = _grey(pixels[rows])  # (N, H, W)
    grey = grey - grey.mean(axis=(1, 2), keepdims=True)
    down = np.concatenate([_basis(grey.shape[1], *window) for window in windows])
    across = np.concatenate([_basis(grey.shape[2], *window) for window in windows])
    count, kinds = len(rows), len(windows)
    waves = (down @ grey @ across.T).reshape(count, kinds, FREQUENCIES, kinds, FREQUENCIES).transpose(0, 1, 3, 2, 4)
    waves = waves.reshape(count, kinds * kinds, FREQUENCIES, FREQUENCIES)
    waves[:, :, 0, 0] = 0
    length = np.linalg.norm(waves, axis=(2, 3), keepdims=True)
    unit: Floats = waves / np.maximum(length, 1e-6)
    return unit


def _orient(waves: Floats) -> Floats:
    """(N, K, F, F) in all orientations: (N, 8, K, F, F). Mirroring an image changes the sign of its odd frequencies."""
    sign = (1 - 2 * (np.arange(FREQUENCIES) % 2)).astype(np.float32)
    turned = []
    for orientation in range(ORIENTATIONS):
        one = waves.swapaxes(2, 3) if orientation & 4 else waves
        one = one * sign[:, None] if orientation & 1 else one
        turned.append(one * sign if orientation & 2 else one)
    return np.stack(turned, axis=1)


def _pack(waves: Floats) -> Hashes:
    """The signs of the chosen frequencies of (..., F, F) as bits of a number."""
    bits = waves[..., BIT_ROWS, BIT_COLUMNS] > 0
    packed: Hashes = np.ascontiguousarray(np.packbits(bits, axis=-1, bitorder="little")).view("<u8")[..., 0]
    return packed


def _compute_coarse(pixels: NDArray[np.uint8], rows: Ints, report: progress.Report) -> tuple[Ints, NDArray[np.float16]]:
    """Rows of images that are not of one colour, and their low frequencies; (N,) and (N, F * F)."""
    kept, waves = [np.zeros(0, np.int64)], [np.zeros((0, FREQUENCIES**2), np.float16)]
    for start in range(0, len(rows), HASH_CHUNK):
        part = rows[start : start + HASH_CHUNK]
        part = part[_grey(pixels[part]).std(axis=(1, 2)) >= FLAT_LEVELS]
        kept.append(part)
        waves.append(_transform(pixels, part, WINDOWS[:1]).reshape(len(part), FREQUENCIES**2).astype(np.float16))
        report(min(start + HASH_CHUNK, len(rows)), len(rows), "Looking at each image")
    return np.concatenate(kept), np.concatenate(waves)


def _find_candidates(
    pixels: NDArray[np.uint8], rows: Ints, coarse: NDArray[np.float16], report: progress.Report
) -> tuple[Candidates, int]:
    """Pairs whose hashes nearly agree in some crop and orientation, and how many images had too many of them."""
    shape = (-1, FREQUENCIES, FREQUENCIES)
    hashes = _pack(coarse.reshape(shape).astype(np.float32))
    bands = [_sort_band(hashes, band) for band in range(BANDS)]
    found, cut = [], 0
    for start in range(0, len(rows), CHUNK):
        places = np.arange(start, min(start + CHUNK, len(rows)))
        waves = _orient(_transform(pixels, rows[places], WINDOWS))
        queries = waves.reshape(-1, *shape[1:])  # a crop of an image in an orientation each
        asked, b = _look_up(queries, hashes, bands)
        a = places[asked // (len(queries) // len(places))]
        asked, a, b = (part[a != b] for part in (asked, a, b))
        alike = _correlate(queries.reshape(len(queries), -1), coarse, asked, b)
        turned = asked // len(WINDOWS) ** 2 % ORIENTATIONS
        near = np.flatnonzero(alike >= LEAST_COARSE)
        near = near[np.lexsort((0.001 * (turned[near] > 0) - alike[near], a[near]))]  # unturned before turned
        near = near[~pd.DataFrame({"a": a[near], "b": b[near]}).duplicated().to_numpy()]
        rank = pd.Series(near).groupby(a[near]).cumcount().to_numpy()
        cut += int((rank == MOST_PARTNERS).sum())
        near = near[rank < MOST_PARTNERS]
        found.append(np.stack([a[near], b[near], asked[near] % len(WINDOWS) ** 2, turned[near], alike[near]]))
        report(int(places[-1]) + 1, len(rows), "Comparing images")
    joined = np.concatenate(found, axis=1) if found else np.zeros((5, 0))
    numbers, coarse_found = joined[:4].astype(np.int64), joined[4].astype(np.float32)
    return Candidates(numbers[0], numbers[1], numbers[2], numbers[3], coarse_found), cut


def _sort_band(hashes: Hashes, band: int) -> tuple[Ints, Ints]:
    """Images in the order of one quarter of their hash, and where each of its values starts."""
    keys = _band_of(hashes, band)
    order = np.argsort(keys, kind="stable")
    return order, np.searchsorted(keys[order], np.arange(2**BAND_BITS + 1))


def _band_of(hashes: Hashes, band: int) -> Ints:
    part: Ints = ((hashes >> np.uint64(band * BAND_BITS)) & np.uint64(2**BAND_BITS - 1)).astype(np.int64)
    return part


def _look_up(queries: Floats, hashes: Hashes, bands: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Query and image of each pair at most MOST_BITS_APART apart that agrees in a band.

    The bits whose frequencies are weakest turn first, so a band is looked up with these turned in all ways as well.
    """
    asked_hashes = _pack(queries)
    strength = np.abs(queries[:, BIT_ROWS, BIT_COLUMNS]).reshape(-1, BANDS, BAND_BITS)
    weak = np.argpartition(strength, WEAK_BITS, axis=2)[:, :, :WEAK_BITS]  # (Q, BANDS, WEAK_BITS)
    turns = np.arange(2**WEAK_BITS)[:, None] >> np.arange(WEAK_BITS) & 1  # (8, WEAK_BITS)
    asked, found = [], []
    for band, (order, starts) in enumerate(bands):
        masks = (1 << weak[:, band]) @ turns.T  # (Q, 8)
        keys = (_band_of(asked_hashes, band)[:, None] ^ masks).ravel()
        counts = np.minimum(starts[keys + 1] - starts[keys], MOST_IN_BAND)
        total = int(counts.sum())
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        image = order[np.repeat(starts[keys], counts) + within]
        query = np.repeat(np.arange(len(keys)) // len(turns), counts)
        near = np.bitwise_count(asked_hashes[query] ^ hashes[image]) <= MOST_BITS_APART
        asked.append(query[near])
        found.append(image[near])
    return np.concatenate(asked), np.concatenate(found)


def _correlate(queries: Floats, coarse: NDArray[np.float16], asked: Ints, b: Ints, step: int = 100_000) -> Floats:
    """Correlation of each query with its image, in parts, since crowded bands make many; (C,)."""
    parts = [
        np.einsum("ij,ij->i", queries[asked[start : start + step]], coarse[b[start : start + step]].astype(np.float32))
        for start in range(0, len(asked), step)
    ]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _verify(pixels: NDArray[np.uint8], rows: Ints, candidates: Candidates, report: progress.Report) -> pd.DataFrame:
    """The candidates whose pixels are the same picture, with columns COLUMNS."""
    order = np.argsort(0.001 * (candidates.orientation > 0) - candidates.coarse, kind="stable")
    low, high = np.minimum(candidates.a, candidates.b), np.maximum(candidates.a, candidates.b)
    order = order[~pd.DataFrame({"low": low[order], "high": high[order]}).duplicated().to_numpy()]
    found = []
    for done, number in enumerate(order):
        if done % 200 == 0:
            report(done, len(order), "Checking likely copies")
        orientation = int(candidates.orientation[number])
        one, other = pixels[rows[candidates.a[number]]], pixels[rows[candidates.b[number]]]
        similarity = _compare(_turn(one, orientation), other, _window_map(int(candidates.window[number]), orientation))
        if similarity >= LEAST_SIMILAR:
            pair = (int(rows[low[number]]), int(rows[high[number]]))
            found.append((*pair, similarity, TURNED if orientation else NEAR))
    report(len(order), len(order), "Checking likely copies")
    return pd.DataFrame(found, columns=list(COLUMNS))


def _turn(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    image = image.swapaxes(0, 1) if orientation & 4 else image
    image = image[::-1] if orientation & 1 else image
    return image[:, ::-1] if orientation & 2 else image


def _window_map(window: int, orientation: int) -> Floats:
    """From a place in the cropped image to that in the whole one, turned as the image is; affine, (2, 3), of pixels."""
    size = dataset_pixels.INDEX_PX
    down, across = WINDOWS[window // len(WINDOWS)], WINDOWS[window % len(WINDOWS)]
    down, across = (across, down) if orientation & 4 else (down, across)
    down = down[::-1] if orientation & 1 else down
    across = across[::-1] if orientation & 2 else across
    scale = [1 - sum(across), 1 - sum(down)]
    shift = [edge[0] * size + (factor - 1) / 2 for edge, factor in zip((across, down), scale, strict=True)]
    return np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float32)


def _compare(image_a: NDArray[np.uint8], image_b: NDArray[np.uint8], guess: Floats) -> float:
    """`measure_similarity`, where the crop that was found says nearly where the places of b are in a."""
    similarity = _score(image_a, image_b, guess)
    if similarity >= LEAST_SIMILAR or similarity < LEAST_AT_ONCE:
        return similarity
    return _lay_over(image_a, image_b, guess)


def _lay_over(image_a: NDArray[np.uint8], image_b: NDArray[np.uint8], guess: Floats) -> float:
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    anywhere = np.ones(image_a.shape[:2], np.uint8)
    grey_a, grey_b = _grey(image_a), _grey(image_b)
    try:
        _, found = cv2.findTransformECC(grey_b, grey_a, guess.copy(), cv2.MOTION_AFFINE, stop, anywhere, 1)
    except cv2.error:  # it says so where the two cannot be laid over each other
        return 0.0
    away = np.abs(found - np.eye(2, 3))
    if not (away[:, :2].max() <= MOST_STRETCH and away[:, 2].max() <= MOST_SHIFT_PX):
        return 0.0
    return _score(image_a, image_b, np.asarray(found, np.float32))


def _score(image_a: NDArray[np.uint8], image_b: NDArray[np.uint8], places: Floats) -> float:
    """Correlation of details where both are; 0 where a common change of brightness and contrast leaves a difference.

    places : affine map (2, 3) from the pixels of b to those of a.
    """
    size = image_b.shape[1::-1]
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    a_rgb = np.ascontiguousarray(image_a, np.float32)
    laid = np.asarray(cv2.warpAffine(a_rgb, places, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32)
    within = cv2.warpAffine(np.ones(image_a.shape[:2], np.float32), places, size, flags=how) > 0.99
    inside = cv2.erode(within.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0) > 0
    b_rgb = image_b.astype(np.float32)
    detail_a, detail_b = (_detail(image @ LUMINANCE)[inside] for image in (laid, b_rgb))
    scale = float(np.linalg.norm(detail_a) * np.linalg.norm(detail_b))
    rest, tint = _measure_rest(laid[inside], b_rgb[inside]) if scale > 0 else (np.inf, np.inf)
    if rest > MOST_DIFFERENT or tint > MOST_TINTED:
        return 0.0
    return float(np.clip(detail_a @ detail_b / scale, 0, 1))


def _measure_rest(a_rgb: Floats, b_rgb: Floats) -> tuple[float, float]:
    """What is left of two lists of pixels, (P, 3), when they are matched in brightness and contrast, in grey levels.

    Returns the mean difference, and how far one is tinted against the other: two smooth cells of the same outline can
    be alike in all but their stain. Pixels that are nearly black in both have no tint.
    """
    a, b = a_rgb @ LUMINANCE, b_rgb @ LUMINANCE
    gain = float(((a - a.mean()) * (b - b.mean())).mean() / max(float(a.var()), 1e-6))
    left = b_rgb - b.mean() - gain * (a_rgb - a.mean())
    lit = np.maximum(a, b) > NEARLY_BLACK
    shift = left[lit].mean(axis=0) if lit.any() else np.zeros(3, np.float32)
    return float(np.abs(left).mean()), float(np.abs(shift - shift @ LUMINANCE).max())


def _detail(grey: Floats) -> Floats:
    fine, coarse = (cv2.GaussianBlur(grey, (0, 0), spread) for spread in (1, 4))
    detail: Floats = np.asarray(fine - coarse, np.float32)
    return detail


def describe_limits(pairs: pd.DataFrame) -> list[str]:
    """Sentences about what was not compared, from `attrs` of the pairs."""
    said = []
    if pairs.attrs.get("flat"):
        said.append(f"{pairs.attrs['flat']:,} images of a single colour were compared by their files only.")
    if pairs.attrs.get("cut"):
        often = f"{pairs.attrs['cut']:,} images resemble very many others"
        said.append(f"{often}; of those the nearest {MOST_PARTNERS} were compared.")
    return said

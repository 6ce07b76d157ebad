"""Does the answer hang on what a heatmap marks? Deletion and insertion (Petsiuk et al. 2018, RISE, arXiv:1806.07421),
against random maps of equal mass. Pure numpy; needs answers alone, so any runtime will do.

Pixels are covered from the map's highest on, and the class's log-odds should fall at once; they are uncovered in the
same order on the covered image, and it should rise at once. How far is a matter of the image as much as of the map: so
the same is done with random maps. Those have exactly the map's values, and about its texture, at other places: phases
of its Fourier transform are random and its own values are dealt out in that order (Theiler et al. 1992, Physica D
58:77). Where the body that the image is of is known, values stay inside or outside of it as they were: a map is not
better by marking the cell instead of its ground.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.explanation import integrated_gradients, occlusion
from core.runtimes import base

RANDOM_MAPS = 20
SHARES = np.linspace(0, 1, 11)[1:-1] ** 2  # of the pixels, 1 % to 81 %: what is evidence of a cell is small
EMPTY = "Nothing in the image speaks for this answer by this method."

Floats = NDArray[np.float64]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """How a map does against `of` random ones.

    shares : float64 (S,), of pixels, from 0 to 1; deletion, insertion : the class's log-odds (S,) with so many of the
    map's highest pixels covered, or uncovered alone. better_deletion, better_insertion : random maps with a higher area
    under the first, a lower one under the second curve; better : with less between the two areas.
    """

    shares: Floats
    deletion: Floats
    insertion: Floats
    better_deletion: int
    better_insertion: int
    better: int
    of: int


def measure(
    asked: base.Runtime, image_rgb: Image, values: NDArray[np.float32], class_index: int, body: Mask | None = None
) -> Faithfulness | base.Lacking:
    """Deletion and insertion of a heatmap, in one go of (1 + RANDOM_MAPS) * 2 * len(SHARES) + 2 images.

    image_rgb : uint8 (H, W, 3), as the network sees it. values : float32 (H, W) >= 0, the map for the class over it.
    body : (H, W), see above; None = all. The same image has the same random maps. `Lacking` of an empty map.
    Raises `AnswerNotFinite`, ValueError where `class_index` is no class.
    """
    if values.max() <= 0:
        return base.Lacking(EMPTY)
    seed = int.from_bytes(hashlib.sha256(image_rgb.tobytes()).digest()[:8])
    maps = np.concatenate([values[np.newaxis], draw_random_maps(values, body, np.random.default_rng(seed))])
    cover = make_cover(image_rgb)
    ends = occlusion.compute_log_odds(asked.predict(np.stack([image_rgb, cover])), class_index)  # all maps share these
    batch = np.concatenate([_replace(image_rgb, cover, maps), _replace(cover, image_rgb, maps)])
    inner = occlusion.compute_log_odds(asked.predict(batch), class_index).reshape(2, len(maps), len(SHARES))
    curves = np.stack([_add_ends(inner[0], *ends), _add_ends(inner[1], *ends[::-1])])  # (2, maps, S)
    shares = np.array([0, *SHARES, 1])
    deletion, insertion = np.trapezoid(curves, shares, axis=-1)
    between = insertion - deletion
    return Faithfulness(
        shares,
        curves[0, 0],
        curves[1, 0],
        better_deletion=int((deletion[1:] > deletion[0]).sum()),
        better_insertion=int((insertion[1:] < insertion[0]).sum()),
        better=int((between[1:] < between[0]).sum()),
        of=RANDOM_MAPS,
    )


def make_cover(image_rgb: Image) -> Image:
    """What covered pixels show, uint8 (H, W, 3): the blurred image, as for occlusion and integrated gradients. An edge
    of grey or black would be evidence of itself."""
    return np.rint(integrated_gradients.make_baselines(image_rgb.astype(np.float32))[1]).astype(np.uint8)


def draw_random_maps(
    values: NDArray[np.float32], body: Mask | None, random: np.random.Generator, count: int = RANDOM_MAPS
) -> NDArray[np.float32]:
    """Maps (count, H, W) with the values of a map (H, W) at other places, as smooth as it; see the module's head.

    body : (H, W), inside and outside of which the values are each their own; None = all.
    """
    inside = np.ones(values.shape, bool) if body is None else body
    sizes = np.abs(np.fft.rfft2(values))
    noise = np.fft.rfft2(random.normal(size=(count, *values.shape)))
    fields = np.fft.irfft2(sizes * noise / np.maximum(np.abs(noise), 1e-12), values.shape)
    drawn = np.empty((count, *values.shape), np.float32)
    for part in (inside, ~inside):
        ranks = fields[:, part].argsort(axis=1).argsort(axis=1)
        drawn[:, part] = np.sort(values[part])[ranks]
    return drawn


def _replace(image: Image, other: Image, maps: NDArray[np.float32]) -> Image:
    """The image with each share of a map's highest pixels from the other one, map by map: (maps * shares, H, W, 3)."""
    flat = maps.reshape(len(maps), -1)
    ranks = np.argsort(np.argsort(-flat, axis=1, kind="stable"), axis=1).reshape(maps.shape)  # 0 = the highest
    counts = np.rint(SHARES * flat.shape[1])[:, None, None]
    chosen = ranks[:, None] < counts  # (maps, shares, H, W)
    replaced: Image = np.where(chosen[..., None], other, image).reshape(-1, *image.shape)
    return replaced


def _add_ends(curves: Floats, first: float, last: float) -> Floats:
    """Curves (maps, S - 2) with what all of them begin and end with."""
    sides = [np.full((len(curves), 1), end) for end in (first, last)]
    return np.concatenate([sides[0], curves, sides[1]], axis=1)

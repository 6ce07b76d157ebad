"""Many numbers an image become two: principal components, and t-SNE on top of them.

UMAP is left out: it needs numba and LLVM, 150 MB that nothing else here wants, for a picture of the same kind.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.base import progress

FEW_FEATURES = 2048  # up to here the covariance matrix is the fast and exact way
NEIGHBOURS = 10
PERPLEXITY = 30.0
STAGE_ITERATIONS, STAGES = 250, 4
EXAGGERATION = 12.0

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Components:
    """`coordinates` float32 (M, C), centred; `explained` (C,): the share of the variance, falling, in [0, 1]."""

    coordinates: FloatArray
    explained: tuple[float, ...]


def project_pca(features: FloatArray, count: int, *, seed: int = 0) -> Components:
    """Principal components of float32 (M, D), at most `count` of them (Pearson 1901).

    Up to 2,048 features by their covariance; beyond that by a randomised decomposition (Halko et al. 2011), which is
    where `seed` matters. The sign of a component is the one in which its largest loading is positive.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean.astype(np.float32)  # (M, D)
    total = float(np.square(centred, dtype=np.float64).sum())
    count = min(count, *features.shape)
    axes = _find_axes(centred, count, seed)  # (D, C)
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    coordinates = centred @ axes  # (M, C)
    power = np.square(coordinates, dtype=np.float64).sum(axis=0)
    explained = tuple((power / total).tolist()) if total > 0 else (0.0,) * count
    return Components(coordinates, explained)


def _find_axes(centred: FloatArray, count: int, seed: int) -> FloatArray:
    """The directions of largest variance, float32 (D, count), the largest first."""
    if centred.shape[1] <= FEW_FEATURES:
        _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        return np.asarray(vectors[:, ::-1][:, :count], np.float32)
    from sklearn.utils import extmath  # noqa: PLC0415  (half a second and 80 MB that the dashboard does not need)

    _, _, loadings = extmath.randomized_svd(centred, count, random_state=seed)
    return np.array(loadings.T, np.float32)


@dataclass(frozen=True)
class Placement:
    """`xy` float32 (M, 2); `kl_divergence`: what t-SNE minimises, lower = nearer to the neighbourhoods."""

    xy: FloatArray
    kl_divergence: float
    perplexity: float


def place_tsne(components: FloatArray, *, seed: int = 0, report: progress.Report = progress.say_nothing) -> Placement:
    """t-SNE with the Barnes-Hut tree (van der Maaten and Hinton 2008; van der Maaten 2014) of float32 (M, C), M >= 5.

    It begins at the first two components, so that the map is laid out alike each time. scikit-learn cannot be
    interrupted; it is called in stages of 250 iterations, each from where the one before ended, and `report` may
    raise between them. Only the first exaggerates, as in one long call.
    """
    from sklearn import manifold  # noqa: PLC0415  (half a second and 80 MB that the dashboard does not need)

    images = len(components)
    perplexity = min(PERPLEXITY, (images - 1) / 3)
    placed = _start(components, seed)
    divergence = 0.0
    for stage in range(STAGES):
        report(stage * STAGE_ITERATIONS, STAGES * STAGE_ITERATIONS, f"Placing {images:,} images by their neighbours")
        method = manifold.TSNE(
            perplexity=perplexity,
            init=placed,
            early_exaggeration=EXAGGERATION if stage == 0 else 1.0,
            learning_rate=max(images / EXAGGERATION / 4, 50.0),
            max_iter=STAGE_ITERATIONS + 1,
            random_state=seed,
        )
        placed = np.asarray(method.fit_transform(components), np.float32)
        divergence = float(method.kl_divergence_)
    report(STAGES * STAGE_ITERATIONS, STAGES * STAGE_ITERATIONS, f"Placing {images:,} images by their neighbours")
    return Placement(placed, divergence, perplexity)


def _start(components: FloatArray, seed: int) -> FloatArray:
    """The first two components, tiny, with a little noise that parts images that are equal: float32 (M, 2)."""
    noise = np.random.default_rng(seed).normal(0, 1e-6, (len(components), 2))
    spread = float(components[:, 0].std())
    first_two = np.zeros((len(components), 2))
    first_two[:, : components.shape[1]] = components[:, :2]
    return np.asarray(first_two / spread * 1e-4 + noise if spread > 0 else noise * 100, np.float32)


@dataclass(frozen=True)
class Agreement:
    """How often one of an image's nearest neighbours on the map shares something with it; both in [0, 1].

    `by_chance` is the share if the images were thrown onto the map blindly; `images` were counted.
    """

    share: float
    by_chance: float
    images: int


def measure_agreement(xy: FloatArray, names: NDArray[np.object_] | NDArray[np.integer]) -> Agreement | None:
    """Of the 10 nearest neighbours of each point of float32 (M, 2): the share with the same name.

    None for fewer than 20 points, or where all names are equal, since then there is nothing to tell apart.
    """
    _, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
    images = len(xy)
    if images < 2 * NEIGHBOURS or len(sizes) < 2:
        return None
    from scipy import spatial  # noqa: PLC0415  (nearly a tenth of a second, at the start of every page)

    _, nearest = spatial.cKDTree(xy).query(xy, k=NEIGHBOURS + 1)  # (M, 11), the point itself among them
    itself = nearest == np.arange(images)[:, np.newaxis]
    same = (codes[nearest] == codes[:, np.newaxis]) & ~itself
    share = float(same.sum() / (~itself).sum())
    by_chance = float((sizes * (sizes - 1.0)).sum() / (images * (images - 1.0)))
    return Agreement(share, by_chance, images)

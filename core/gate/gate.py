"""Is this the kind of image that a model knows? Asked twice, and beside it what anybody sees of the image.

*Strict*: is the image, as it came, like those on which the model's quality was measured? *Wide*, for models whose
images are brought to one form: is it, in that form, such an image, though from elsewhere? What passes the wide question
alone is answered with caution, what passes neither is not answered. A model without a form has the strict one alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import decoding
from core.gate import fact_limits, known_images, plain_facts
from core.models import normalisation, package
from core.runtimes import base

NEAR_IMAGES, NEAR_AXES = 500, 16  # training images that the most similar one is looked for among, and what is compared
UNLIKE = "It is unlike the images that the model learnt from."
ELSEWHERE = (
    "It is such an image, but not like those on which the model was tested: how good its answers are is not known."
)
KNOWN, AWAY, REFUSED = 0, 1, 2


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one image.

    refused : not an image that the model can know. away : such an image, but from elsewhere or unusual; its answer is
    given with caution. distance, limit : of the question that decided, 1 being a usual training image; `distance` >
    `limit` is beyond. reasons : why, a sentence each; none of an image like those at home. nearest : the id of the
    training image that is most similar to it to the network; "" where that is not known.
    """

    refused: bool
    away: bool
    distance: float
    limit: float
    reasons: tuple[str, ...] = ()
    nearest: str = ""

    @property
    def state(self) -> int:
        """KNOWN, AWAY or REFUSED."""
        return REFUSED if self.refused else AWAY if self.away else KNOWN

    def to_json(self) -> dict[str, Any]:
        """As the terminal says it."""
        said = {"refused": self.refused, "away": self.away, "distance": self.distance, "limit": self.limit}
        return {**said, "reasons": list(self.reasons)}


@dataclass(frozen=True, eq=False)
class Seen:
    """What the gate asks about images: statistics of the network's blocks for the images as they came, (N, D), and in
    the model's form, (N, D), None where it has none; plain facts, (N, F)."""

    strict: NDArray[np.floating[Any]]
    wide: NDArray[np.floating[Any]] | None
    facts: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gate:
    """A model's gate. facts : what is usual of the plain ones. near_ids : (M,) ids of training images, near_places :
    (M, A) where they lie. states : (N,) of the model's predictions, in their order: KNOWN, AWAY, REFUSED."""

    strict: known_images.Known
    wide: known_images.Known | None
    facts: fact_limits.Limits
    near_ids: NDArray[np.str_]
    near_places: NDArray[np.float64]
    states: NDArray[np.uint8]

    def judge(self, seen: Seen) -> list[Verdict]:
        """A verdict an image."""
        strict = self.strict.measure(seen.strict)
        wide = strict if self.wide is None or seen.wide is None else self.wide.measure(seen.wide)
        near = self.find_nearest(seen)
        rows = zip(strict.tolist(), wide.tolist(), seen.facts, near, strict=True)
        return [self._judge_one(*row) for row in rows]

    def _judge_one(self, strict: float, wide: float, facts: NDArray[np.float64], nearest: str) -> Verdict:
        said, plainly_refused = self.facts.judge(facts)
        last, distance = (self.strict, strict) if self.wide is None else (self.wide, wide)
        known = strict <= self.strict.limit
        unlike = not known and distance > last.limit
        if unlike or plainly_refused:
            reasons = ([UNLIKE] if unlike else []) + said
            return Verdict(True, False, distance, last.limit, tuple(reasons), nearest)
        if known:
            return Verdict(False, bool(said), strict, self.strict.limit, tuple(said), nearest)
        return Verdict(False, True, distance, last.limit, (ELSEWHERE, *said), nearest)

    def find_nearest(self, seen: Seen) -> list[str]:
        """The ids of the most similar training images."""
        places = self.locate(seen)
        apart = (self.near_places**2).sum(axis=1) - 2 * places @ self.near_places.T  # (N, M), but for what all share
        return [str(self.near_ids[place]) for place in apart.argmin(axis=1)]

    def locate(self, seen: Seen) -> NDArray[np.float64]:
        """Where images lie beside `near_places`, (N, A): in the model's form, where it has one."""
        if self.wide is None or seen.wide is None:
            return locate(self.strict, seen.strict)
        return locate(self.wide, seen.wide)


def locate(known: known_images.Known, statistics: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Where images lie along the leading axes, (N, A), each axis in its own standard deviations."""
    standardised = (np.asarray(statistics, np.float64) - known.mean) / known.deviation
    places: NDArray[np.float64] = (standardised @ known.axes.T / np.sqrt(known.variances))[:, -NEAR_AXES:]
    return places


def find_statistics(found_id: str, asked: base.Runtime) -> base.Features:
    """What the gate asks of a runtime. Raises `ModelBroken` where the runtime does not give it."""
    return _require(found_id, asked.find_block_statistics())


def find_answers_with_statistics(found_id: str, asked: base.Runtime) -> base.Features:
    """The same with the probabilities before it, see `base.Runtime`. Raises `ModelBroken` likewise."""
    return _require(found_id, asked.find_answers_with_statistics())


def _require(found_id: str, statistics: base.Features | base.Lacking) -> base.Features:
    if isinstance(statistics, base.Lacking):
        raise errors.ModelBroken(
            expected="a network whose gate can be asked",
            found=statistics.why,
            where=f"trained_models/{found_id}",
            todo="Copy the whole folder again, or remove it; other models are not affected.",
        )
    return statistics


def look_at_images(found: package.Package, asked: base.Runtime, images_rgb: Sequence[NDArray[np.uint8]]) -> Seen:
    """What the gate asks about some images, uint8 (H, W, 3), RGB, of any size."""
    statistics, size, count = find_statistics(found.id, asked), found.input_size_px, len(images_rgb)
    sized = [decoding.resize_image(image, *size) for image in images_rgb]
    formed = found.form != normalisation.AS_IT_CAME
    if formed:
        sized += [normalisation.bring(image, found.form, *size).image_rgb for image in images_rgb]
    both = statistics.compute(np.stack(sized))  # asked once for both: a call costs more than an image
    facts = np.stack([plain_facts.measure(image, found.form) for image in images_rgb])
    return Seen(both[:count], both[count:] if formed else None, facts)

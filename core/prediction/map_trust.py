"""How far to believe a heatmap: whether the answer hangs on what it marks, whether other methods mark the same, and
whether it lies where it can mean something. It says nothing about whether the answer is right: docs/decisions/0033.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.explanation import faithfulness, heatmaps, map_measures, methods
from core.models import normalisation, package
from core.prediction import evidence
from core.runtimes import base

SUPPORTED, UNSUPPORTED, NOT_KNOWN = "supported", "not supported", "not known"
LEAST_BETTER = 0.9  # of the random maps: so many a heatmap must beat by insertion, which tells maps that miss


@dataclass(frozen=True)
class MapFacts:
    """What is known of one heatmap.

    faithful : None where nothing speaks for the class. strength : see `heatmaps.Strength.words`. alike : (title of
    another method, rank correlation), None where one of the maps is even. inside, body : shares (0 to 1) of the map's
    mass that lies inside the body, and of the image that the body is; None where no body was cut out.
    """

    faithful: faithfulness.Faithfulness | None
    strength: str
    alike: tuple[tuple[str, float | None], ...] = ()
    inside: float | None = None
    body: float | None = None

    @property
    def verdict(self) -> str:
        """SUPPORTED where what it marks brings the answer back better than nearly all random maps do."""
        if self.faithful is None:
            return NOT_KNOWN
        return SUPPORTED if self.faithful.better_insertion >= LEAST_BETTER * self.faithful.of else UNSUPPORTED

    def say_support(self) -> str:
        """Why the verdict is as it is, in a sentence."""
        if self.faithful is None:
            return faithfulness.EMPTY
        beaten = f"{self.faithful.better_insertion} of {self.faithful.of} random maps of equal mass"
        return f"What it marks, shown on the blurred image, brings the answer back better than {beaten}."

    def list_facts(self) -> list[str]:
        """The facts, a line each."""
        said = [f"Strength: {self.strength}."]
        if self.faithful is not None:
            one = self.faithful
            said.append(f"Insertion: better than {one.better_insertion} of {one.of} random maps.")
            said.append(f"Deletion: better than {one.better_deletion} of {one.of}.")
        said += [f"Rank correlation with {title}: {value:.2f}." for title, value in self.alike if value is not None]
        if self.inside is not None and self.body is not None:
            said.append(f"Inside the cell: {self.inside:.0%} of it. The cell is {self.body:.0%} of the image.")
        return said


def measure_map(
    found: package.Package,
    asked: base.Runtime,
    method: str,
    image_rgb: NDArray[np.uint8],
    class_index: int,
    *,
    layer_name: str | None = None,
) -> MapFacts | base.Lacking:
    """What is known of a method's heatmap for a class over an image, uint8 (H, W, 3), RGB, of any size.

    method : a key of `methods.METHODS`. layer_name : at which it looks, None = the method's own. `Lacking` where the
    model has no heatmap by it. Raises `AnswerNotFinite`.
    """
    source = methods.find_method(method).find_source(asked, layer_name)
    if isinstance(source, base.Lacking):
        return source
    seen = normalisation.bring(image_rgb, found.form, *found.input_size_px)
    own = _explain(found, source, seen, class_index)
    tested = faithfulness.measure(asked, seen.image_rgb, own.values, class_index, seen.body)
    alike = []
    for key in list_compared(found, method):
        other = methods.METHODS[key].find(asked)
        if not isinstance(other, base.Lacking):
            values = _explain(found, other, seen, class_index).values
            alike.append((methods.METHODS[key].title, map_measures.correlate_ranks(own.values, values)))
    return MapFacts(
        None if isinstance(tested, base.Lacking) else tested,
        evidence.describe_strength(found, method, own, layer_name=layer_name).words,
        tuple(alike),
        None if seen.body is None else map_measures.measure_inside(own.values, seen.body),
        None if seen.body is None else float(seen.body.mean()),
    )


def list_compared(found: package.Package, method: str) -> list[str]:
    """The methods that a heatmap is compared with: those that take a few milliseconds, and the model's default. What
    needs answers alone is compared with none: gradients would have to be loaded for that."""
    if method == methods.OCCLUSION:
        return []
    quick = dict.fromkeys([methods.find_default(found.manifest.architecture).key, methods.LAYER_CAM, methods.GRAD_CAM])
    return [key for key in quick if key != method]


def _explain(
    found: package.Package, source: heatmaps.Source, seen: normalisation.Brought, class_index: int
) -> heatmaps.Heatmap:
    """Over the image as the network sees it."""
    return heatmaps.compute_heatmap(source, seen.image_rgb, class_index, input_size_px=found.input_size_px)

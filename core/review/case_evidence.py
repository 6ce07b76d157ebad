"""What stands behind a model's answer to a case, once its reader may see it: where it looked, and what it knows that
looks alike. `evidence_process` works it out in a process of its own, since TensorFlow may have to load."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import index, thumbnails
from core.explanation import heatmaps, methods, overlay
from core.gate import gate_file
from core.models import package, remembering
from core.prediction import evidence, examples, similar
from core.runtimes import base, opening

OPACITY = 0.6
ALIKE = 2


@dataclass(frozen=True)
class Alike:
    """A training image that looks alike to the model. picture : PNG or JPEG, b"" where its file cannot be shown."""

    class_name: str
    group: str
    picture: bytes


@dataclass(frozen=True, eq=False)
class Evidence:
    """heat : uint8 (H, W, 4), RGBA, to lie over the image, or why there is none; strength : in a word, "" without.
    alike : the most alike first; none where no data set here has them."""

    heat: NDArray[np.uint8] | base.Lacking
    strength: str
    alike: tuple[Alike, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        said: dict[str, Any] = {"strength": self.strength}
        said["alike"] = [[one.class_name, one.group, base64.b64encode(one.picture).decode()] for one in self.alike]
        if isinstance(self.heat, base.Lacking):
            return said | {"why": self.heat.why}
        return said | {"heat": base64.b64encode(self.heat.tobytes()).decode(), "size_px": self.heat.shape[:2]}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> "Evidence":
        """What `to_json` gave."""
        alike = tuple(Alike(name, group, base64.b64decode(picture)) for name, group, picture in said["alike"])
        if "heat" not in said:
            return Evidence(base.Lacking(said["why"]), said["strength"], alike)
        heat = np.frombuffer(base64.b64decode(said["heat"]), np.uint8).reshape(*said["size_px"], 4)
        return Evidence(heat, said["strength"], alike)


class Explainer:
    """A model that is opened when it is first asked."""

    def __init__(self, found: package.Package) -> None:
        self._found = found
        self._opened: base.Runtime | None = None
        self._data: index.Index | None = None

    def explain(self, content: bytes, class_name: str, *, longest_px: int) -> Evidence:
        """The evidence for a class in an image.

        content : a file that is an image. longest_px : of the heatmap. Raises UnreadableImage, ModelBroken,
        AnswerNotFinite, MemoryBusy; ValueError where the model does not know the class.
        """
        example = examples.from_upload("", content)
        class_index = self._found.class_names.index(class_name)
        method = methods.find_default(self._found.manifest.architecture)
        opened = self._open()
        source = method.find_source(opened)
        alike = self._find_alike(opened, example)
        if isinstance(source, base.Lacking):
            return Evidence(source, "", alike)
        height_px, width_px = overlay.fit(example.image_rgb, longest_px).shape[:2]
        heatmap = evidence.explain(
            self._found, source, example.image_rgb, class_index, shown_size_px=(height_px, width_px)
        )
        return self._describe(heatmap, method.key, alike)

    def _open(self) -> base.Runtime:
        if self._opened is None:
            self._opened = opening.open_runtime(self._found)
        return self._opened

    def _describe(self, heatmap: heatmaps.Heatmap, method: str, alike: tuple[Alike, ...]) -> Evidence:
        strength = evidence.describe_strength(self._found, method, heatmap)
        share = 1.0 if strength.share is None else strength.share
        heat = overlay.draw_layer(heatmap.values, opacity=OPACITY, strength_share=share)
        return Evidence(heat, strength.words, alike)

    def _find_alike(self, opened: base.Runtime, example: examples.Example) -> tuple[Alike, ...]:
        data = self._data = self._data or remembering.find_source(self._found)
        if data is None:
            return ()
        kept, places = similar.read_kept(self._found, data), None
        if kept is not None:
            places = similar.place_among_all(self._found, opened, kept, example.image_rgb)
        elif (known := gate_file.read(self._found)) is not None:
            places = similar.place_among_some(self._found, opened, known, example.image_rgb)
        if places is None or isinstance(places, base.Lacking):
            return ()
        copies = examples.list_copies(self._found, example)
        near = similar.find_nearest(data, places, copies, ALIKE).neighbours
        return tuple(Alike(one.class_name, one.group, _read_picture(data, one.row)) for one in near)


def _read_picture(data: index.Index, row: int) -> bytes:
    try:
        return thumbnails.read_thumbnail(data, row)
    except (errors.UnreadableImage, errors.DatasetChanged, errors.DatasetNotFound):  # the tile says so
        return b""

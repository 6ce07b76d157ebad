"""All that is asked of an image before a network sees it, made where its file is read, in one sheet of bytes.

A file is decoded once, in the process of its own that reads it: the image as it came at the network's size and in the
model's form, a small one by which it is known again, and plain facts. Files are read as the index reads them.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.duplicates import pictures
from core.datasets.index import decoding, scanning
from core.gate import plain_facts
from core.models import normalisation

SMALL_PX = pictures.SIZE_PX
FACT_BYTES = 8 * len(plain_facts.FACTS)


@dataclass(frozen=True, eq=False)
class Looks:
    """Of N images: came, formed (the same where the model has no form) uint8 (N, H, W, 3); small uint8 (N, 64, 64, 3),
    RGB; plain float64 (N, F), the facts that anybody sees."""

    came: NDArray[np.uint8]
    formed: NDArray[np.uint8]
    small: NDArray[np.uint8]
    plain: NDArray[np.float64]

    def take(self, chosen: NDArray[np.bool_]) -> "Looks":
        """Of some of the images, by a mask (N,)."""
        came = self.came[chosen]
        formed = came if self.formed is self.came else self.formed[chosen]
        return Looks(came, formed, came if self.small is self.came else self.small[chosen], self.plain[chosen])


@dataclass(frozen=True)
class Sheet:
    """How an image's bytes are laid out for a network of this size and form."""

    height_px: int
    width_px: int
    form: normalisation.Form

    @property
    def _sizes(self) -> list[int]:
        """Bytes of each part, in their order: as it came, in the form (0: as it came), small (0: as it came), facts."""
        image = self.height_px * self.width_px * 3
        formed = 0 if self.form == normalisation.AS_IT_CAME else image
        small = 0 if (self.height_px, self.width_px) == (SMALL_PX, SMALL_PX) else SMALL_PX**2 * 3
        return [image, formed, small, FACT_BYTES]

    @property
    def rows(self) -> int:
        """The height of a sheet whose rows are as wide as the network's input."""
        return -(-sum(self._sizes) // (self.width_px * 3))

    @property
    def change(self) -> scanning.Change:
        """What is made of a file as it is read."""
        arguments = (self.height_px, self.width_px, *self.form.as_data)
        return scanning.Change(__name__, draw_as.__name__, arguments, "looks")

    def draw(self, image_rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The sheet, uint8 (rows, width_px, 3), of one image, uint8 (H, W, 3), RGB."""
        size = (self.height_px, self.width_px)
        came = decoding.resize_image(image_rgb, *size)
        _, formed, small, _ = self._sizes
        parts, shrunk = [came.tobytes()], came
        if formed:
            parts.append(normalisation.bring(image_rgb, self.form, *size).image_rgb.tobytes())
        if small:
            shrunk = decoding.resize_image(image_rgb, SMALL_PX, SMALL_PX)
            parts.append(shrunk.tobytes())
        parts.append(plain_facts.measure(shrunk, self.form).tobytes())  # SMALL_PX is the size that it looks at
        flat = b"".join(parts).ljust(self.rows * self.width_px * 3, b"\0")
        return np.frombuffer(flat, np.uint8).reshape(self.rows, self.width_px, 3)

    def read(self, sheets: NDArray[np.uint8]) -> Looks:
        """What is in sheets, uint8 (N, rows, width_px, 3)."""
        flat = np.ascontiguousarray(sheets).reshape(len(sheets), -1)
        ends = np.cumsum([0, *self._sizes])
        parts = [flat[:, start:end] for start, end in itertools.pairwise(ends)]
        came = parts[0].reshape(-1, self.height_px, self.width_px, 3)
        formed = parts[1].reshape(came.shape) if self._sizes[1] else came
        small = parts[2].reshape(-1, SMALL_PX, SMALL_PX, 3) if self._sizes[2] else came
        facts = np.ascontiguousarray(parts[3]).view(np.float64)
        return Looks(came, formed, small, facts)


def draw_as(
    image_rgb: NDArray[np.uint8],
    height_px: int,
    width_px: int,
    kind: normalisation.Kind,
    wanted: list[float] | None,
    shared: list[float] | None,
    version: int,
) -> NDArray[np.uint8]:
    """`Sheet.draw`, with the sheet as plain data: what `Sheet.change` names."""
    return Sheet(height_px, width_px, normalisation.read_form(kind, wanted, shared, version)).draw(image_rgb)

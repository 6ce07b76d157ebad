"""The peak of memory that a reader of one image of 10,000 x 10,000 pixels has, for every kind of file.

`python -m tests.benchmarks.bench_decoding` alone prints a line for each.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.benchmarks import common

SIDE_PX = 10_000
GOAL_BYTES = 700e6  # what the budget counts for such an image, and the file itself
KINDS = ("16-bit.png", "cmyk.jpg", "palette.png", "rgb.jpg", "rgb.png", "rgba.png")


def write_images(folder: Path) -> None:
    """One image of each kind, smooth and fine parts side by side, as scanned slides have them."""
    rng = np.random.default_rng(1)
    tile = cv2.resize(rng.integers(0, 256, (40, 40, 4), dtype=np.uint8), (1000, 1000), interpolation=cv2.INTER_CUBIC)
    tile[:300, :300, :3] = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    pixels = np.tile(tile, (SIDE_PX // 1000, SIDE_PX // 1000, 1))  # (H, W, 4)
    colours = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    grey = np.ascontiguousarray(pixels[..., 0])
    palette = Image.fromarray(grey)
    palette.putpalette(rng.integers(0, 256, 768, dtype=np.uint8).tobytes())
    Image.fromarray(grey.astype(np.uint16) << 8).save(folder / "16-bit.png", compress_level=1)
    Image.fromarray(pixels, "CMYK").save(folder / "cmyk.jpg", quality=90)
    palette.save(folder / "palette.png", compress_level=1)
    colours.save(folder / "rgb.jpg", quality=90)
    colours.save(folder / "rgb.png", compress_level=1)
    Image.fromarray(pixels, "RGBA").save(folder / "rgba.png", compress_level=1)


def read_each(reader: str) -> Iterator[tuple[str, float, float]]:
    """(kind of file, seconds, bytes at the peak) of a reader of child_decoding."""
    with tempfile.TemporaryDirectory(prefix="second-look-bench-") as temporary:
        home, images = Path(temporary) / "home", Path(temporary)
        write_images(images)
        for kind in KINDS:
            said = common.run_child(home, "-m", "tests.benchmarks.child_decoding", str(images / kind), reader)
            seconds, peak_bytes = map(float, said.split())
            yield kind, seconds, peak_bytes


def measure() -> list[dict[str, Any]]:
    """One row, of the worst kind."""
    found = list(read_each("predict"))
    worst = max(found, key=lambda each: each[2])
    return [
        common.row(
            "(q) peak memory of opening an image of 10,000 x 10,000 pixels in Predict, the worst of 6 kinds",
            ours=f"{worst[2] / 1e6:.0f} MB ({worst[0]})",
            plain="–",
            ratio=0.0,
            goal=f"under {GOAL_BYTES / 1e6:.0f} MB",
            holds=worst[2] < GOAL_BYTES,
            note=", ".join(f"{kind} {peak / 1e6:.0f} MB {seconds:.1f} s" for kind, seconds, peak in found),
        )
    ]


if __name__ == "__main__":
    print(measure()[0]["note"])

"""Small image folders for the tests of the data side."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeFolder = Callable[[Path, Iterable[str]], Path]


def encode_small(number: int) -> bytes:
    """A PNG file of 6 x 5 pixels; each number gives another."""
    image_rgb = np.random.default_rng(number).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(image_rgb).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def make_folder() -> MakeFolder:
    """`make_folder(folder, names)` writes a different small image under each name."""

    def make(folder: Path, names: Iterable[str]) -> Path:
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_small(number))
        return folder

    return make


@pytest.fixture
def cells(home: Path, make_folder: MakeFolder) -> Path:
    """The folder of a data set `cells` that was not indexed yet: 4 images of class A, 3 of class B."""
    names = [*(f"A/{number}.png" for number in range(4)), *(f"B/{number}.png" for number in range(3))]
    return make_folder(home / "data" / "datasets" / "cells", names)

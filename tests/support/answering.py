"""A model of drawn cells with a gate and no network, and folders of images to ask it about."""

import numpy as np
from PIL import Image

from core.base import paths
from core.datasets.index import index
from core.gate import fitting
from core.models import package
from core.runtimes import opening
from tests.support import block_runtimes, made_once, older_models, plain_cells

FORM = {"kind": "cells", "colour": [66.0, 18.0, 5.0]}


def write_guarded(monkeypatch, *, form=None, patients=40):
    """The data set `drawn`, and a model of it, called `older`, whose 8 test patients have 32 images."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    size = {"height_px": 64, "width_px": 64} | ({"normalisation": form} if form else {})

    def make():
        data = plain_cells.write_dataset("drawn", patients=patients)
        fitting.add(older_models.write_older(data, older_models.divide(data), input=size))

    made_once.copy_home(f"guarded-{patients}-{'cells' if form else 'plain'}", make)
    return index.read_index("drawn"), package.find_package("older")


def write_images(folder, *, smears=2, cells=6):
    """Cells of smears in folders of their own, and beside them noise, a copy, and a file that is no image."""
    rng = np.random.default_rng(7)
    for smear in range(smears):
        inside = folder / f"smear {smear}"
        inside.mkdir(parents=True, exist_ok=True)
        for number in range(cells):
            image = plain_cells.draw_cell(
                (240, 238, 235), parasite=number % 2 == 0, noise=4, radius=int(rng.integers(20, 27))
            )
            Image.fromarray(image).save(inside / f"{number}.png")
    first = folder / "smear 0"
    (first / "z copy.png").write_bytes((first / "0.png").read_bytes())
    (first / "z text.png").write_text("no image")
    Image.fromarray(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)).save(first / "z noise.png")
    return folder

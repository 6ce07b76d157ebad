"""Does the heat stand on the parasite? The drawn cells' masks know. Against equal tiles, and against chance."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from core.datasets.index import index
from core.jobs import overview
from core.models import package
from core.statistics import wilson
from tests.benchmarks import common
from tests.support import pointing

MODEL = "sample-cells-base-cnn"


def measure() -> list[dict[str, Any]]:
    """Hits on the infected test images that the shipped model finds: cells where they belong (ours), tiles (plain)."""
    name = overview.SAMPLE_NAME
    with tempfile.TemporaryDirectory(prefix="second-look-heat-") as temporary:
        images, seed = str(overview.SAMPLE_IMAGES), str(overview.SAMPLE_SEED)
        common.run_child(Path(temporary), "-m", "core", "draw", "--name", name, "--images", images, "--seed", seed)
        os.environ["SECOND_LOOK_HOME"] = temporary
        found = package.find_package(MODEL)
        data = index.read_index(name)
        chosen = data.usable.loc[data.usable["image_id"].isin(_found_test_images(found)), "path"]
        hits = pointing.play(Path(temporary) / "data" / "datasets" / name, chosen, found)
    chance = f"{100 * hits.chance_fraction:.0f} %"
    return [
        common.row(
            f"(f) Grad-CAM's highest point within {pointing.MARGIN_PX} px of the drawn parasite, n = {hits.n}",
            ours=_say(hits.placed, hits.n),
            plain=_say(hits.tiles, hits.n),
            ratio=hits.placed / max(hits.tiles, 1),
            goal="above equal tiles and chance",
            holds=hits.placed > hits.tiles and hits.placed > 2 * hits.chance_fraction * hits.n,
            note=f"plain = the same map stretched in equal tiles; a random point of the cell hits in {chance}",
        )
    ]


def _found_test_images(found: package.Package) -> set[str]:
    table = pd.read_parquet(found.file(package.PREDICTIONS_FILE))
    label = found.class_names.index("Parasitized")
    right = (table["split"] == "test") & (table["label"] == label) & (table["p_Parasitized"] > 0.5)
    return set(table.loc[right, "image_id"])


def _say(count: int, n: int) -> str:
    interval = wilson.compute_wilson(count, n)
    assert interval.low is not None
    assert interval.high is not None
    return f"{100 * count / n:.0f} % ({100 * interval.low:.0f} to {100 * interval.high:.0f})"


if __name__ == "__main__":
    for result in measure():
        print(result)

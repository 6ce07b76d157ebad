"""Images that are the same picture: copied as they are, saved anew, resized, cropped a little, turned or mirrored.

In two steps, so that a million images need no million times a million comparisons: a hash proposes candidates
(`hashing`, `candidate_pairs`), then their pixels decide, laid over each other (`verification`).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from core.base import files, paths, progress
from core.datasets.duplicates import candidate_pairs, hashing, verification
from core.datasets.index import index as dataset_index
from core.datasets.index import pixels as dataset_pixels

IDENTICAL, NEAR, TURNED = "identical file", "near-identical", "turned or mirrored"
COLUMNS = ("row_a", "row_b", "similarity", "how")
VERSION = 2
METADATA_KEY = b"second_look_likeness"


def find_near_pairs(
    data: dataset_index.Index, pixels: NDArray[np.uint8], report: progress.Report = progress.say_nothing
) -> pd.DataFrame:
    """Pairs of images that are the same picture, excluded ones among them, unreadable ones not.

    pixels : uint8 (rows of data.table, 64, 64, 3), RGB.
    Returns a table with row_a int64 < row_b int64 (of data.table), similarity float64 in (0, 1], higher = more alike,
    how: IDENTICAL, NEAR or TURNED; the most alike first. Of several identical files each is paired with the first only,
    which alone is compared further. `attrs`: flat, images of one colour, which are not compared; cut, images that
    resemble so many others that only the nearest 20 were compared (their cluster is found, not each pair).
    """
    readable = data.table[data.table["problem"] == ""]
    rows = readable.index.to_numpy(np.int64)
    first = pd.Series(rows).groupby(readable["sha256"].to_numpy()).transform("min").to_numpy()
    copies = pd.DataFrame({"row_a": first, "row_b": rows, "similarity": 1.0, "how": IDENTICAL})[first != rows]
    hashed = hashing.hash_images(pixels, rows[first == rows], report)
    candidates, cut = candidate_pairs.find_candidates(pixels, hashed, report)
    near = _verify(pixels, hashed.rows, candidates, report)
    parts = [part for part in (copies, near) if len(part)]
    found: pd.DataFrame = pd.concat(parts, ignore_index=True) if parts else copies
    found = found.sort_values(["similarity", "row_a", "row_b"], ascending=[False, True, True], ignore_index=True)
    found.attrs = {"flat": int((first == rows).sum()) - len(hashed.rows), "cut": cut}
    return found


def pairs_path(data: dataset_index.Index) -> Path:
    """Where the pairs of these image files are kept."""
    return paths.cache_folder() / f"{data.content}-likeness.parquet"


def read_pairs(data: dataset_index.Index) -> pd.DataFrame | None:
    """The pairs that `build_pairs` found in these image files, or None where nobody looked yet."""
    try:
        stored = parquet.read_table(pairs_path(data))
        said = json.loads((stored.schema.metadata or {})[METADATA_KEY])
        table: pd.DataFrame = stored.to_pandas()[list(COLUMNS)]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if said.pop("version", None) != VERSION or (len(table) and int(table["row_b"].max()) not in data.table.index):
        return None
    table.attrs = said
    return table


def build_pairs(data: dataset_index.Index, report: progress.Report = progress.say_nothing) -> pd.DataFrame:
    """The pairs of a data set, looked for and kept beside its pixels; see `find_near_pairs`."""
    size_px = dataset_pixels.INDEX_PX
    found = find_near_pairs(data, dataset_pixels.open_pixels(data, size_px, size_px, report=report), report)
    stored = pa.Table.from_pandas(found, preserve_index=False)
    metadata = {
        **(stored.schema.metadata or {}),
        METADATA_KEY: json.dumps({**found.attrs, "version": VERSION}).encode(),
    }
    stored = stored.replace_schema_metadata(metadata)
    files.write_whole(pairs_path(data), lambda aside: parquet.write_table(stored, aside), durable=False)
    return found


def describe_limits(pairs: pd.DataFrame) -> list[str]:
    """Sentences about what was not compared, from `attrs` of the pairs."""
    said = []
    if pairs.attrs.get("flat"):
        said.append(f"{pairs.attrs['flat']:,} images of a single colour were compared by their files only.")
    if pairs.attrs.get("cut"):
        often = f"{pairs.attrs['cut']:,} images resemble very many others"
        said.append(f"{often}; of those the nearest {candidate_pairs.MOST_PARTNERS} were compared.")
    return said


def _verify(
    pixels: NDArray[np.uint8], rows: NDArray[np.int64], candidates: candidate_pairs.Candidates, report: progress.Report
) -> pd.DataFrame:
    """The candidates whose pixels are the same picture, with columns COLUMNS."""
    order = np.argsort(0.001 * (candidates.orientation > 0) - candidates.coarse, kind="stable")
    low, high = np.minimum(candidates.a, candidates.b), np.maximum(candidates.a, candidates.b)
    order = order[~pd.DataFrame({"low": low[order], "high": high[order]}).duplicated().to_numpy()]
    found = []
    for done, number in enumerate(order):
        if done % 200 == 0:
            report(done, len(order), "Checking likely copies")
        window, orientation = int(candidates.window[number]), int(candidates.orientation[number])
        one, other = pixels[rows[candidates.a[number]]], pixels[rows[candidates.b[number]]]
        similarity = verification.compare(one, other, window, orientation)
        if similarity >= verification.LEAST_SIMILAR:
            pair = (int(rows[low[number]]), int(rows[high[number]]))
            found.append((*pair, similarity, TURNED if orientation else NEAR))
    report(len(order), len(order), "Checking likely copies")
    return pd.DataFrame(found, columns=list(COLUMNS))

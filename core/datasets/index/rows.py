"""The table of an index: one row an image, made in one pass over the files."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.base import progress
from core.datasets.index import layouts, listing, pixels, scanning

IN_NO_CLASS = "in no class folder"
FoundByPath = dict[str, listing.Found]


def drop_copies(
    folder: Path, places: Sequence[layouts.Place], found: FoundByPath, report: progress.Report
) -> list[layouts.Place]:
    """The places without those that only repeat another one: the same path in a nested copy, and the same bytes."""
    suspects = [place for place in places if place.copy_of]
    copies = set()
    for done, place in enumerate(suspects, start=1):
        if _same_bytes(folder, found[place.path], found[place.copy_of]):
            copies.add(place.path)
        if done % 500 == 0 or done == len(suspects):
            report(done, len(suspects), "Comparing copies")
    return [place for place in places if place.path not in copies]


def scan_table(
    folder: Path,
    places: Sequence[layouts.Place],
    found: FoundByPath,
    cache: pixels.PartialCache,
    readers: scanning.Readers,
    report: progress.Report,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read every image once: its row of the table (`group` still empty), and its pixels into `cache`.

    Returns the table and the class names, sorted: those of which at least one image can be read.
    """
    scans = _scan(folder, [place.path for place in places], cache, readers, report)
    cache.flush()  # which the disk does while the table is made
    pairs = list(zip(places, scans, strict=True))
    class_names = tuple(sorted({place.class_name for place, scan in pairs if not scan.problem} - {""}))
    labels = {name: label for label, name in enumerate(class_names)}
    columns = {
        "image_id": name_images(scans),
        "path": [place.path for place in places],
        "label": [labels.get(place.class_name, -1) for place in places],
        "split": [place.split for place in places],
        "group": [""] * len(places),
        "height_px": [scan.height_px for scan in scans],
        "width_px": [scan.width_px for scan in scans],
        "sha256": [scan.sha256 for scan in scans],
        "size_bytes": [found[place.path].size_bytes for place in places],
        "modified_ns": [found[place.path].modified_ns for place in places],
        "problem": [scan.problem or ("" if place.class_name else IN_NO_CLASS) for place, scan in pairs],
    }
    types = {"label": "int16", "height_px": "int32", "width_px": "int32", "size_bytes": "int64", "modified_ns": "int64"}
    return pd.DataFrame(columns).astype(types), class_names


def name_images(scans: Sequence[scanning.Scanned]) -> list[str]:
    """An id for each image: 16 hex digits of its contents' hash; `-2`, `-3` and so on where contents come again."""
    seen: Counter[str] = Counter()
    names = []
    for scan in scans:
        short = (scan.sha256 or hashlib.sha256(scan.path.encode()).hexdigest())[:16]
        seen[short] += 1
        names.append(short if seen[short] == 1 else f"{short}-{seen[short]}")
    return names


def compute_fingerprint(table: pd.DataFrame) -> str:
    """Hex sha256 over the sorted (path, sha256) of a table."""
    pairs = sorted(zip(table["path"].tolist(), table["sha256"].tolist(), strict=True))
    return hashlib.sha256("".join(f"{path}\0{sha256}\n" for path, sha256 in pairs).encode()).hexdigest()


def _scan(
    folder: Path, names: list[str], cache: pixels.PartialCache, readers: scanning.Readers, report: progress.Report
) -> list[scanning.Scanned]:
    scans: list[scanning.Scanned] = []
    report(0, len(names), "Reading images")
    for found in readers.scan(folder, names, cache.target):
        scans += found
        report(len(scans), len(names), "Reading images")
    return scans


def _same_bytes(folder: Path, one: listing.Found, other: listing.Found) -> bool:
    if one.size_bytes != other.size_bytes:
        return False
    try:
        return (folder / one.path).read_bytes() == (folder / other.path).read_bytes()
    except PermissionError:
        return False  # each then is a row with its problem

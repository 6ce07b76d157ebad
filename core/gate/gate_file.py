"""A model's gate on disk: `gate.npz` in its folder, numbers alone. A file that is none is a fault of that model."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.gate import fact_limits, gate, known_images
from core.models import package

STRICT, WIDE = "strict_", "wide_"
_FAULTS = (OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, zipfile.BadZipFile)


def write(path: Path, kept: gate.Gate) -> None:
    """The gate as a file."""
    parts: dict[str, NDArray[Any]] = {
        **kept.facts.to_arrays(),
        "near_ids": np.char.encode(kept.near_ids, "ascii"),
        "near_places": kept.near_places.astype(np.float16),
        "states": kept.states,
    }
    for prefix, known in ((STRICT, kept.strict), (WIDE, kept.wide)):
        parts |= {} if known is None else {f"{prefix}{part}": values for part, values in known.to_arrays().items()}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **parts)


def read(found: package.Package) -> gate.Gate | None:
    """The gate of a model; None of one that was made before there were any. Raises `ModelBroken` where it is damaged.

    A model whose gate is damaged does not answer: without it, it would answer anything.
    """
    if not found.has(package.GATE_FILE):
        return None
    path = package.read_file(found, package.GATE_FILE)
    try:
        return _open(path)
    except _FAULTS as error:
        raise package.tell_broken(found, package.GATE_FILE, "the numbers of a gate", "a file without them") from error


def _open(path: Path) -> gate.Gate:
    with zipfile.ZipFile(path) as archive:  # what is packed could be a thousand times as large
        declared = sum(entry.file_size for entry in archive.infolist())
    if declared > package.LARGEST_BYTES[package.GATE_FILE]:
        raise ValueError("expected the numbers of a gate, found many more")
    with np.load(path, allow_pickle=False) as stored:
        parts = dict(stored)
    sides = {side: _take(parts, side) for side in (STRICT, WIDE)}
    known = {side: known_images.from_arrays(found) for side, found in sides.items() if found}
    facts, near = fact_limits.from_arrays(parts), np.asarray(parts["near_places"], np.float64)
    ids, states = np.char.decode(parts["near_ids"], "ascii"), np.asarray(parts["states"], np.uint8)
    fits = ids.ndim == states.ndim == 1 and len(ids)
    if not fits or near.shape != (len(ids), min(gate.NEAR_AXES, len(known[STRICT].axes))):
        raise ValueError("expected a place an image, found others")
    if not (np.isfinite(near).all() and (states <= gate.REFUSED).all()):
        raise ValueError("expected numbers, found others")
    return gate.Gate(known[STRICT], known.get(WIDE), facts, ids, near, states)


def _take(parts: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): values for name, values in parts.items() if name.startswith(prefix)}

"""Caching of what the trust line rests on: the training images like one, what their votes are worth, heatmap tests."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.datasets.index import index
from core.models import package, remembering
from core.prediction import examples, map_trust, similar, trust
from core.runtimes import base
from core.statistics import estimate
from pages.kit import cache


@dataclass(frozen=True, eq=False)
class Found:
    """The training images most like an image, and the data set that they are of. stamp : of the file they came from."""

    data: index.Index
    similar: similar.Similar
    stamp: int


def load_similar(found: package.Package, example: examples.Example, image_sha256: str) -> Found | None:
    """The similar cases of an image: among all training images where these were looked through, else among those of
    the model's gate; None where no data set here has them, or nobody can tell. Raises ModelBroken."""
    name = _source_name(found.id, found.manifest.created, tuple(_list_contents()))
    if name is None:
        return None
    data = cache.load_index(name)
    stamp = _read_stamp(found, data)
    alike = _similar(
        found, data, example, found.id, found.state, image_sha256, example.image_id, stamp, name, data.identity
    )
    return None if alike is None else Found(data, alike, stamp)


def _list_contents() -> list[str]:
    """What there is to look for images in."""
    return [f"{row['name']} {row['content']}" for row in index.list_datasets() if row["status"] == "ready"]


def _read_stamp(found: package.Package, data: index.Index) -> int:
    path = similar.features_path(found, data)
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_data(max_entries=16, show_spinner=False)
def _source_name(model_id: str, created: str, contents: tuple[str, ...]) -> str | None:
    data = remembering.find_source(package.find_package(model_id))
    return data.name if data else None


@st.cache_resource(max_entries=3, show_spinner=False)
def _kept(_found: package.Package, _data: index.Index, model_id: str, created: str, stamp: int) -> similar.Kept | None:
    return similar.read_kept(_found, _data)


@st.cache_data(max_entries=64, show_spinner="Looking for similar cases …")
def _similar(
    _found: package.Package,
    _data: index.Index,
    _example: examples.Example,
    model_id: str,
    state: tuple[str, str, float | None],
    image_sha256: str,
    image_id: str,
    stamp: int,
    dataset: str,
    identity: str,
) -> similar.Similar | None:
    asked = cache.load_runtime(model_id, _found.manifest.created)
    kept = _kept(_found, _data, model_id, _found.manifest.created, stamp) if stamp else None
    places: similar.Places | base.Lacking | None = None
    if kept is not None:
        places = similar.place_among_all(_found, asked, kept, _example.image_rgb)
    elif _found.has(package.GATE_FILE):
        gate_sha256 = _found.manifest.files[package.GATE_FILE].sha256
        known = cache.load_gate(model_id, _found.manifest.created, gate_sha256)
        places = similar.place_among_some(_found, asked, known, _example.image_rgb) if known else None
    if places is None or isinstance(places, base.Lacking):
        return None
    return similar.find_nearest(_data, places, examples.list_copies(_found, _example))


def load_worth(found: package.Package, near: Found) -> dict[int, estimate.Estimate]:
    """How right the model was on its validation images, by the level of their similar cases; empty where not known."""
    return _worth(found, near.data, found.id, found.state, near.stamp)


@st.cache_data(max_entries=8, show_spinner=False)
def _worth(
    _found: package.Package, _data: index.Index, model_id: str, state: tuple[str, str, float | None], stamp: int
) -> dict[int, estimate.Estimate]:
    kept = _kept(_found, _data, model_id, _found.manifest.created, stamp)
    return trust.measure_worth(_found, kept, cache.load_predictions(_found)) if kept else {}


def load_map_facts(
    found: package.Package,
    method: str,
    class_index: int,
    image_rgb: np.ndarray,
    *,
    image_sha256: str,
    layer_name: str | None = None,
) -> map_trust.MapFacts | base.Lacking:
    """How far to believe a heatmap; where it stands already, so that what makes it has loaded."""
    identity = (found.id, found.manifest.created, method, layer_name, image_sha256, class_index)
    return _map_facts(found, image_rgb, *identity)


@st.cache_data(max_entries=64, show_spinner="Testing the heatmap …")
def _map_facts(
    _found: package.Package,
    _image_rgb: np.ndarray,
    model_id: str,
    created: str,
    method: str,
    layer_name: str | None,
    image_sha256: str,
    class_index: int,
) -> map_trust.MapFacts | base.Lacking:
    asked = cache.load_runtime(model_id, created)
    return map_trust.measure_map(_found, asked, method, _image_rgb, class_index, layer_name=layer_name)

"""All caching. Keys are the identity of what is on disk, so that nothing old is shown and nothing heavy runs twice."""

import html
import json
import threading
import time
from concurrent import futures
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.base import csv_text, errors, files, paths
from core.datasets.index import browsing, index, ledger, originals, thumbnails
from core.explanation import heatmaps, methods
from core.gate import gate, gate_file
from core.models import package, tables
from core.prediction import evidence, predictor
from core.runtimes import base, opening
from core.statistics import prevalence, tasks

HEAD_START_SECONDS = 0.5  # in which the answer reaches the browser: a library that is being loaded lets nothing past


def load_index(name: str) -> index.Index:
    """The index of a data set, read once for each state of its file and of the decisions beside it.

    Raises what `index.read_index` raises.
    """
    path = paths.index_folder() / f"{name}.parquet"
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _index(name, (stamp, ledger.read_stamp(name)), str(path)) if stamp else index.read_index(name)


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(name: str, stamp: tuple[int, tuple[int, int, int]], path: str) -> index.Index:
    return index.read_index(name)


def find_changes(data: index.Index) -> str:
    """What `index.require_unchanged` has to say, or nothing; looked at twice a minute, not at every click."""
    return _changes(data, data.name, index.index_path(data.name).stat().st_mtime_ns)


@st.cache_data(ttl=30, max_entries=8, show_spinner=False)
def _changes(_data: index.Index, name: str, stamp: int) -> str:
    try:
        index.require_unchanged(_data)
    except errors.DatasetChanged as error:
        return str(error)
    return ""


def load_thumbnail(data: index.Index, row: int) -> bytes:
    """A small PNG or JPEG of the image in this row."""
    return _thumbnail(data, row, str(data.table.at[row, "sha256"]))


@st.cache_data(max_entries=4096, show_spinner=False)
def _thumbnail(_data: index.Index, _row: int, sha256: str) -> bytes:
    return thumbnails.read_thumbnail(_data, _row)


FULL_PX = 2400  # larger pictures are shrunk to this for the screen
CHANNELS = {"All": None, "Red": 0, "Green": 1, "Blue": 2}


def load_full_picture(data: index.Index, row: int, channel: str) -> tuple[bytes, tuple[int, int]]:
    """The image of this row as a PNG and its size (height, width); one channel as grey where `channel` names one."""
    return _full_picture(data, row, str(data.table.at[row, "sha256"]), channel)


@st.cache_data(max_entries=24, show_spinner=False)
def _full_picture(_data: index.Index, _row: int, sha256: str, channel: str) -> tuple[bytes, tuple[int, int]]:
    image_rgb = originals.read_image(_data, _row, longest_px=FULL_PX)
    return thumbnails.encode_picture(image_rgb, channel=CHANNELS[channel]), image_rgb.shape[:2]


def select_rows(data: index.Index, **chosen: Any) -> np.ndarray:
    """`browsing.select_rows`, worked out once for each data set and choice."""
    return _select_rows(data, data.name, data.identity, tuple(sorted(chosen.items())))


@st.cache_resource(max_entries=16, show_spinner=False)
def _select_rows(_data: index.Index, name: str, identity: str, chosen: tuple[tuple[str, Any], ...]) -> np.ndarray:
    return browsing.select_rows(_data, **dict(chosen))


def list_groups(data: index.Index) -> list[str]:
    """The known patients of a data set, sorted."""
    return _groups(data, data.name, data.identity)


@st.cache_resource(max_entries=8, show_spinner=False)
def _groups(_data: index.Index, name: str, identity: str) -> list[str]:
    return browsing.list_groups(_data)


def load_predictions(found: package.Package) -> pd.DataFrame:
    """The validation and test predictions of a model."""
    return _predictions(found.id, found.manifest.created)


@st.cache_data(max_entries=8, show_spinner=False)
def _predictions(model_id: str, created: str) -> pd.DataFrame:
    table = tables.read_predictions(_find_same(model_id, created))
    _find_same(model_id, created)  # and not replaced while it was read
    return table


@st.cache_data(max_entries=8, show_spinner=False)
def load_rates(model_id: str, created: str, threshold: float | None) -> prevalence.Rates:
    """Sensitivity and specificity of a model on its test images, at its threshold."""
    found = _find_same(model_id, created)
    table = load_predictions(found)
    task = tasks.build_task(table[table["split"] == "test"], found.class_names, found.positive_class)
    return prevalence.measure_rates(task, threshold)


@st.cache_resource(max_entries=6, show_spinner="Loading the model …")  # four beside each other, and two more
def load_runtime(model_id: str, created: str) -> base.Runtime:
    """What answers for a model. Loads whatever runs it: TensorFlow for models without an ONNX file alone."""
    return opening.open_runtime(_find_same(model_id, created))


def _find_same(model_id: str, created: str, gate_sha256: str | None = None) -> package.Package:
    """The package of this id as the page knows it: what is cached under one state must not be read from another.

    Raises `ModelReplaced` where another one has its place by now, or where its gate is another one.
    """
    found = package.find_package(model_id)
    gate_now = found.manifest.files[package.GATE_FILE].sha256 if found.has(package.GATE_FILE) else ""
    if found.manifest.created != created or gate_sha256 not in (None, gate_now):
        raise errors.ModelReplaced(
            expected=f"the model as it was when this page was drawn, made {created}",
            found=f"one made {found.manifest.created}" + " with another gate" * (found.manifest.created == created),
            where=f"trained_models/{model_id}",
            todo="Do it again: the page then asks the new one.",
        )
    return found


Source = heatmaps.Source | base.Lacking


class _Start:
    """What heatmaps are made from: begun once, behind the page, when it is first asked for."""

    def __init__(self, asked: base.Runtime, method: str, layer_name: str | None) -> None:
        self._wanted = asked, method, layer_name
        self._lock = threading.Lock()
        self._begun: futures.Future[Source] | None = None

    def begin(self) -> futures.Future[Source]:
        """The same future for all who ask."""
        with self._lock:
            if self._begun is None:
                self._begun = _behind().submit(_find_source, *self._wanted)
            return self._begun

    @property
    def is_done(self) -> bool:
        """Whether it was begun and has ended, well or not."""
        return self._begun is not None and self._begun.done()


def start_source(found: package.Package, method: str, layer_name: str | None = None) -> futures.Future[Source]:
    """What heatmaps by a method, at a layer or the method's own, are made from, or why the model has none: begun behind
    the page, since TensorFlow may have to load. A start that went wrong is made anew at the next asking.
    """
    identity = (found.id, found.manifest.created)
    begun = _source(load_runtime(*identity), *identity, method, layer_name).begin()
    if begun.done() and begun.exception():
        _source.clear(None, *identity, method, layer_name)
        begun = _source(load_runtime(*identity), *identity, method, layer_name).begin()
    return begun


def has_source(found: package.Package, method: str) -> bool:
    """Whether `start_source` has ended already. Begins nothing: the page has more to show first."""
    identity = (found.id, found.manifest.created)
    return _source(load_runtime(*identity), *identity, method, None).is_done


@st.cache_resource(max_entries=9, show_spinner=False)
def _source(_asked: base.Runtime, model_id: str, created: str, method: str, layer_name: str | None) -> _Start:
    return _Start(_asked, method, layer_name)


def _find_source(asked: base.Runtime, method: str, layer_name: str | None) -> Source:
    if layer_name is None:
        time.sleep(HEAD_START_SECONDS)
    return methods.find_method(method).find_source(asked, layer_name)


def load_layers(found: package.Package) -> tuple[base.Layer, ...] | base.Lacking:
    """Where gradients of a model can be taken. Loads TensorFlow: to be asked once `start_source` has ended."""
    return load_runtime(found.id, found.manifest.created).find_layers()


@st.cache_resource(show_spinner=False)
def _behind() -> futures.ThreadPoolExecutor:
    return futures.ThreadPoolExecutor(1, "gradients")


@st.cache_resource(max_entries=8, show_spinner=False)
def load_gate(model_id: str, created: str, gate_sha256: str) -> gate.Gate | None:
    """What tells the images that a model knows from others; None of a model without. Raises `ModelBroken`."""
    found = gate_file.read(_find_same(model_id, created, gate_sha256))
    _find_same(model_id, created, gate_sha256)  # and not replaced while it was read
    return found


def load_answer(
    found: package.Package, image_id: str, image_rgb: np.ndarray
) -> tuple[predictor.Prediction, gate.Verdict | None]:
    """What a model answers to an image, and what its gate says of it; None of a model without. Raises `ModelBroken`."""
    sha256 = found.manifest.files[package.GATE_FILE].sha256 if found.has(package.GATE_FILE) else ""
    return _answer(found, image_rgb, found.id, found.manifest.created, sha256, image_id)


@st.cache_data(max_entries=64, show_spinner=False)
def _answer(
    _found: package.Package, _image_rgb: np.ndarray, model_id: str, created: str, gate_sha256: str, image_id: str
) -> tuple[predictor.Prediction, gate.Verdict | None]:
    kept = load_gate(model_id, created, gate_sha256) if gate_sha256 else None
    return predictor.ask_about(_found, load_runtime(model_id, created), kept, _image_rgb)


def load_heatmap(
    found: package.Package,
    method: str,
    class_index: int,
    image_rgb: np.ndarray,
    *,
    image_sha256: str,
    shown_size_px: tuple[int, int],
    layer_name: str | None = None,
) -> heatmaps.Heatmap | base.Lacking:
    """The heatmap of one image for one class by a method, at a layer or the method's own, as large as it is shown."""
    identity = (found.id, found.manifest.created, method, layer_name, image_sha256, class_index)
    return _heatmap(found, image_rgb, *identity, shown_size_px)


@st.cache_data(max_entries=64, show_spinner="Heatmap: loading …")
def _heatmap(
    _found: package.Package,
    _image_rgb: np.ndarray,
    model_id: str,
    created: str,
    method: str,
    layer_name: str | None,
    image_sha256: str,
    class_index: int,
    shown_size_px: tuple[int, int],
) -> heatmaps.Heatmap | base.Lacking:
    source = start_source(_found, method, layer_name).result()
    if isinstance(source, base.Lacking):
        return source
    return evidence.explain(_found, source, _image_rgb, class_index, shown_size_px=shown_size_px)


@st.cache_data(show_spinner=False)
def load_glossary() -> dict[str, str]:
    """Term -> one sentence, from GLOSSARY.md: lines of the form `**term**: sentence`."""
    text = (paths.PROJECT_FOLDER / "GLOSSARY.md").read_text(encoding="utf-8")
    entries = (line[2:].split("**:", 1) for line in text.splitlines() if line.startswith("**") and "**:" in line)
    return {term.strip().lower(): meaning.strip() for term, meaning in entries}


def explain(term: str) -> str:
    """The glossary's sentence for a term; a term that it lacks is a fault of the page."""
    return load_glossary()[term.lower()]


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as a person takes it away: names of files and folders in it may hold anything."""
    return csv_text.write(table, digits=None)


def as_json(content: Any) -> str:
    """A manifest or a result as text that a person can take away."""
    return json.dumps(content, indent=2, ensure_ascii=False, default=files.encode)


def as_text(words: str) -> str:
    """Words for an HTML page: class names come from folder names, which may hold anything."""
    return html.escape(words)

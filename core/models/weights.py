"""ImageNet weights of a backbone: found here, else fetched by Keras, else a message. Never silently random.

Looked for in `data/weights/`, then in Keras' own cache. What is fetched is checked, then kept in `data/weights/`.
Looking needs no TensorFlow; fetching and loading do (loaded inside).
"""

import contextlib
import hashlib
import http.client
import io
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.base import asides, errors, files, paths, progress
from core.models import backend
from core.models.architectures import pretrained

SILENCE_SECONDS = 30.0
MEGABYTE = 1_000_000
WAITING = "Waiting for the same weights, which another training fetches"
# What Keras and HDF5 say of a file that is cut short, of another kind, or of another network.
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError)


def find(backbone_key: str, report: progress.Report = progress.say_nothing) -> Path:
    """The file of this backbone's weights, fetched where it is not here.

    Raises WeightsNotFound, which names the file, its size, its address and where to put it; DiskFull.
    """
    return find_local(backbone_key) or _fetch(pretrained.BACKBONES[backbone_key], report)


def find_local(backbone_key: str) -> Path | None:
    """The file where it is on this machine: a person's in `data/weights/`, else a whole one in Keras' cache."""
    backbone = pretrained.BACKBONES[backbone_key]
    own = [paths.weights_folder() / name for name in backbone.file_names]
    cached = _keras_cache() / backbone.file_names[0]
    # Keras leaves half a file behind when it is killed, and asks no questions of it later.
    return next((path for path in own if path.is_file()), cached if _is_original(cached, backbone) else None)


def load_into(network: Any, backbone_key: str, report: progress.Report = progress.say_nothing) -> str:
    """Put the ImageNet weights into the backbone of a whole network of `pretrained`; its head stays as it is.

    Returns the file's hex sha256. Raises WeightsNotFound, DiskFull, and WeightsNotUsable with the network as it was.
    """
    path = find(backbone_key, report)
    report(0, 0, "Loading ImageNet weights")
    backbone = pretrained.cut_backbone(network)
    before = backbone.get_weights()
    try:
        _read_file(backbone, pretrained.BACKBONES[backbone_key], path)
    except errors.WeightsNotUsable:
        backbone.set_weights(before)
        raise
    return files.sha256_of(path)


def _keras_cache() -> Path:
    return Path.home() / ".keras" / "models"


def _is_original(path: Path, backbone: pretrained.Backbone) -> bool:
    """Whether the file is the one that Keras ships: by its md5 where Keras knows it, else by its size."""
    if not path.is_file() or path.stat().st_size != backbone.size_bytes:
        return False
    return not backbone.md5 or _md5_of(path) == backbone.md5


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:  # against damage, not against malice: it is what Keras has
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _read_file(network: Any, backbone: pretrained.Backbone, path: Path) -> None:
    """Put the weights of a file into a network that is this backbone and nothing else. Raises WeightsNotUsable."""
    # Keras leaves a layer that the file lacks as it was, with no more than a warning: so none may be random before.
    network.set_weights([np.full(weight.shape, np.nan) for weight in network.weights])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            network.load_weights(path)
    except UNREADABLE as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise _not_usable(backbone, path, f"one that cannot be read as that: {said}") from error
    if not all(np.isfinite(values).all() for values in network.get_weights()):
        raise _not_usable(backbone, path, "values that are missing or no numbers")


def _fetch(backbone: pretrained.Backbone, report: progress.Report) -> Path:
    """Fetch Keras' own file to `data/weights/`; whole and of this backbone, or not there."""
    folder = paths.weights_folder()
    target = folder / backbone.file_names[0]
    with files.disk_full_as_message(folder), files.wait_for_lock(folder / f".{target.name}.lock", report, WAITING):
        here = find_local(backbone.key)  # another training may have fetched it meanwhile
        if here is not None:
            return here
        files.require_free(folder, backbone.size_bytes)
        asides.sweep(folder)
        with asides.make_folder(folder, f"fetching-{backbone.key}") as aside:
            fetched = _get_file(backbone, aside, report)
            _require_original(backbone, fetched)
            files.flush_to_disk(fetched)
            fetched.replace(target)
    return target


def _get_file(backbone: pretrained.Backbone, aside: Path, report: progress.Report) -> Path:
    name = backbone.file_names[0]
    keras = backend.load_keras()
    try:
        with _listening(backbone, aside / name, report):
            return Path(
                keras.utils.get_file(
                    name, backbone.url, file_hash=backbone.md5 or None, cache_dir=str(aside), cache_subdir=""
                )
            )
    except Exception as error:
        # Keras says that a connection failed by a bare Exception, and that a file is another one by a ValueError; what
        # does not speak HTTP at the other end (a proxy of another kind) comes through as it is.
        if type(error) is not Exception and not isinstance(error, OSError | ValueError | http.client.HTTPException):
            raise
        if isinstance(error, OSError) and error.errno in files.NO_SPACE:
            raise
        raise _not_found(backbone, " ".join(str(error).split())[:300] or type(error).__name__) from error


def _require_original(backbone: pretrained.Backbone, fetched: Path) -> None:
    size = fetched.stat().st_size
    if size != backbone.size_bytes:
        raise _not_found(backbone, f"{size:,} bytes at its address, which is another file")
    try:
        _read_file(pretrained.build_backbone(backbone.key), backbone, fetched)
    except errors.WeightsNotUsable as error:
        raise _not_found(backbone, f"another file at its address: {error.found}") from error


class _Listener(io.TextIOBase):
    """Takes what Keras' progress bar says, and says instead how many bytes have come. A report may cancel the fetch."""

    def __init__(self, coming: Path, backbone: pretrained.Backbone, report: progress.Report) -> None:
        self._coming, self._report = coming, report
        self._total = -(-backbone.size_bytes // MEGABYTE)
        self._what = f"Fetching ImageNet weights of {backbone.title} (MB)"

    def write(self, text: str) -> int:
        here = self._coming.stat().st_size if self._coming.exists() else 0
        self._report(min(here // MEGABYTE, self._total), self._total, self._what)
        return len(text)


@contextlib.contextmanager
def _listening(backbone: pretrained.Backbone, coming: Path, report: progress.Report) -> Iterator[None]:
    """Nothing of Keras' on the terminal, progress to `report`, and no waiting for ever on a network that is silent."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        with contextlib.redirect_stdout(_Listener(coming, backbone, report)):
            yield
    finally:
        socket.setdefaulttimeout(before)


def _not_found(backbone: pretrained.Backbone, found: str) -> errors.WeightsNotFound:
    return errors.WeightsNotFound(
        expected=f"the file {backbone.file_names[0]} ({files.describe_bytes(backbone.size_bytes)})",
        found=found,
        where=f"{backbone.url}; looked for in {paths.weights_folder()} and {_keras_cache()} first",
        todo="Connect this machine to the network and try again, or fetch the file from that address on another machine"
        f" and put it into {paths.weights_folder()} (data/weights/).",
    )


def _not_usable(backbone: pretrained.Backbone, path: Path, found: str) -> errors.WeightsNotUsable:
    size = files.describe_bytes(backbone.size_bytes)
    return errors.WeightsNotUsable(
        expected=f"weights of {backbone.title} without its top, {backbone.parameters:,} parameters ({size})",
        found=found,
        where=str(path),
        todo=f"Remove this file, or replace it by {backbone.file_names[0]} from {backbone.url}.",
    )

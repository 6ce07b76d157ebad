"""Model files that somebody could send: each is a change to a small network that is whole. Nothing here does harm."""

import copy
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from core.base import files
from core.models import backend, package, vetting

SIZE_PX = (8, 10)
Parts = tuple[dict[str, Any], bytes]
"""Structure and weights of a whole `.keras` file."""


def build_network() -> Any:
    """A small convolutional network of 58 parameters, whose input is SIZE_PX."""
    keras = backend.load_keras()
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((*SIZE_PX, 3), name="image"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.1),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(2, name="logits"),
            layers.Softmax(name="probabilities"),
        ]
    )


def read_parts(path: Path) -> Parts:
    """What a whole `.keras` file is made of."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(vetting.CONFIG)), archive.read(vetting.WEIGHTS)


def pack(config: Any, weights: bytes, *, kind: int = zipfile.ZIP_STORED, **more: bytes) -> bytes:
    """A `.keras` file of these parts."""
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    members = {vetting.METADATA: b"{}", vetting.CONFIG: text, vetting.WEIGHTS: weights, **more}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def replace_file(found: package.Package, name: str, content: bytes) -> package.Package:
    """The package with other content in one of its files, and a manifest that says so."""
    found.file(name).write_bytes(content)
    facts = {"sha256": files.sha256_of(found.file(name)), "bytes": len(content)}
    manifest = files.read_json(found.file(package.MANIFEST))
    files.write_json(found.file(package.MANIFEST), {**manifest, "files": {**manifest["files"], name: facts}})
    return package.find_package(found.id)


def set_layers(config: dict[str, Any], class_name: str, **settings: Any) -> None:
    """Other settings for the layers of one class, whatever shapes the others were built for."""
    for layer in config["config"]["layers"]:
        layer.pop("build_config", None)
        if layer["class_name"] == class_name:
            layer["config"].update(settings)


def _with_layer(name: str, settings: dict[str, Any], module: str | None = "keras.layers", **more: Any) -> Any:
    """A structure with one more layer after the first."""

    def change(config: dict[str, Any], weights: bytes) -> bytes:
        layer = {"module": module, "class_name": name, "config": {"name": "extra", **settings}, "registered_name": None}
        config["config"]["layers"].insert(2, {**layer, **more})
        return pack(config, weights)

    return change


def _with_settings(class_name: str, **settings: Any) -> Any:
    """A structure in which the layers of one class have other settings."""

    def change(config: dict[str, Any], weights: bytes) -> bytes:
        set_layers(config, class_name, **settings)
        return pack(config, weights)

    return change


def _with_weights(alter: Callable[[h5py.File], None], **options: Any) -> Any:
    """The same structure, and weights that were altered in place."""

    def change(config: dict[str, Any], weights: bytes) -> bytes:
        stored = io.BytesIO(weights)
        with h5py.File(stored, "r+", **options) as file:
            alter(file)
        return pack(config, stored.getvalue())

    return change


def _set_link(link: Any) -> Any:
    def alter(file: h5py.File) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = link

    return _with_weights(alter)


def _set_array(**options: Any) -> Any:
    def alter(file: h5py.File) -> None:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", **options)

    return _with_weights(alter)


def _set_virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4, 2), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/elsewhere.h5", "data", shape=(4, 2))
    del file["layers/dense/vars/0"]
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def _set_circle(file: h5py.File) -> None:
    file["layers/dense/again"] = file["layers"]


def _set_nan(file: h5py.File) -> None:
    file["layers/dense/vars/0"][...] = np.nan


def _double(config: dict[str, Any], weights: bytes) -> bytes:
    """A map that is put beside itself thirty times."""
    keras = backend.load_keras()
    image = x = keras.Input((*SIZE_PX, 3), name="image")
    for _ in range(30):
        x = keras.layers.Concatenate()([x, x])
    x = keras.layers.GlobalMaxPooling2D()(x)
    network = keras.Model(image, keras.layers.Softmax()(keras.layers.Reshape((2, -1))(x)))
    return pack(json.loads(network.to_json()), weights)


def _nest(config: dict[str, Any], weights: bytes) -> bytes:
    inside = copy.deepcopy(config)
    config["config"]["layers"].insert(2, {**inside, "compile_config": {"optimizer": "adam"}})
    return pack(config, weights)


class _Opener:
    def __reduce__(self) -> Any:
        return os.mkdir, ("second-look-was-here",)


def _declare_more(config: dict[str, Any], weights: bytes) -> bytes:
    """A directory that says a member has 3 GB, stored."""
    content = bytearray(pack(config, weights))
    place = content.index(b"PK\x01\x02")
    struct.pack_into("<II", content, place + 20, 3_000_000_000, 3_000_000_000)
    return bytes(content)


def _many_members(config: dict[str, Any], weights: bytes) -> bytes:
    return pack(config, weights, **{f"assets/{number}": b"" for number in range(20_000)})


CHANGES: dict[str, Callable[[dict[str, Any], bytes], bytes]] = {
    "empty": lambda config, weights: b"",
    "text": lambda config, weights: b"no network",
    "pickle": lambda config, weights: pickle.dumps(_Opener()),
    "hdf5": lambda config, weights: weights,
    "half a zip": lambda config, weights: pack(config, weights)[: len(weights) // 2],
    "comment": lambda config, weights: pack(config, weights) + b"behind it",
    "another zip": lambda config, weights: pack(config, weights).replace(b"config.json", b"config.text"),
    "one more member": lambda config, weights: pack(config, weights, **{"assets/x": b"x"}),
    "absolute member": lambda config, weights: pack(config, weights, **{"/etc/x": b"x"}),
    "member outside": lambda config, weights: pack(config, weights, **{"../x": b"x"}),
    "many members": _many_members,
    "deflated": lambda config, weights: pack(config, weights, kind=zipfile.ZIP_DEFLATED),
    "bomb": lambda config, weights: pack(b" " * 300_000_000 + b"{}", weights, kind=zipfile.ZIP_DEFLATED),
    "declared 3 GB": _declare_more,
    "large structure": lambda config, weights: pack(b" " * 5_000_000 + b"{}", weights),
    "brackets": lambda config, weights: pack(b"[" * 100_000, weights),
    "no structure": lambda config, weights: pack({}, weights),
    "a list": lambda config, weights: pack([config], weights),
    "half a pair": lambda config, weights: pack(b'{"class_name": "\\ud800"}', weights),
    "lambda": _with_layer("Lambda", {"function": ["4wEAAAAA", None, None]}),
    "lambda without module": _with_layer("Lambda", {"function": "os.mkdir"}, None),
    "saved model": _with_layer("TFSMLayer", {"filepath": "/etc"}),
    "file reader": _with_layer("StringLookup", {"vocabulary": "/etc/passwd"}),
    "module": _with_layer("system", {"command": "true"}, "os"),
    "keras function": _with_layer("function", {}, "builtins", registered_name="set_dtype_policy"),
    "unknown class": _with_layer("Attention7", {}, "keras.layers"),
    "escape in a name": _with_layer("\x1b[31mDense", {}),
    "custom object": _with_layer("Dense", {"units": 2}, registered_name="mine>Dense"),
    "class that is no text": _with_layer(["Dense"], {}),  # type: ignore[arg-type]  # what the test is about
    "function as activation": _with_settings("Dense", activation={"class_name": "function", "config": "system"}),
    "unknown activation": _with_settings("Dense", activation="system"),
    "text as units": _with_settings("Dense", units="many"),
    "compiled inside": _nest,
    "huge layer": _with_settings("Conv2D", filters=100_000_000),
    "blown up": _with_layer("UpSampling2D", {"size": [100_000, 100_000]}),
    "padded": _with_layer("ZeroPadding2D", {"padding": 100_000}),
    "doubled": _double,
    "1,800 layers": lambda config, weights: pack(
        {**config, "config": {**config["config"], "layers": config["config"]["layers"] * 200}}, weights
    ),
    "weights of another": lambda config, weights: pack(config, weights[: len(weights) // 2]),
    "no weights": lambda config, weights: pack(config, b""),
    "external link": _set_link(h5py.ExternalLink("/etc/elsewhere.h5", "data")),
    "soft link": _set_link(h5py.SoftLink("/layers/conv2d/vars/0")),
    "external array": _set_array(shape=(4, 2), dtype="f4", external=[("/etc/passwd", 0, 32)]),
    "virtual array": _with_weights(_set_virtual),
    "shape bomb": _set_array(shape=(10**6, 10**6), dtype="f4", chunks=(1000, 1000)),
    "packed array": _set_array(data=np.zeros((4, 2), "f4"), compression="gzip"),
    "text as weights": _set_array(data=np.array([b"many"] * 8, dtype=h5py.string_dtype())),
    "circle": _with_weights(_set_circle),
    "other shape": _set_array(data=np.zeros((2, 4), "f4")),
}
"""Name -> the content of a `.keras` file, made from the parts of a whole one. Keras itself must never be asked."""
STRANGE_ANSWERS = {"nan": _with_weights(_set_nan)}
"""What only the answers to the check images tell."""

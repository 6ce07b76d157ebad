"""What a `.keras` file holds, looked at before Keras reads it. Loads no TensorFlow.

Keras' safe mode refuses code, and is a filter that has had holes. In front of it stands what a network of ours needs,
and nothing else: a zip of three members that are stored as they are, a structure made of layers on a list, and weights
that are plain arrays which the file really holds. See docs/decisions/0019.
"""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.base import errors, files, records

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
LARGEST_BYTES, LARGEST_CONFIG_BYTES, LARGEST_DIRECTORY_BYTES = 600_000_000, 4_000_000, 1000
MOST_LAYERS, MOST_OBJECTS, DEEPEST = 600, 20_000, 32
# What builds a network and does nothing besides; a builder that needs another layer adds its name here.
ALLOWED: dict[str | None, str] = {
    None: "__keras_tensor__",
    "keras": "DTypePolicy Functional Sequential",
    "keras.src.models.functional": "Functional",
    "keras.src.models.sequential": "Sequential",
    "keras.src.ops.numpy": "Flip",
    "keras.initializers": "Constant GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Ones "
    "RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros",
    "keras.regularizers": "L1 L1L2 L2",
    "keras.layers": "Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D Cropping2D Dense "
    "DepthwiseConv2D Dropout ELU Flatten GaussianNoise GlobalAveragePooling2D GlobalMaxPooling2D GroupNormalization "
    "Identity InputLayer LayerNormalization LeakyReLU MaxPooling2D Maximum Minimum Multiply Normalization PReLU "
    "Permute ReLU Rescaling Reshape SeparableConv2D Softmax SpatialDropout2D Subtract UpSampling2D ZeroPadding2D",
}
_END, _END_64, _END_BYTES = b"PK\x05\x06", b"PK\x06\x07", 22  # of a zip: the record that closes it, and a larger one's
# What zipfile, JSON and HDF5 raise about bytes that are not theirs.
_READ_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    ValueError,
    KeyError,
    TypeError,
    OSError,
    EOFError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True)
class Vetted:
    """A structure that is made of allowed layers, and how many numbers the file holds as weights."""

    config: dict[str, Any]
    stored: int


def vet(path: Path) -> Vetted:
    """Look at a `.keras` file from end to end. Raises `ModelBroken`, in milliseconds and without its declared sizes."""
    where = name_place(path)
    with _damage_as_message(where):
        config = _read_structure(path, where)
        with zipfile.ZipFile(path) as archive:
            return Vetted(config, _count_stored(archive.read(WEIGHTS), where))


def find_fault(path: Path) -> errors.ModelBroken | None:
    """Why a network will not be loaded, as far as its structure tells: for lists, where nobody waits for weights."""
    try:
        facts = path.stat()
    except OSError:
        return None  # it has been removed meanwhile, and is no longer in the list
    return _find_fault(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=256)
def _find_fault(path: Path, size_bytes: int, modified_ns: int) -> errors.ModelBroken | None:
    """Looked at once for each state of the file."""
    try:
        with _damage_as_message(name_place(path)):
            _read_structure(path, name_place(path))
    except errors.ModelBroken as error:
        return error
    return None


@contextlib.contextmanager
def _damage_as_message(where: str) -> Iterator[None]:
    try:
        yield
    except _READ_ERRORS as error:
        raise refuse(where, "a .keras file that can be read", say(error)) from error


def name_place(path: Path) -> str:
    """A file in the way that a message names it: the folder it lies in, and its name."""
    return f"{path.parent.name}/{path.name}"


def say(error: BaseException) -> str:
    """What another program says of a file, on one line and not at length."""
    return say_plainly(f"{type(error).__name__}: {error}", 200)


def say_plainly(words: str, longest: int = 120) -> str:
    """Words from a file: of one line, cut, and without what a terminal would obey."""
    kept = " ".join(words.split())[:longest]
    return "".join(character if character.isprintable() else "?" for character in kept)


def refuse(where: str, expected: str, found: str) -> errors.ModelBroken:
    """The message about a network that is not loaded."""
    return errors.ModelBroken(
        expected=expected,
        found=found,
        where=where,
        todo="Remove its folder, or train the model again; other models are not affected.",
    )


def _read_structure(path: Path, where: str) -> dict[str, Any]:
    """The structure, of an archive in which no member is larger than the file."""
    _require_directory(path, where)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sorted(member.filename for member in members) != sorted((CONFIG, WEIGHTS, METADATA)):
            names = ", ".join(repr(member.filename[:60]) for member in members)
            raise refuse(where, f"a zip of {CONFIG}, {METADATA} and {WEIGHTS}", names or "an empty one")
        packed = [m.filename for m in members if m.compress_type != zipfile.ZIP_STORED or m.compress_size < m.file_size]
        if packed:
            raise refuse(
                where, "members that are stored as they are", f"{say_plainly(packed[0])}, which would unpack to more"
            )
        if sum(member.file_size for member in members) > path.stat().st_size:
            raise refuse(where, "members that the file holds", "members that are larger than it")
        if archive.getinfo(CONFIG).file_size > LARGEST_CONFIG_BYTES:
            size = files.describe_bytes(archive.getinfo(CONFIG).file_size)
            raise refuse(where, f"a {CONFIG} of at most {files.describe_bytes(LARGEST_CONFIG_BYTES)}", size)
        config: Any = records.parse(archive.read(CONFIG))
        if not isinstance(config, dict):
            raise refuse(where, f"a network in {CONFIG}", "none")
        _require_structure(config, where)
        return config


def _require_directory(path: Path, where: str) -> None:
    """A zip's directory is read whole, so it is measured first: three members need less than 1 kB.

    The last 22 bytes say where it is, as long as nobody wrote a comment behind them; larger archives have a second such
    record, which no file of ours needs.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise refuse(where, f"at most {files.describe_bytes(LARGEST_BYTES)}", files.describe_bytes(size))
    with path.open("rb") as file:
        file.seek(-min(size, 2 * _END_BYTES), io.SEEK_END)
        tail = file.read()
    end = tail[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(_END):
        raise refuse(where, "a .keras file, which is a zip without a comment", "another kind of file, or half of one")
    if int.from_bytes(end[12:16], "little") > LARGEST_DIRECTORY_BYTES or _END_64 in tail:
        raise refuse(where, "a zip of three members", "one with a larger directory")


def _require_structure(config: dict[str, Any], where: str) -> None:
    """Only what is on the list is built, each layer is called once, and nothing is compiled."""
    layers = 0
    for part in _walk({key: value for key, value in config.items() if key != "compile_config"}):
        if part.get("compile_config"):
            raise refuse(where, "one network, not compiled", "a compiled network inside it")
        if "class_name" not in part:
            continue
        module, name = part.get("module"), part["class_name"]
        if not _is_allowed(module, name) or part.get("registered_name") not in (None, name):
            told = f"{module}.{name}" if module else str(name)
            known_as = f", registered as {part['registered_name']}" if part.get("registered_name") else ""
            raise refuse(
                where, "layers of Keras that only compute (see core/models/vetting.py)", say_plainly(told + known_as)
            )
        layers += module == "keras.layers"
        nodes = part.get("inbound_nodes", [])
        if not isinstance(nodes, list) or len(nodes) > 1:
            raise refuse(where, "layers that are called once each", f"{name}, called {len(nodes)} times")
    if not 0 < layers <= MOST_LAYERS:
        raise refuse(where, f"a network of 1 to {MOST_LAYERS} layers", f"{layers:,}")


def _is_allowed(module: Any, name: Any) -> bool:
    plain = (module is None or isinstance(module, str)) and isinstance(name, str)
    return plain and name in ALLOWED.get(module, "").split()


def _walk(content: Any) -> Iterator[dict[str, Any]]:
    """All dictionaries in a JSON document."""
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _count_stored(content: bytes, where: str) -> int:
    """How many numbers an HDF5 file holds: only in plain arrays, none of which lies elsewhere or is larger than it."""
    import h5py  # noqa: PLC0415  (comes with Keras; nothing but a network's loading needs it)

    objects = numbers = size_bytes = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        waiting: list[tuple[Any, int]] = [(file, 0)]
        while waiting:
            group, depth = waiting.pop()
            for name in group:
                objects += 1
                kind = group.get(name, getclass=True, getlink=True)
                if kind is not h5py.HardLink:  # soft, to another file, or to nothing
                    raise refuse(where, "weights in the file itself", f"a link ({kind}) in {WEIGHTS}")
                found = group[name]
                if isinstance(found, h5py.Group):
                    waiting.append((found, depth + 1))
                else:
                    numbers += _require_array(found, where)
                    size_bytes += found.size * found.dtype.itemsize
                if objects > MOST_OBJECTS or depth > DEEPEST or size_bytes > len(content):
                    raise refuse(where, f"{WEIGHTS} that holds what it declares", "groups or arrays beyond its size")
    return numbers


def _require_array(found: Any, where: str) -> int:
    """The count of numbers of a plain array; a declared shape is no memory until somebody reads it."""
    import h5py  # noqa: PLC0415  (see above)

    if not isinstance(found, h5py.Dataset) or found.shape is None or found.dtype.kind not in "fiub":
        raise refuse(where, f"arrays of numbers in {WEIGHTS}", say_plainly(str(found)))
    if found.external or found.is_virtual:
        raise refuse(where, "weights in the file itself", f"an array of {WEIGHTS} that is stored elsewhere")
    if found.id.get_create_plist().get_nfilters():
        raise refuse(where, "arrays that are stored as they are", f"one of {WEIGHTS} that would unpack to more")
    return int(found.size)

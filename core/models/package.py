"""A finished model on disk: `trained_models/<model_id>/`. Written aside, then renamed: if it is listed it is whole."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from core.base import asides, errors, files, paths, records
from core.datasets.splits import split_words
from core.models import earlier, manifests, normalisation, vetting

MANIFEST = "manifest.json"
MODEL_FILE = "model.keras"
HISTORY_FILE = "history.csv"
PREDICTIONS_FILE = "predictions.parquet"
TRAINING_IMAGES_FILE = "training_images.parquet"
PICTURES_FILE = "pictures.parquet"
GATE_FILE = "gate.npz"
ONNX_FILE = "model.onnx"
FILES = (MODEL_FILE, HISTORY_FILE, PREDICTIONS_FILE, TRAINING_IMAGES_FILE)
LATER_FILES = (PICTURES_FILE, GATE_FILE, ONNX_FILE)  # which older models lack
# Of a plain file more than this is none of ours: 150 million parameters, 10 million images, 10,000 epochs.
LARGEST_BYTES = {
    MODEL_FILE: 600_000_000,
    HISTORY_FILE: 4_000_000,
    PREDICTIONS_FILE: 500_000_000,
    TRAINING_IMAGES_FILE: 500_000_000,
    PICTURES_FILE: 1_500_000_000,
    GATE_FILE: 64_000_000,
    ONNX_FILE: 600_000_000,
}
OPERATING_POINT, CALIBRATION, REFERRAL = manifests.OPERATING_POINT, manifests.CALIBRATION, manifests.REFERRAL
CARD, SITE_CHECKS, TIMES_CHOSEN = manifests.CARD, manifests.SITE_CHECKS, manifests.TIMES_CHOSEN
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,95}")


@dataclass(frozen=True)
class Package:
    """One model folder and its manifest."""

    id: str
    folder: Path
    manifest: manifests.Manifest

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in index order."""
        return self.manifest.class_names

    @property
    def positive_class(self) -> str:
        """The class that "sensitivity" is about."""
        return self.manifest.positive_class

    @property
    def input_size_px(self) -> tuple[int, int]:
        """(height, width) of the network's input."""
        return self.manifest.input.height_px, self.manifest.input.width_px

    @property
    def form(self) -> normalisation.Form:
        """What images are brought to before the network sees them."""
        return self.manifest.input.form

    @property
    def is_leaky(self) -> bool:
        """Whether groups (patients) were on both sides of its split."""
        return self.manifest.split.leaky

    @property
    def dataset_content(self) -> str:
        """Identity of the image files that it was trained on, whatever has been left out of them since."""
        return self.manifest.dataset.images

    @property
    def state(self) -> tuple[str, str, float | None]:
        """What its answers hang on: when it was made, the sha256 of its gate ("": none), its threshold."""
        gate = self.manifest.files[GATE_FILE].sha256 if self.has(GATE_FILE) else ""
        return self.manifest.created, gate, self.threshold

    @property
    def threshold(self) -> float | None:
        """The operating point: from this probability on (the model's own) the positive class is answered."""
        return self.manifest.operating_point.threshold if self.manifest.operating_point else None

    @property
    def temperature(self) -> float | None:
        """By what the log odds are divided before a probability is shown, where it was fitted."""
        return self.manifest.calibration.temperature if self.manifest.calibration else None

    @property
    def referral_limit(self) -> float | None:
        """The confidence (log odds, see `evaluation.deciding`) below which a case goes to a person."""
        return self.manifest.referral.limit if self.manifest.referral else None

    @property
    def test_now(self) -> manifests.Result:
        """Its result on the test images as it answers now: at the operating point where one is kept."""
        point = self.manifest.operating_point
        return point.test if point and point.test else self.manifest.test

    def count_choices(self, section: str) -> int:
        """How often a section that people decide has been written, also if it was taken back since."""
        return self.manifest.times_chosen.get(section, 0)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files beside the manifest, which older models have fewer of."""
        return tuple(name for name in (*FILES, *LATER_FILES) if name in self.manifest.files)

    def has(self, name: str) -> bool:
        """Whether it has this file."""
        return name in self.files

    def file(self, name: str) -> Path:
        """The path of one of the package's files."""
        return self.folder / name


def list_packages() -> list[Package]:
    """All whole packages, newest first; folders that are not whole are left out (`list_broken` names them)."""
    return [entry for entry in _scan() if isinstance(entry, Package)]


def list_broken() -> list[errors.ModelBroken]:
    """What is wrong with the model folders that are not whole."""
    return [entry for entry in _scan() if isinstance(entry, errors.ModelBroken)]


def list_usable() -> tuple[list[Package], list[errors.ModelBroken]]:
    """The packages whose networks can be loaded as far as a look tells, newest first; and what is wrong with others."""
    usable, faults = [], []
    for entry in _scan():
        fault = vetting.find_fault(entry.file(MODEL_FILE)) if isinstance(entry, Package) else entry
        if fault:
            faults.append(fault)
        elif isinstance(entry, Package):
            usable.append(entry)
    return usable, faults


def find_package(model_id: str) -> Package:
    """The package of this id. Raises `ModelNotFound`, or `ModelBroken` where the folder is there but not whole."""
    if _ID.fullmatch(model_id):
        for parent in paths.model_folders():
            folder = parent / model_id
            if folder.is_dir() and not folder.is_symlink():
                return _read(folder)
    known = ", ".join(package.id for package in list_packages()) or "none yet"
    raise errors.ModelNotFound(
        expected=f"the id of a model on this machine ({known})",
        found=repr(model_id),
        where="trained_models/",
        todo="Choose a listed model, or train one on the Train page.",
    )


def write_package(wanted_id: str, manifest: manifests.Manifest, fill: Callable[[Path], None]) -> Package:
    """Publish a model: `fill(folder)` writes its files aside, the manifest gets their hashes, then one rename lists it.

    manifest : with any id and files; it gets its own.
    Where `wanted_id` is taken, `-2`, `-3` ... is appended. Nothing is left behind when `fill` raises.
    """
    parent = paths.user_models_folder()
    parent.mkdir(parents=True, exist_ok=True)
    asides.sweep(parent)
    with files.disk_full_as_message(parent), asides.make_folder(parent, "publishing") as aside:
        fill(aside)
        return _publish(aside, parent, wanted_id, manifest)


def describe_file(path: Path) -> manifests.File:
    """What a manifest says of one of the files."""
    return manifests.File(sha256=files.sha256_of(path), bytes=path.stat().st_size)


def require_id(model_id: str) -> str:
    """`model_id` itself if it can be a model's id; else NameNotUsable."""
    if not _ID.fullmatch(model_id):
        raise errors.NameNotUsable(
            expected="lower-case letters, digits, - and _ (at most 96)",
            found=repr(model_id),
            where="the id of the new model",
            todo="Choose another name.",
        )
    return model_id


def _publish(aside: Path, parent: Path, wanted_id: str, manifest: manifests.Manifest) -> Package:
    there = [*FILES, *(name for name in LATER_FILES if (aside / name).exists())]
    facts = {name: describe_file(aside / name) for name in there}
    for model_id in _candidate_ids(wanted_id):
        target = parent / model_id
        if any((folder / model_id).exists() for folder in paths.model_folders()):
            continue
        whole = msgspec.structs.replace(manifest, id=model_id, files=facts)
        files.write_json(aside / MANIFEST, whole.to_json())
        try:
            aside.rename(target)
        except OSError:
            if not target.exists():  # not a race for the name: the disk has something else to say
                raise
            continue
        return _read(target)
    raise AssertionError("unreachable: candidate ids do not end")


def _candidate_ids(wanted_id: str) -> Any:
    require_id(wanted_id)
    yield wanted_id
    number = 2
    while True:
        yield f"{wanted_id[:90]}-{number}"
        number += 1


def _scan() -> list[Package | errors.ModelBroken]:
    found: dict[str, Package | errors.ModelBroken] = {}
    for parent in paths.model_folders():
        for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
            if folder.is_dir() and not folder.is_symlink() and _ID.fullmatch(folder.name) and folder.name not in found:
                try:
                    found[folder.name] = _read(folder)
                except errors.ModelBroken as error:
                    found[folder.name] = error
    return sorted(found.values(), key=lambda e: e.manifest.created if isinstance(e, Package) else "", reverse=True)


def _read(folder: Path) -> Package:
    """Read a manifest and check that each file has the size it names (hashes are checked when a file is read)."""
    _require_file(folder, MANIFEST)
    try:
        manifest = manifests.read(folder / MANIFEST)
    except (records.Fault, FileNotFoundError) as error:
        fault = error if isinstance(error, records.Fault) else records.Fault("", "a file", "none")
        raise _broken(folder, f"a {MANIFEST} with {fault.describe()}", fault.found) from error
    if manifest.id != folder.name:
        raise _broken(folder, f"a folder called {manifest.id[:96]!r}, as its manifest says", folder.name)
    found = Package(folder.name, folder, earlier.mark(manifest))
    for name in (*FILES, *(later for later in LATER_FILES if found.has(later))):
        _require_file(folder, name)
        if name not in manifest.files:
            raise _broken(folder, f"a {MANIFEST} with a usable files.{name}", "none")
        with _gone_as_broken(folder, name):
            size, wanted = (folder / name).stat().st_size, manifest.files[name].bytes
        if size != wanted or size > LARGEST_BYTES[name]:
            raise _broken(folder, f"{name} of {min(wanted, LARGEST_BYTES[name]):,} bytes", f"{size:,} bytes")
    return found


def read_file(found: Package, name: str) -> Path:
    """The path of one of the package's files, after a look whether it is as it was published. Raises `ModelBroken`."""
    require_unaltered(found, name)
    return found.file(name)


def read_content(found: Package, name: str) -> bytes:
    """What one of the files holds, which is what was published. Raises `ModelBroken`."""
    _require_file(found.folder, name)
    with _gone_as_broken(found.folder, name):
        content = found.file(name).read_bytes()
    _require_hash(found, name, hashlib.sha256(content).hexdigest())
    return content


def require_unaltered(package: Package, name: str = MODEL_FILE) -> None:
    """Raise `ModelBroken` unless it is a file of the folder's own, and its sha256 is the one in the manifest."""
    _require_file(package.folder, name)
    with _gone_as_broken(package.folder, name):
        sha256 = files.sha256_of(package.file(name))
    _require_hash(package, name, sha256)


def _require_hash(found: Package, name: str, sha256: str) -> None:
    if sha256 != found.manifest.files[name].sha256:
        raise _broken(found.folder, f"{name} as it was published (sha256 in {MANIFEST})", "other bytes")


@contextlib.contextmanager
def _gone_as_broken(folder: Path, name: str) -> Iterator[None]:
    """A folder that is removed or replaced while it is read is a message too."""
    try:
        yield
    except FileNotFoundError as error:
        raise _broken(folder, f"{name}, a file of its own", "nothing any more") from error


def _require_file(folder: Path, name: str) -> None:
    """A link would have files of elsewhere read, shown and exported, and a pipe would be waited for without end."""
    kind = files.find_kind(folder / name)
    if kind != "file":
        raise _broken(folder, f"{name}, a file of its own", kind if kind == "nothing" else f"a {kind}")


def _broken(folder: Path, expected: str, found: str) -> errors.ModelBroken:
    return errors.ModelBroken(
        expected=expected,
        found=found,
        where=f"trained_models/{folder.name}",
        todo="Copy the whole folder again, or remove it; other models are not affected.",
    )


def tell_broken(found: Package, name: str, expected: str, seen: str) -> errors.ModelBroken:
    """The message about one of its files that is as it was published, and no use: `expected` and what was `seen`."""
    return _broken(found.folder, f"{name} with {expected}", seen)


def describe(package: Package) -> dict[str, Any]:
    """The package as `python -m core models --json` lists it."""
    manifest = package.manifest
    return {
        "id": package.id,
        "architecture": manifest.architecture,
        "parameters": manifest.parameters,
        "dataset": manifest.dataset.name,
        "split": split_words.say_kind(manifest.split, with_leak=False),
        "split_rule": manifest.split.rule,
        "leaky": package.is_leaky,
        "created": manifest.created,
        "class_names": list(package.class_names),
        "positive_class": package.positive_class,
        "test": package.test_now,
    }

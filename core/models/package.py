"""A finished model on disk: `trained_models/<model_id>/`. Written aside, then renamed: if it is listed it is whole."""

import re
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import errors, files, paths
from core.models import earlier

SCHEMA = 1
MANIFEST = "manifest.json"
MODEL_FILE = "model.keras"
HISTORY_FILE = "history.csv"
PREDICTIONS_FILE = "predictions.parquet"
TRAINING_IMAGES_FILE = "training_images.parquet"
FILES = (MODEL_FILE, HISTORY_FILE, PREDICTIONS_FILE, TRAINING_IMAGES_FILE)
METRIC = {
    "value": (int, float, type(None)),
    "low": (int, float, type(None)),
    "high": (int, float, type(None)),
    "n": int,
}
# What every reader of a manifest relies on; a manifest of another shape is broken, not a reason to end a page.
SHAPE: dict[str, Any] = {
    "id": str,
    "created": str,
    "architecture": str,
    "parameters": int,
    "class_names": list,
    "positive_class": str,
    "input": {"height_px": int, "width_px": int},
    "dataset": {"name": str, "fingerprint": str},
    "split": {"rule": str, "leaky": bool, "groups_shared": int, "images": dict, "groups": dict},
    "recipe": {"epochs": int},
    "command": str,
    "training": {"epochs": int, "best_epoch": int, "seconds": (int, float), "precision": str},
    "check": {"probabilities": list},
    "test": {
        "n": int,
        "groups": int,
        "interval": str,
        "positive_class": str,
        "confusion": list,
        **dict.fromkeys(("accuracy", "sensitivity", "specificity", "auc"), METRIC),
    },
    "files": {name: {"sha256": str, "bytes": int} for name in FILES},
}
# What people decide about a finished model (see `amending`), each with who and when; absent until then.
OPERATING_POINT, CALIBRATION, REFERRAL, CARD = "operating_point", "calibration", "referral", "card"
TIMES_CHOSEN = "times_chosen"  # section -> how often it was written; each look at the test makes it less honest
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,95}")


@dataclass(frozen=True)
class Package:
    """One model folder and its manifest."""

    id: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in index order."""
        return tuple(self.manifest["class_names"])

    @property
    def positive_class(self) -> str:
        """The class that "sensitivity" is about."""
        return str(self.manifest["positive_class"])

    @property
    def input_size_px(self) -> tuple[int, int]:
        """(height, width) of the network's input."""
        size = self.manifest["input"]
        return int(size["height_px"]), int(size["width_px"])

    @property
    def is_leaky(self) -> bool:
        """Whether groups (patients) were on both sides of its split."""
        return bool(self.manifest["split"]["leaky"])

    @property
    def dataset_content(self) -> str:
        """Identity of the image files that it was trained on, whatever has been left out of them since."""
        made_of = self.manifest["dataset"]
        return str(made_of.get("content", made_of["fingerprint"]))

    @property
    def usual_peak(self) -> float | None:
        """The median peak of its heatmaps over validation images; None for a network without convolutions."""
        heatmap = self.manifest.get("heatmap")
        return float(heatmap["reference_peak"]) if heatmap else None

    @property
    def threshold(self) -> float | None:
        """The operating point: from this probability on (the model's own) the positive class is answered."""
        return self._find_kept(OPERATING_POINT, "threshold")

    @property
    def temperature(self) -> float | None:
        """By what the log odds are divided before a probability is shown, where it was fitted."""
        return self._find_kept(CALIBRATION, "temperature")

    @property
    def referral_limit(self) -> float | None:
        """The confidence (log odds, see `evaluation.deciding`) below which a case goes to a person."""
        return self._find_kept(REFERRAL, "limit")

    @property
    def test_now(self) -> dict[str, Any]:
        """Its result on the test images as it answers now: at the operating point where one is kept."""
        kept = self.manifest.get(OPERATING_POINT) or {}
        return dict(kept.get("test") or self.manifest["test"])

    def count_choices(self, section: str) -> int:
        """How often a section that people decide has been written, also if it was taken back since."""
        return int(self.manifest.get(TIMES_CHOSEN, {}).get(section, 0))

    def _find_kept(self, section: str, name: str) -> float | None:
        kept = self.manifest.get(section)
        return float(kept[name]) if kept else None

    def file(self, name: str) -> Path:
        """The path of one of the package's files."""
        return self.folder / name


def list_packages() -> list[Package]:
    """All whole packages, newest first; folders that are not whole are left out (`list_broken` names them)."""
    return [entry for entry in _scan() if isinstance(entry, Package)]


def list_broken() -> list[errors.ModelBroken]:
    """What is wrong with the model folders that are not whole."""
    return [entry for entry in _scan() if isinstance(entry, errors.ModelBroken)]


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


def write_package(wanted_id: str, manifest: dict[str, Any], fill: Callable[[Path], None]) -> Package:
    """Publish a model: `fill(folder)` writes its files aside, the manifest gets their hashes, then one rename lists it.

    Where `wanted_id` is taken, `-2`, `-3` ... is appended. Nothing is left behind when `fill` raises.
    """
    parent = paths.user_models_folder()
    parent.mkdir(parents=True, exist_ok=True)
    aside = parent / f".publishing-{uuid.uuid4().hex[:8]}"
    aside.mkdir()
    try:
        with files.disk_full_as_message(parent):
            fill(aside)
            return _publish(aside, parent, wanted_id, manifest)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _find_unlike(content: Any, shape: Any, name: str) -> str:
    """The name of the first value that has not the shape it should; empty where all have."""
    if not isinstance(shape, dict):
        return "" if isinstance(content, shape) else name
    if not isinstance(content, dict):
        return name
    for key, inner in shape.items():
        where = f"{name}.{key}".lstrip(".")
        unlike = _find_unlike(content[key], inner, where) if key in content else where
        if unlike:
            return unlike
    return ""


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


def remove_leftovers() -> None:
    """Remove what a publishing that was killed left behind. Only for the holder of the training slot."""
    for folder in paths.user_models_folder().glob(".publishing-*"):
        shutil.rmtree(folder)


def _publish(aside: Path, parent: Path, wanted_id: str, manifest: dict[str, Any]) -> Package:
    facts = {name: {"sha256": files.sha256_of(aside / name), "bytes": (aside / name).stat().st_size} for name in FILES}
    for model_id in _candidate_ids(wanted_id):
        target = parent / model_id
        if any((folder / model_id).exists() for folder in paths.model_folders()):
            continue
        files.write_json(aside / MANIFEST, {"schema": SCHEMA, "id": model_id, **manifest, "files": facts})
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
    return sorted(found.values(), key=lambda e: e.manifest["created"] if isinstance(e, Package) else "", reverse=True)


def _read(folder: Path) -> Package:
    """Read a manifest and check that each file has the size it names (hashes are checked when a model is loaded)."""
    manifest = files.read_json_or_none(folder / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise _broken(folder, f"a readable {MANIFEST} of schema {SCHEMA}", "none")
    unlike = _find_unlike(manifest, SHAPE, "")
    if unlike:
        raise _broken(folder, f"a {MANIFEST} with a usable {unlike}", "none")
    if manifest["id"] != folder.name:
        raise _broken(folder, f"a folder called {manifest['id']}, as its manifest says", folder.name)
    for name in FILES:
        path, wanted = folder / name, int(manifest["files"].get(name, {}).get("bytes", -1))
        if not path.is_file() or path.stat().st_size != wanted:
            size = path.stat().st_size if path.is_file() else 0
            raise _broken(folder, f"{name} of {wanted:,} bytes", f"{size:,} bytes")
    return Package(folder.name, folder, earlier.mark(manifest))


def read_file(found: Package, name: str) -> Path:
    """The path of one of the package's files, after a look whether it is as it was published. Raises `ModelBroken`."""
    require_unaltered(found, name)
    return found.file(name)


def require_unaltered(package: Package, name: str = MODEL_FILE) -> None:
    """Raise `ModelBroken` unless the file's sha256 is the one in the manifest."""
    if files.sha256_of(package.file(name)) != package.manifest["files"][name]["sha256"]:
        raise _broken(package.folder, f"{name} as it was published (sha256 in {MANIFEST})", "other bytes")


def _broken(folder: Path, expected: str, found: str) -> errors.ModelBroken:
    return errors.ModelBroken(
        expected=expected,
        found=found,
        where=f"trained_models/{folder.name}",
        todo="Copy the whole folder again, or remove it; other models are not affected.",
    )


def describe(package: Package) -> dict[str, Any]:
    """The package as `python -m core models --json` lists it."""
    manifest = package.manifest
    return {
        "id": package.id,
        "architecture": manifest["architecture"],
        "parameters": manifest["parameters"],
        "dataset": manifest["dataset"]["name"],
        "split": manifest["split"]["rule"],
        "leaky": package.is_leaky,
        "created": manifest["created"],
        "class_names": list(package.class_names),
        "positive_class": package.positive_class,
        "test": package.test_now,
    }

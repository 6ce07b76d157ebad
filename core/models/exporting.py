"""A model's structure and weights as two files, for use without this program. Needs TensorFlow (inside).

What is written is read back from those two files alone and must answer as the model does; else nothing is left.
"""

import shutil
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from core.base import asides, errors, files, paths
from core.models import backend, loading, normalisation, package

STRUCTURE_FILE = "model.json"
WEIGHTS_FILE = "model.weights.h5"
README_FILE = "README.txt"
FILES = (STRUCTURE_FILE, WEIGHTS_FILE, package.HISTORY_FILE, package.MANIFEST, README_FILE)
SAME_ANSWER = 1e-6
_README = """{id}
{line}
An image classifier from Second Look. It assists a person who looks at images; it does not diagnose.

{structure}  the network's structure (Keras {keras})
{weights}  its weights, float32
{history}  how the training went, one line an epoch
{manifest}  what it was trained on and how it did on test images, with intervals

To load it, with Keras {keras} and TensorFlow {tensorflow} in this folder:

    import keras
    network = keras.models.model_from_json(open("{structure}").read())
    network.load_weights("{weights}")

Input: float32 of shape (N, {height_px}, {width_px}, 3): N images in RGB (not BGR), {height_px} px high,
{width_px} px wide, values 0 to 255 as they stand in an image file. They are scaled inside the
network: do not divide by 255.{brought}
Output of network(images): probabilities of shape (N, {class_count}), each row adds up to 1. The columns are:
{classes}

Load structures and weights only from people whom you trust: Keras refuses code in such a file, but that is a filter
and not a wall. manifest.json names the model that these files were made from; they have no checksum of their own.
"""


def export_model(model_id: str, folder: Path, *, overwrite: bool = False) -> Path:
    """Write a model's structure, weights, history and manifest with a README into `folder`; returns its full path.

    It is written beside `folder` and renamed, so that it is whole or absent. A folder that has something in it is
    refused; with `overwrite` it is replaced if it is an earlier export, and refused still if it is anything else.
    Raises `ModelNotFound`, `ModelBroken`, `ExportNotPossible`, `DiskFull`.
    """
    target = folder.expanduser().resolve()
    try:
        _require_replaceable(target, overwrite=overwrite)
        loaded = loading.load_model(model_id)
        with files.disk_full_as_message(target), asides.make_folder(_find_parent(target), "exporting") as aside:
            files.require_free(aside, _count_bytes(loaded.package))
            _fill(aside, loaded)
            _require_same_answers(aside, loaded)
            _put_in_place(aside, target, overwrite=overwrite)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise _not_possible("a place where a folder can be made", error.strerror or str(error), target) from error
    return target


def _find_parent(target: Path) -> Path:
    """The nearest folder above that is there: on the same disk, so that what is written can be renamed."""
    return next(folder for folder in target.parents if folder.exists())


def _fill(aside: Path, loaded: loading.LoadedModel) -> None:
    """Write all files; the large one is put on the disk itself before the folder counts."""
    (aside / STRUCTURE_FILE).write_text(loaded.network.to_json(indent=1), encoding="utf-8")
    loaded.network.save_weights(aside / WEIGHTS_FILE)
    files.flush_to_disk(aside / WEIGHTS_FILE)
    for name in (package.HISTORY_FILE, package.MANIFEST):
        shutil.copyfile(loaded.package.file(name), aside / name)
    (aside / README_FILE).write_text(_compose_readme(loaded.package), encoding="utf-8")


def _compose_readme(found: package.Package) -> str:
    versions = backend.describe_versions()
    height_px, width_px = found.input_size_px
    return _README.format(
        id=found.id,
        line="=" * len(found.id),
        structure=STRUCTURE_FILE,
        weights=WEIGHTS_FILE,
        history=package.HISTORY_FILE,
        manifest=package.MANIFEST,
        height_px=height_px,
        width_px=width_px,
        brought=_describe_form(found.form),
        class_count=len(found.class_names),
        classes="\n".join(f"    {number}  {' '.join(name.split())}" for number, name in enumerate(found.class_names)),
        keras=versions["keras"],
        tensorflow=versions["tensorflow"],
    )


def _describe_form(form: normalisation.Form) -> str:
    """What must be made of an image before; only in the form in which it learnt does it answer as it was tested."""
    if form == normalisation.AS_IT_CAME:
        return ""
    arguments = f"image_rgb, {form.kind!r}, {form.wanted and list(form.wanted)}, None, {form.version}"
    words = (
        "Before that each image must be brought to the form in which the network learnt. "
        f"{normalisation.describe(form)} Here this is done by normalise_as({arguments}) of "
        "core/models/normalisation.py, then the image is resized; without it the answers mean little."
    )
    return "\n\n" + textwrap.fill(words, 100)


def read_export(folder: Path) -> Any:
    """The network of an export, uncompiled, from its two files: only for folders that this program wrote.

    Keras' safe mode is on for both; it refuses code in a structure, yet it is a filter and not a wall.
    """
    keras = backend.load_keras()
    network = keras.models.model_from_json((folder / STRUCTURE_FILE).read_text(encoding="utf-8"))
    network.load_weights(folder / WEIGHTS_FILE)
    return network


def _require_same_answers(aside: Path, loaded: loading.LoadedModel) -> None:
    """An export that answers differently must not be left for anybody to use."""
    size_px = loaded.package.input_size_px
    expected = loading.compute_check(loaded.network, size_px)
    answers = loading.compute_check(read_export(aside), size_px)
    if answers.shape != expected.shape or not np.allclose(answers, expected, rtol=0, atol=SAME_ANSWER):
        raise errors.ExportNotPossible(
            expected=f"the same answers from the exported files, to {SAME_ANSWER:g}",
            found="other answers to the same check images",
            where=loaded.package.id,
            todo="This is a fault of the program or the disk; please report it. Nothing was left behind.",
        )


def _require_replaceable(target: Path, *, overwrite: bool) -> None:
    """Raise `ExportNotPossible` where something would be lost, or where the folder would pass for a model."""
    for models in paths.model_folders():
        if target.is_relative_to(models.resolve()):
            raise _not_possible("a folder outside the models of this program", "one among them", target)
    if target.exists() and not target.is_dir():
        raise _not_possible("a folder", "a file", target)
    present = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if not present:
        return
    if not present <= set(FILES) or STRUCTURE_FILE not in present:
        raise _not_possible("a new or empty folder", f"one with {len(present)} other files or folders", target)
    if not overwrite:
        raise _not_possible(
            "a new or empty folder", "an earlier export", target, "Choose another folder, or say --overwrite."
        )


def _put_in_place(aside: Path, target: Path, *, overwrite: bool) -> None:
    """Rename onto `target`, which may be an empty folder or, with `overwrite`, an earlier export."""
    _require_replaceable(target, overwrite=overwrite)  # once more: some seconds have passed
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()
    files.remove_folder(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside.rename(target)


def _count_bytes(found: package.Package) -> int:
    return sum(found.file(name).stat().st_size for name in (package.MODEL_FILE, package.HISTORY_FILE))


def _not_possible(
    expected: str, found: str, target: Path, todo: str = "Choose another folder."
) -> errors.ExportNotPossible:
    return errors.ExportNotPossible(expected=expected, found=found, where=str(target), todo=todo)

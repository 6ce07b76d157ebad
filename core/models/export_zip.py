"""A model's export as one .zip, for the browser. Building one needs TensorFlow (inside), so pages leave it to a job."""

import zipfile
from pathlib import Path

from core.base import asides, files, paths, progress
from core.models import exporting, package

WHAT = "Writing structure and weights, and reading them back"


def find_archive(found: package.Package) -> Path | None:
    """The .zip of this very state of a model, where one has been built; its manifest belongs to the state."""
    path = _archive_path(found)
    return path if path.is_file() else None


def build_archive(model_id: str, report: progress.Report = progress.say_nothing) -> Path:
    """Export a model (`exporting.export_model`) into one .zip, whole or absent, unless it is there already.

    Earlier archives of the model are removed. Raises what `export_model` raises, and progress.Cancelled.
    """
    found = package.find_package(model_id)
    target = _archive_path(found)
    if target.is_file():
        return target
    report(0, 2, WHAT)
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.disk_full_as_message(target), asides.make_folder(target.parent, "export") as aside:
        folder = exporting.export_model(model_id, aside / model_id)
        report(1, 2, WHAT)
        files.write_whole(target, lambda path: _pack(folder, path))
    for earlier in target.parent.glob(f"{model_id}-*.zip"):
        if earlier != target and earlier.stem.removeprefix(f"{model_id}-").isalnum():  # not of a model `<id>-2`
            earlier.unlink(missing_ok=True)
    report(2, 2, WHAT)
    return target


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")


def _archive_path(found: package.Package) -> Path:
    """In the cache, which may be emptied at any time."""
    state = files.sha256_of(found.file(package.MANIFEST))[:12]
    return paths.cache_folder() / "exports" / f"{found.id}-{state}.zip"

import zipfile

import pytest

from core.base import errors, paths, progress
from core.models import amending, export_zip, exporting, package


@pytest.fixture
def exported(monkeypatch):
    """Exports that need no network; the folders they went to."""
    folders = []

    def export(model_id, folder, *, overwrite=False):
        package.find_package(model_id)
        folder.mkdir(parents=True)
        (folder / "model.json").write_text("{}")
        folders.append(folder)
        return folder

    monkeypatch.setattr(exporting, "export_model", export)
    return folders


def test_an_archive_is_built_once_for_each_state(small_model, exported):
    assert export_zip.find_archive(small_model) is None
    path = export_zip.build_archive(small_model.id)
    assert export_zip.find_archive(small_model) == path
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"{small_model.id}/model.json"]
    assert export_zip.build_archive(small_model.id) == path
    assert len(exported) == 1
    amended = amending.amend(small_model, {package.CARD: {"users": "x"}})
    assert export_zip.find_archive(amended) is None  # its manifest is in the archive
    neighbour = path.with_name(f"{small_model.id}-2-0123456789ab.zip")
    neighbour.write_bytes(b"of another model")
    newer = export_zip.build_archive(small_model.id)
    assert sorted(path.parent.iterdir()) == sorted([newer, neighbour])


def test_what_is_cancelled_leaves_nothing(small_model, exported):
    def cancel(done, total, what):
        if done:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        export_zip.build_archive(small_model.id, cancel)
    assert list((paths.cache_folder() / "exports").iterdir()) == []


def test_an_unknown_model(home, exported):
    with pytest.raises(errors.ModelNotFound):
        export_zip.build_archive("nobody")

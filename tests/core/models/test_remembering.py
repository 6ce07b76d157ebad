"""How images look is kept with the model: compact, the same for the same images, and added to older models."""

import numpy as np
import pytest

from core.base import errors, files, paths
from core.datasets.index import index
from core.models import package, remembering, tables
from tests.support import decided, made_models, seen_images


@pytest.fixture
def older(tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    rows = tiny_dataset.table.index
    return seen_images.train(tiny_dataset, rows[:40], validated=rows[40:50], tested=rows[50:], keep=False)


def list_file(found, entry):
    """Have the manifest say this of the file of pictures."""
    path = found.folder / package.MANIFEST
    content = files.read_json(path)
    files.write_json(path, {**content, "files": {**content["files"], package.PICTURES_FILE: entry}})


def test_an_older_model_is_upgraded_and_nothing_else_of_it_changes(older, tiny_dataset):
    assert not older.has(package.PICTURES_FILE)
    found = remembering.remember(older)
    assert found.has(package.PICTURES_FILE)
    kept = tables.read_pictures(found)
    assert sorted(kept.image_ids) == sorted(tiny_dataset.table["image_id"])
    again = remembering.collect(tiny_dataset, tiny_dataset.table.index.to_numpy())
    np.testing.assert_array_equal(kept.select(again.image_ids), again.pictures)
    before, now = older.manifest.to_json(), found.manifest.to_json()
    assert now["files"].pop(package.PICTURES_FILE)
    assert now == before
    assert remembering.remember(found) == found


def test_models_of_the_same_images_have_the_same_file(older, tiny_dataset, tmp_path):
    rows = np.arange(72)
    for name, order in (("a", rows), ("b", rows[::-1])):
        remembering.write(tmp_path / name, remembering.collect(tiny_dataset, order))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_empty_table_is_written_and_read(older, tiny_dataset):
    nothing = remembering.collect(tiny_dataset, np.zeros(0, np.int64))
    remembering.write(older.file(package.PICTURES_FILE), nothing)
    list_file(older, package.describe_file(older.file(package.PICTURES_FILE)).to_json())
    assert len(tables.read_pictures(package.find_package(older.id)).pictures) == 0


def test_excluded_images_are_still_known(older, tiny_dataset):
    decided.exclude("tiny", tiny_dataset.table["image_id"].tolist()[:5])
    assert len(tables.read_pictures(remembering.remember(older)).image_ids) == 72


def test_without_its_images_a_model_is_not_upgraded(older):
    index.remove_index("tiny")
    assert not remembering.can_be_remembered(older)
    with pytest.raises(errors.DatasetNotFound, match="a data set with all images of m"):
        remembering.remember(older)


def test_what_another_model_says_need_not_be_said_twice(older, tiny_dataset):
    assert remembering.can_be_remembered(older)
    remembering.remember(older)
    rows = tiny_dataset.table.index
    second = seen_images.train(tiny_dataset, rows[:30], tested=rows[30:], model_id="second", keep=False)
    assert not remembering.can_be_remembered(second)


@pytest.mark.parametrize("content", [b"", b"PAR1 no table", b"x" * 3000])
def test_a_file_that_is_none_is_a_fault_of_the_model(older, content):
    found = remembering.remember(older)
    path = found.file(package.PICTURES_FILE)
    path.write_bytes(content)
    list_file(found, package.describe_file(path).to_json())
    with pytest.raises(errors.ModelBroken, match=r"pictures\.parquet with"):
        tables.read_pictures(package.find_package(found.id))


@pytest.mark.parametrize("entry", [{}, "x", {"sha256": 5, "bytes": 1}, {"sha256": "0" * 64, "bytes": -1}])
def test_a_manifest_that_tells_nonsense_of_the_file_is_a_named_fault(older, entry):
    list_file(older, entry)
    with pytest.raises(errors.ModelBroken, match=r"files\[\.\.\.\]"):
        package.find_package(older.id)


def test_a_table_with_pictures_of_another_size_is_refused(older):
    found = remembering.remember(older)
    path = found.file(package.PICTURES_FILE)
    made_models.make_answers(np.array([0, 1])).assign(name=1, picture=b"abc").to_parquet(path)
    list_file(found, package.describe_file(path).to_json())
    with pytest.raises(errors.ModelBroken, match="pictures of 100 bytes"):
        tables.read_pictures(package.find_package(found.id))

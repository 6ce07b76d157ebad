"""What a model has seen: copies under any name, patients by their naming rule, and nothing of an unrelated data set."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.base import errors, files, paths
from core.datasets.index import index
from core.models import package, provenance, remembering, seen, tables
from tests.support import made_models
from tests.support.seen_images import number_only, rows_of, save_anew, train

NAMES = made_models.NAMES
ELSEWHERE = {"name": "elsewhere", "fingerprint": "e" * 64, "group_rule": "malaria"}


@pytest.fixture
def only_users(monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])


def keep_name(number: int, stem: str) -> str:
    return stem


def look(found: package.Package, data: index.Index) -> seen.Seen:
    return provenance.look(found, provenance.of_dataset(data))


def count(looked: seen.Seen) -> dict[str, int]:
    return {rule: sum(parts.values()) for rule, parts in looked.count().items() if sum(parts.values())}


@pytest.mark.parametrize("rename", [keep_name, number_only])
def test_training_images_saved_anew_under_other_names_are_seen(tiny_dataset, only_users, rename):
    """The leak of before: none of them counted as known, since their bytes and the data set's name are others."""
    found = train(tiny_dataset, rows_of(tiny_dataset, "P0", "P1", "P2"), tested=rows_of(tiny_dataset, "P3", "P4"))
    copies = save_anew(tiny_dataset, "copies", rows_of(tiny_dataset, "P0", "P1"), rename)
    looked = look(found, copies)
    assert looked.known.all()
    assert count(looked) == {"picture": 12}
    assert looked.say()[0] == "12 of 12 images are near-identical to its training images."
    if rename is keep_name:
        assert looked.count_patients() == {"training": 2, "validation": 0, "of": 2}
        assert "2 of 2 patients of these images are in its training." in looked.say()


def test_copies_of_test_images_are_unseen(tiny_dataset, only_users):
    found = train(tiny_dataset, rows_of(tiny_dataset, "P0", "P1"), tested=rows_of(tiny_dataset, "P2", "P3"))
    looked = look(found, save_anew(tiny_dataset, "copies", rows_of(tiny_dataset, "P2", "P3"), number_only))
    assert not looked.known.any()
    assert set(looked.levels[seen.PICTURE]) == {seen.TEST}


def test_validation_images_are_seen_and_told_from_training(tiny_dataset, only_users):
    found = train(
        tiny_dataset,
        rows_of(tiny_dataset, "P0"),
        validated=rows_of(tiny_dataset, "P1"),
        tested=rows_of(tiny_dataset, "P2", "P3"),
    )
    looked = look(found, tiny_dataset)
    assert looked.count()["content"] == {"training": 6, "validation": 6}
    assert looked.count_patients() == {"training": 1, "validation": 1, "of": 12}
    copies = save_anew(tiny_dataset, "copies", rows_of(tiny_dataset, "P1", "P2"), number_only)
    assert look(found, copies).count()["picture"] == {"training": 0, "validation": 6}


def test_other_images_of_a_patient_in_training_are_seen_whatever_the_data_set_is_called(tiny_dataset, only_users):
    """The same naming rule gives the patient in both; not one image is the same."""
    rows = rows_of(tiny_dataset, "P0", "P1", "P2")
    found = train(tiny_dataset, rows[::2], tested=rows_of(tiny_dataset, "P4", "P5"))
    looked = look(found, save_anew(tiny_dataset, "others", rows[1::2] + rows_of(tiny_dataset, "P6"), keep_name))
    assert count(looked) == {"patient": 9}
    assert looked.say() == ["3 of 4 patients of these images are in its training."]


def test_the_models_rule_reads_names_whatever_rule_the_data_set_was_read_by(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    found = train(tiny_dataset, rows[::2], tested=rows_of(tiny_dataset, "P4"))
    save_anew(tiny_dataset, "others", rows[1::2] + rows_of(tiny_dataset, "P6"), keep_name)
    assert count(look(found, index.build_index("others", group_rule="none"))) == {"patient": 6}


def write_strangers(name: str, stems: list[str], seed: int = 5) -> index.Index:
    """Other images of the same classes, with these names."""
    random = np.random.default_rng(seed)
    for class_name in NAMES:
        folder = paths.datasets_folder() / name / class_name
        folder.mkdir(parents=True)
        for stem in stems:
            target = folder / f"{stem}.png"
            target.parent.mkdir(exist_ok=True)
            Image.fromarray(random.integers(90, 220, (20, 20, 3), dtype=np.uint8)).save(target)
    return index.build_index(name, group_rule="folder" if "/" in stems[0] else "auto")


@pytest.mark.parametrize("stems", [["1", "2", "3"], ["img_0001", "img_0002"], ["1/a", "2/a", "3/a"]])
def test_names_that_any_data_set_has_are_no_evidence(home, only_users, stems):
    """`1.png` and a folder `1` are somebody else in another data set."""
    own, other = write_strangers("own", stems, 1), write_strangers("other", stems, 2)
    found = train(own, own.table.index[:2], tested=own.table.index[2:])
    assert not look(found, other).known.any()


def test_a_name_with_nearly_the_picture_is_evidence_and_alone_it_is_none(tiny_dataset, only_users, monkeypatch):
    """As for a copy that has been changed a little more than a near-identical one may be."""
    without = {**ELSEWHERE, "group_rule": "none"}
    found = train(tiny_dataset, rows_of(tiny_dataset, "P0"), tested=rows_of(tiny_dataset, "P1"), dataset=without)
    monkeypatch.setattr(provenance.pictures, "LEAST_ALIKE", 1.1)
    assert not look(found, save_anew(tiny_dataset, "renamed", rows_of(tiny_dataset, "P0"), number_only)).known.any()
    copies = save_anew(tiny_dataset, "copies", rows_of(tiny_dataset, "P0"), keep_name)
    looked = look(found, copies)
    assert count(looked) == {"name": 6}
    assert looked.say()[0].startswith(
        "6 of 6 images have the file name, and nearly the picture, of its training images"
    )
    names = [Path(path).stem for path in copies.table["path"][:3]]
    assert not look(found, write_strangers("strangers", names)).known.any()


def test_patients_that_are_mere_numbers_count_where_an_image_is_shared(home, only_users):
    own = write_strangers("own", ["1/a", "2/a", "3/a"], 1)
    found = train(own, own.table.index[:2], tested=own.table.index[4:])
    more = paths.datasets_folder() / "more"
    for row in (0, 1):
        source = Path(own.table.at[row, "path"])
        for name, content in ((source.name, None), ("b.png", np.random.default_rng(row).integers(0, 255, (20, 20, 3)))):
            target = more / source.parent / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(paths.datasets_folder() / "own" / source) as image:
                shown = image if content is None else Image.fromarray(content.astype(np.uint8))
                shown.save(target)
    other = more / NAMES[1] / "9"
    other.mkdir(parents=True)
    Image.new("RGB", (20, 20), "red").save(other / "a.png")
    looked = look(found, index.build_index("more", group_rule="folder"))
    assert count(looked) == {"content": 2, "patient": 2}


def test_long_numbers_are_one_patient_everywhere(home, only_users):
    stems = ["2015091844/a", "2015091845/a"]
    own, other = write_strangers("own", stems, 1), write_strangers("other", stems, 2)
    found = train(own, rows_of(own, "2015091844"), tested=rows_of(own, "2015091845"))
    assert count(look(found, other)) == {"patient": 2}


def test_drawn_patients_of_another_drawing_are_others(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    made_of = {**ELSEWHERE, "kind": "drawn"}
    found = train(tiny_dataset, rows, tested=rows_of(tiny_dataset, "P2"), dataset=made_of)
    other = write_strangers("other", ["P0thinF_IMG_0_cell_0", "P1thinF_IMG_0_cell_0"])
    assert other.group_rule == "malaria"
    assert not look(found, other).known.any()


def test_older_models_take_pictures_from_a_data_set_here_and_else_say_that_they_could_not(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    found = train(tiny_dataset, rows, tested=rows_of(tiny_dataset, "P2"), keep=False, dataset=ELSEWHERE)
    copies = save_anew(tiny_dataset, "copies", rows, number_only)
    assert count(look(found, copies)) == {"picture": 12}
    index.remove_index("tiny")
    looked = look(found, copies)
    assert not looked.known.any()
    assert provenance.NOTHING_KEPT in looked.say()


def test_older_models_take_pictures_from_a_model_of_the_same_images(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    found = train(tiny_dataset, rows[:6], tested=rows[6:], model_id="older", keep=False)
    train(tiny_dataset, rows[6:], tested=rows[:6] + rows_of(tiny_dataset, "P5"), model_id="newer")
    copies = save_anew(tiny_dataset, "copies", rows, number_only)
    index.remove_index("tiny")
    assert count(look(found, copies)) == {"picture": 6}  # what the newer one was trained on, this one was tested on


def test_a_damaged_folder_of_another_model_is_no_fault_of_this_one(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    found = train(tiny_dataset, rows, tested=rows_of(tiny_dataset, "P2"), model_id="older", keep=False)
    other = train(tiny_dataset, rows, tested=rows_of(tiny_dataset, "P2"), model_id="newer")
    path = other.file(package.PICTURES_FILE)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    copies = save_anew(tiny_dataset, "copies", rows, number_only)
    assert count(look(found, copies)) == {"picture": 12}


def test_copies_within_the_data_set_that_somebody_looked_for_count(tiny_dataset, only_users):
    found = train(tiny_dataset, [0], tested=rows_of(tiny_dataset, "P7"), dataset={**ELSEWHERE, "group_rule": "none"})
    asked = provenance.of_dataset(tiny_dataset)
    stranger = rows_of(tiny_dataset, "P5")[0]
    pairs = pd.DataFrame({"row_a": [0], "row_b": [stranger]})
    looked = provenance.look(found, provenance.Asked(asked.table, asked.rule, asked.read_pictures, pairs=pairs))
    assert looked.known[stranger]
    assert looked.levels[seen.PATIENT][rows_of(tiny_dataset, "P5")].tolist() == [seen.TRAINING] * 6


def test_the_images_of_another_model_are_asked_without_any_data_set(tiny_dataset, only_users):
    one = train(tiny_dataset, rows_of(tiny_dataset, "P0", "P1"), tested=rows_of(tiny_dataset, "P2"), model_id="one")
    copies = save_anew(tiny_dataset, "copies", rows_of(tiny_dataset, "P0", "P3"), number_only)
    other = train(copies, copies.table.index[:2], tested=copies.table.index[2:], model_id="other")
    for name in ("tiny", "copies"):
        index.remove_index(name)
    scored = tables.read_predictions(other)
    looked = provenance.look(one, provenance.of_package(other, scored))
    assert 0 < looked.known.sum() < len(scored)
    assert set(count(looked)) == {"picture"}


@pytest.mark.data
def test_unseen_cells_of_the_same_laboratory_are_not_near_identical(shared_datasets, home):
    """None of 6,239 validation and test cells is taken for one of 14,672 training cells, though all are round."""
    found = package.find_package("malaria-base-cnn")
    kept, scored = tables.read_pictures(found), tables.read_predictions(found)
    held = pd.Series(kept.image_ids).isin(scored["image_id"]).to_numpy()
    asked, _ = provenance.pictures.Sought(kept.pictures[~held]).find_near(kept.pictures[held])
    assert (int(held.sum()), len(set(asked.tolist()))) == (6239, 0)


def test_a_data_set_whose_files_are_gone_is_asked_without_pictures(tiny_dataset, only_users):
    rows = rows_of(tiny_dataset, "P0", "P1")
    found = train(tiny_dataset, rows, tested=rows_of(tiny_dataset, "P2"))
    copies = save_anew(tiny_dataset, "copies", rows, keep_name)
    files.remove_folder(paths.datasets_folder() / "copies")
    files.remove_folder(paths.cache_folder())
    looked = look(found, copies)
    assert count(looked) == {"patient": 12}
    assert provenance.NO_PICTURES in looked.say()


def test_another_data_set_that_cannot_be_read_is_no_fault_of_the_model(tiny_dataset, only_users, monkeypatch):
    found = train(tiny_dataset, [0], tested=rows_of(tiny_dataset, "P2"), keep=False)

    def refuse(name: str) -> index.Index:
        raise errors.IndexBroken(expected="an index", found="a torn one", where=name, todo="Index it again.")

    monkeypatch.setattr(remembering.index, "read_index", refuse)
    assert remembering.find(found) is None

"""What is said of an image that a person asks about: was it, a copy of it or its patient part of the training?"""

from pathlib import Path

import pytest

from core.base import paths
from core.datasets.index import index
from core.prediction import examples
from tests.support import seen_images

ANYTHING_NEW = "its answer says nothing about new ones"


@pytest.fixture
def trained(tiny_dataset, monkeypatch):
    """A model that was trained on P0 and P1, validated on P2 and tested on P3."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    parts = [seen_images.rows_of(tiny_dataset, *names) for names in (("P0", "P1"), ("P2",), ("P3",))]
    return seen_images.train(tiny_dataset, parts[0], validated=parts[1], tested=parts[2])


def say_upload(found, data: index.Index, patient: str, name: str) -> str:
    """What is said of an image of a patient, saved anew under another name and dropped in."""
    copies = seen_images.save_anew(data, "copies", [*seen_images.rows_of(data, patient)[:2], 70], lambda n, _: name)
    path = paths.datasets_folder() / "copies" / copies.table["path"].iloc[0]
    return examples.find_origin(found, examples.from_upload(name + ".jpg", path.read_bytes())).words


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ("P0", f"The model was trained on this very image: {ANYTHING_NEW}."),
        ("P2", "This image was used to decide when the training should end."),
        ("P3", "This is one of the model's test images: it never saw this image or any other of patient P3."),
        ("P5", ""),
    ],
)
def test_an_image_of_the_data_set(trained, tiny_dataset, patient, words):
    row = seen_images.rows_of(tiny_dataset, patient)[1]
    assert examples.find_origin(trained, examples.from_dataset(tiny_dataset, row)).words == words


@pytest.mark.parametrize(
    ("patient", "mark"),
    [("P0", "Trained on this very image"), ("P2", "Validation image"), ("P3", "Test image"), ("P5", "")],
)
def test_the_mark_of_an_image_is_short_and_of_the_same(trained, tiny_dataset, patient, mark):
    found = examples.find_origin(
        trained, examples.from_dataset(tiny_dataset, seen_images.rows_of(tiny_dataset, patient)[1])
    )
    assert (
        found.mark == mark and bool(found.words) == bool(mark) and found.trained == mark.startswith("Trained on this v")
    )


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ("P0", f"The model was trained on a near-identical image: {ANYTHING_NEW}."),
        ("P2", "A near-identical image was used to decide when the training should end."),
        ("P3", "One of the model's test images is near-identical to this one."),
        ("P5", ""),
    ],
)
def test_a_copy_that_is_dropped_in(trained, tiny_dataset, patient, words):
    assert say_upload(trained, tiny_dataset, patient, "1") == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("P1thinF_new", "The model was trained on other images of patient P1."),
        ("P2thinF_new", "Other images of patient P2 were used to decide when the training should end."),
        ("P9thinF_new", ""),
    ],
)
def test_a_new_image_of_a_patient(trained, tiny_dataset, name, words):
    assert say_upload(trained, tiny_dataset, "P5", name) == words


def test_a_leaky_model_knows_the_patient_of_its_test_image(tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    rows = seen_images.rows_of(tiny_dataset, "P0")
    found = seen_images.train(tiny_dataset, rows[:3], tested=rows[3:], leaky=True)
    said = examples.find_origin(found, examples.from_dataset(tiny_dataset, rows[4])).words
    assert said == "This is one of the model's test images. The model was trained on other images of patient P0."


def test_an_older_model_says_what_could_not_be_asked(tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    rows = seen_images.rows_of(tiny_dataset, "P0")
    found = seen_images.train(tiny_dataset, rows[:3], tested=rows[3:], keep=False)
    index.remove_index("tiny")
    content = (paths.datasets_folder() / "tiny" / Path(tiny_dataset.table.at[70, "path"])).read_bytes()
    assert "could not be asked" in examples.find_origin(found, examples.from_upload("1.png", content)).words


def test_samples_are_the_models_test_images(trained, tiny_dataset):
    rows = examples.list_rows(trained, tiny_dataset, tiny_dataset.class_names[0])
    assert set(tiny_dataset.table.loc[rows, "group"]) == {"P3"}

"""The most similar training images: by angles worked out by hand, without the image itself and its copies."""

import numpy as np
import pytest

from core.base import errors, paths
from core.datasets.index import decoding, index
from core.gate import gate
from core.models import package
from core.prediction import examples, similar
from core.runtimes import base, opening
from tests.support import brightness, made_gates, seen_images


class Colours(brightness.BrightnessRuntime):
    """Its features are the mean of each channel."""

    def _make_features(self, layer_name):
        return lambda chunk: chunk.mean(axis=(1, 2)) / 255


@pytest.fixture
def trained(tiny_dataset, monkeypatch):
    """A model that was trained on P0 to P3; it sees colours."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (Colours,))
    rows = seen_images.rows_of(tiny_dataset, "P0", "P1", "P2", "P3")
    return seen_images.train(tiny_dataset, rows, validated=seen_images.rows_of(tiny_dataset, "P4"))


def find(found, data, image_rgb, left_out=()):
    known = similar.read_kept(found, data)
    placed = similar.place_among_all(found, opening.open_runtime(found), known, image_rgb)
    return similar.find_nearest(data, placed, left_out)


def test_the_nearest_are_those_of_the_smallest_angle(trained, tiny_dataset):
    assert similar.read_kept(trained, tiny_dataset) is None
    assert similar.prepare(trained.id) == 30
    image_rgb = examples.from_dataset(tiny_dataset, 70).image_rgb
    found = find(trained, tiny_dataset, image_rgb)

    def see(picture):
        return decoding.resize_image(picture, 64, 64).astype(float).mean(axis=(0, 1))

    rows = seen_images.rows_of(tiny_dataset, "P0", "P1", "P2", "P3")
    sides = [see(examples.from_dataset(tiny_dataset, row).image_rgb) for row in rows]
    cosines = [side @ see(image_rgb) / np.linalg.norm(side) / np.linalg.norm(see(image_rgb)) for side in sides]
    wanted = np.array(rows)[np.argsort(cosines)[::-1][:5]]
    # Colours of noise are nearly the same: half precision may change places that are next to each other.
    assert len({one.row for one in found.neighbours} & set(np.array(rows)[np.argsort(cosines)[::-1][:8]])) == 5
    assert {one.row for one in found.neighbours} & set(wanted)
    assert (found.among, found.whole) == (24, True)
    assert [one.distance for one in found.neighbours] == sorted(one.distance for one in found.neighbours)
    first = found.neighbours[0]
    assert first.class_name == tiny_dataset.class_names[tiny_dataset.find_label(first.row)]
    assert first.group == tiny_dataset.table.at[first.row, "group"]
    others = sum(one.class_name == "Parasitized" for one in found.neighbours)
    assert (found.count_other("Uninfected"), found.count_other("Parasitized")) == (others, 5 - others)


def test_of_validation_images_the_labels_of_the_nearest_are_kept(trained, tiny_dataset):
    similar.prepare(trained.id)
    kept = similar.read_kept(trained, tiny_dataset)
    rows = seen_images.rows_of(tiny_dataset, "P4")
    assert kept.checked_ids.tolist() == tiny_dataset.table.loc[rows, "image_id"].tolist()
    for row, labels in zip(rows, kept.near_labels, strict=True):
        found = find(trained, tiny_dataset, examples.from_dataset(tiny_dataset, row).image_rgb)
        here = [tiny_dataset.find_label(one.row) for one in found.neighbours]
        assert abs(sum(here) - labels.sum()) <= 1  # half precision may change places that are next to each other


def test_an_image_is_not_its_own_neighbour(trained, tiny_dataset):
    similar.prepare(trained.id)
    row = seen_images.rows_of(tiny_dataset, "P1")[0]
    example = examples.from_dataset(tiny_dataset, row)
    assert find(trained, tiny_dataset, example.image_rgb).neighbours[0].row == row
    left_out = examples.list_copies(trained, example)
    found = find(trained, tiny_dataset, example.image_rgb, left_out)
    assert row not in [one.row for one in found.neighbours]
    assert (len(found.neighbours), found.among) == (5, 23)


def test_a_copy_in_another_file_is_not_its_neighbour(trained, tiny_dataset):
    similar.prepare(trained.id)
    row = seen_images.rows_of(tiny_dataset, "P1")[0]
    copies = seen_images.save_anew(tiny_dataset, "copies", [row, 70], seen_images.number_only)
    path = paths.datasets_folder() / "copies" / copies.table["path"].iloc[0]
    dropped = examples.from_upload("new.jpg", path.read_bytes())
    left_out = examples.list_copies(trained, dropped)
    assert dropped.image_id in left_out
    found = find(trained, tiny_dataset, dropped.image_rgb, left_out)
    assert row not in [one.row for one in found.neighbours]


def test_until_all_were_asked_those_of_the_gate_do(trained, tiny_dataset):
    made = made_gates.make_gate(wide=False)
    ids = tiny_dataset.table.loc[seen_images.rows_of(tiny_dataset, "P0", "P1")[:7], "image_id"].to_numpy(str)
    places = made.near_places.astype(np.float32)
    near = similar.Places(ids, places, places[3], whole=False)
    found = similar.find_nearest(tiny_dataset, near, ())
    assert (found.whole, found.among) == (False, 7)
    assert found.neighbours[0].row == tiny_dataset.table.index[tiny_dataset.table["image_id"] == ids[3]][0]
    seen = gate.Seen(np.zeros((1, 5)), None, np.zeros((1, 4)))
    assert made.locate(seen).shape == (1, places.shape[1])


def test_a_runtime_without_features_says_so(trained, tiny_dataset):
    similar.prepare(trained.id)
    known = similar.read_kept(trained, tiny_dataset)
    asked = brightness.BrightnessRuntime((64, 64), where="a test")
    assert isinstance(similar.place_among_all(trained, asked, known, np.zeros((9, 9, 3), np.uint8)), base.Lacking)


def test_a_torn_file_is_as_none_and_made_again(trained, tiny_dataset):
    similar.prepare(trained.id)
    path = similar.features_path(trained, tiny_dataset)
    path.write_bytes(path.read_bytes()[:100])
    assert similar.read_kept(trained, tiny_dataset) is None
    similar.prepare(trained.id)
    assert similar.read_kept(trained, tiny_dataset) is not None


def test_another_network_under_the_same_id_has_its_own_file(trained, tiny_dataset):
    before = similar.features_path(trained, tiny_dataset)
    manifest = trained.file(package.MANIFEST)
    manifest.write_text(
        manifest.read_text().replace(trained.manifest.files[package.MODEL_FILE].sha256, "ab" * 32), encoding="utf-8"
    )
    assert similar.features_path(package.find_package(trained.id), tiny_dataset) != before


def test_without_the_images_it_is_a_message(trained, tiny_dataset):

    index.remove_index("tiny")
    with pytest.raises(errors.DatasetNotFound):
        similar.prepare(trained.id)

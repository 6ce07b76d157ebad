"""Layout: class, split and copies from paths alone, for the folders that people really have."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.base import paths as core_paths
from core.datasets.index import index, layouts


def read(*paths: str) -> dict[str, tuple[str, str]]:
    """(class, split) by path."""
    return {place.path: (place.class_name, place.split) for place in layouts.find_layout(paths).places}


def test_plain_class_folders() -> None:
    assert read("cats/1.jpg", "dogs/2.jpg") == {"cats/1.jpg": ("cats", ""), "dogs/2.jpg": ("dogs", "")}


@pytest.mark.parametrize("wrapper", ["", "pets/", "a/b/c/", "images/", "train_data/"])
def test_wrapping_folders_come_off(wrapper: str) -> None:
    assert list(read(f"{wrapper}cats/1.jpg", f"{wrapper}dogs/2.jpg").values()) == [("cats", ""), ("dogs", "")]


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "validation"),
        ("valid", "validation"),
        ("Validation", "validation"),
        ("dev", "validation"),
        ("test", "test"),
        ("TESTING", "test"),
        ("test_set", "test"),
    ],
)
def test_names_of_splits(folder: str, split: str) -> None:
    assert read(f"x/{folder}/N/1.png", f"x/{folder}/P/1.png") == {
        f"x/{folder}/N/1.png": ("N", split),
        f"x/{folder}/P/1.png": ("P", split),
    }


def test_a_split_folder_alone_is_not_a_wrapper() -> None:
    assert set(read("train/N/1.png", "train/P/2.png").values()) == {("N", "train"), ("P", "train")}


def test_splits_inside_classes() -> None:
    assert set(read("x/A/train/1.png", "x/A/test/2.png", "x/B/val/3.png").values()) == {
        ("A", "train"),
        ("A", "test"),
        ("B", "validation"),
    }


def test_a_class_may_be_called_train() -> None:
    assert set(read("train/1.png", "bus/2.png", "car/3.png").values()) == {("train", ""), ("bus", ""), ("car", "")}


def test_loose_test_images_have_no_class() -> None:
    found = read("train/cats/1.jpg", "train/dogs/2.jpg", "test/3.jpg")
    assert found["test/3.jpg"] == ("", "test")


def test_a_split_that_repeats_its_name() -> None:
    found = read("training_set/training_set/cats/1.jpg", "test_set/test_set/dogs/1.jpg")
    assert list(found.values()) == [("dogs", "test"), ("cats", "train")]


def test_one_class_keeps_its_name() -> None:
    assert set(read("cell_images/Parasitized/1.png", "cell_images/Parasitized/2.png").values()) == {("Parasitized", "")}
    assert set(read("cats/train/1.png", "cats/test/2.png").values()) == {("cats", "train"), ("cats", "test")}


def test_images_beside_the_classes_have_none() -> None:
    assert read("cover.png", "a/A/1.png", "a/B/2.png", "a/legend.png")["a/legend.png"] == ("", "")
    assert read("cover.png", "a/A/1.png", "a/B/2.png")["cover.png"] == ("", "")


def test_nested_copy_of_the_malaria_archive() -> None:
    outer = [f"cell_images/{name}.png" for name in ("Parasitized/1", "Parasitized/2", "Uninfected/3")]
    inner = [path.replace("cell_images/", "cell_images/cell_images/") for path in outer]
    extra = "cell_images/cell_images/Uninfected/only-here.png"
    places = {place.path: place for place in layouts.find_layout([*outer, *inner, extra]).places}
    assert len(places) == 7
    assert {places[path].copy_of for path in outer} == {""}
    assert [places[path].copy_of for path in inner] == outer
    assert (places[extra].class_name, places[extra].copy_of) == ("Uninfected", "")


def test_nested_copy_of_the_chest_archive() -> None:
    outer = [
        f"chest_xray/{split}/{name}/1.jpeg" for split in ("train", "val", "test") for name in ("NORMAL", "PNEUMONIA")
    ]
    inner = [path.replace("chest_xray/", "chest_xray/chest_xray/") for path in outer]
    places = {place.path: place for place in layouts.find_layout([*outer, *inner]).places}
    assert [places[path].copy_of for path in inner] == outer
    for one, other in zip(outer, inner, strict=True):
        assert places[one][1:4] == places[other][1:4]


def test_classes_with_sub_folders_are_no_nested_copies() -> None:
    found = layouts.find_layout(["A/A/1.png", "A/B/1.png", "A/1.png", "B/1.png"])
    assert {place.path: place.class_name for place in found.places} == {
        "A/1.png": "A",
        "A/A/1.png": "A",
        "A/B/1.png": "A",
        "B/1.png": "B",
    }
    crossed = layouts.find_layout(["A/B/1.png", "A/C/1.png", "B/A/1.png", "B/C/1.png", "C/A/1.png", "C/B/1.png"])
    assert {place.class_name for place in crossed.places} == {"A", "B", "C"}
    assert not any(place.copy_of for place in crossed.places)


def test_the_first_folder_below_the_class_is_kept() -> None:
    places = layouts.find_layout(["x/A/patient1/deep/1.png", "x/A/2.png", "x/B/patient2/3.png"]).places
    assert [place.folder for place in places] == ["", "patient1", "patient2"]


@pytest.mark.parametrize("wrapper", ["", "sample/"])
def test_masks_beside_images_are_no_class(wrapper: str) -> None:
    paths = [f"{wrapper}{kind}/{name}/1.png" for kind in ("images", "masks") for name in ("A", "B")]
    found = layouts.find_layout(paths)
    assert [place.class_name for place in found.places] == ["A", "B"]
    assert found.masks == (f"{wrapper}masks/A/1.png", f"{wrapper}masks/B/1.png")
    assert "masks" in dict(read("masks/1.png", "faces/2.png").values())


NAMES = st.sampled_from(["A", "B", "train", "test", "images", "masks", "val", "x", "1"])
PATHS = st.lists(NAMES, max_size=5).flatmap(
    lambda parts: st.builds(lambda name: "/".join([*parts, f"{name}.png"]), NAMES)
)


@given(st.sets(PATHS, max_size=12))
@settings(max_examples=300, deadline=None)
def test_every_path_has_one_place_and_copies_have_an_original(paths: set[str]) -> None:
    found = layouts.find_layout(paths)
    placed = [place.path for place in found.places]
    assert placed == sorted(placed)
    assert sorted([*placed, *found.masks]) == sorted(paths)
    copies = {place.path for place in found.places if place.copy_of}
    for place in found.places:
        assert place.split in {"", "train", "validation", "test"}
        assert not place.copy_of or (place.copy_of in paths and place.copy_of not in copies)
    assert layouts.find_layout(sorted(paths, reverse=True)) == found


@given(
    st.sets(st.tuples(st.sampled_from("AB"), st.sampled_from("123456")), min_size=3),
    st.sampled_from(["", "w/", "w/v/"]),
)
@settings(max_examples=50, deadline=None)
def test_a_wrapper_changes_nothing(names: set[tuple[str, str]], wrapper: str) -> None:
    paths = [f"{class_name}/{number}.png" for class_name, number in names]
    plain = [place[1:4] for place in layouts.find_layout(paths).places]
    assert [place[1:4] for place in layouts.find_layout([wrapper + path for path in paths]).places] == plain


def test_another_kind_of_layout_is_one_function_and_one_entry(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes in file names, `cat.1.png`: groups, index and import ask the same one place."""

    def read_file_names(paths: list[str]) -> layouts.Layout | None:
        if any("/" in path for path in paths):
            return None
        return layouts.Layout(tuple(layouts.Place(path, path.split(".")[0], "", "", "") for path in paths), ())

    monkeypatch.setattr(layouts, "KINDS", (layouts.Kind("classes in file names", read_file_names), *layouts.KINDS))
    folder = core_paths.datasets_folder() / "named"
    folder.mkdir(parents=True)
    for number in range(8):
        Image.new("RGB", (8, 8), (30 * number, 0, 0)).save(folder / f"{('cat', 'dog')[number % 2]}.{number}.png")
    built = index.build_index("named")
    assert built.class_names == ("cat", "dog") and len(built.usable) == 8
    assert layouts.find_layout(["A/1.png", "B/2.png"]).places[0].class_name == "A", "the others are read as before"

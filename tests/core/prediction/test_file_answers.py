"""Heatmaps that files get: as numbers, of the image's own size, no two under one name. Without a network."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.base import errors
from core.explanation import methods
from core.prediction import file_answers
from core.runtimes import opening
from tests.support import brightness, made_models

UPRIGHT = 6  # EXIF's Orientation of a file that is to be turned a quarter to the right


@pytest.fixture
def model(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model whose first class is the more probable the brighter the image is."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    return made_models.write_small_model().id


def write_image(path: Path, *, ground: int = 160, patch: int = 255, exif: int = 0) -> Path:
    """An image 40 wide and 24 high, with a patch that speaks for its class at the right of its upper edge."""
    image_rgb = np.full((24, 40, 3), ground, np.uint8)
    image_rgb[:6, 30:36] = patch
    note = Image.Exif()
    if exif:
        note[0x0112] = exif
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image_rgb).save(path, exif=note)
    return path


def answer(model: str, images: list[Path], folder: Path, **options: str) -> list[dict]:
    return file_answers.predict_files(model, images, maps=folder / "maps", **{"method": methods.OCCLUSION, **options})


def test_a_map_is_of_the_size_of_the_image_as_it_is_read(model: str, tmp_path: Path) -> None:
    images = [write_image(tmp_path / "flat.png"), write_image(tmp_path / "turned.jpg", exif=UPRIGHT)]
    flat, turned = (entry["map"] for entry in answer(model, images, tmp_path))
    for path, size in ((flat, (24, 40)), (turned, (40, 24))):
        values = np.load(path)
        assert values.shape == size
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert values.min() >= 0
        assert values.max() <= 1


def test_it_is_of_the_class_that_was_answered(model: str, tmp_path: Path) -> None:
    images = [write_image(tmp_path / "bright.png"), write_image(tmp_path / "dark.png", ground=90, patch=0)]
    entries = answer(model, images, tmp_path)
    assert len({entry["class_name"] for entry in entries}) == 2
    for entry in entries:
        assert entry["method"] == methods.OCCLUSION
        assert entry["class_name"] in Path(entry["map"]).name
        values = np.load(entry["map"])
        row, column = np.unravel_index(values.argmax(), values.shape)
        assert row < 6
        assert 30 <= column < 36


def test_no_two_files_have_one_name(model: str, tmp_path: Path) -> None:
    images = [write_image(tmp_path / folder / "cell.png") for folder in ("a", "b", "a/c")]
    images += [images[0], write_image(tmp_path / "cell-1.png"), write_image(tmp_path / "ce:ll?.png")]
    entries = file_answers.predict_files(
        model, images, overlays=tmp_path / "both", maps=tmp_path / "both", method=methods.OCCLUSION
    )
    written = [Path(entry[kind]) for entry in entries for kind in ("heatmap", "map")]
    assert len(set(written)) == 2 * len(images)
    assert sorted((tmp_path / "both").iterdir()) == sorted(written)
    for entry in entries:
        with Image.open(entry["heatmap"]) as drawn:
            assert drawn.size == (40, 24)


def test_without_heatmaps_asked_for_there_are_none_and_none_is_missed(model: str, tmp_path: Path) -> None:
    (entry,) = file_answers.predict_files(model, [write_image(tmp_path / "cell.png")])
    assert [entry[key] for key in ("heatmap", "map", "method", "no_heatmap")] == [None] * 4


def test_what_the_runtime_cannot_give_is_said_and_no_other_method_stands_in(model: str, tmp_path: Path) -> None:
    image = write_image(tmp_path / "cell.png")
    (entry,) = answer(model, [image], tmp_path, method=methods.LAYER_CAM)
    assert (entry["map"], entry["method"], entry["no_heatmap"]) == (None, None, "This runtime gives no heatmaps.")
    assert entry["probabilities"]
    assert list((tmp_path / "maps").iterdir()) == []


def test_a_layer_is_for_methods_that_look_at_one(model: str, tmp_path: Path) -> None:
    image = write_image(tmp_path / "cell.png")
    with pytest.raises(errors.SettingNotUsable, match="conv_1 with occlusion"):
        answer(model, [image], tmp_path, layer="conv_1")
    (entry,) = answer(model, [image], tmp_path, method=methods.GRAD_CAM, layer="conv_1")
    assert entry["no_heatmap"] == "This runtime gives no heatmaps."


def test_an_unknown_method_and_a_folder_that_cannot_be_are_messages(model: str, tmp_path: Path) -> None:
    image = write_image(tmp_path / "cell.png")
    with pytest.raises(errors.UnknownMethod, match="saliency"):
        answer(model, [image], tmp_path, method="saliency")
    with pytest.raises(errors.SourceNotUsable, match="folder for the heatmaps"):
        file_answers.predict_files(model, [image], maps=image)

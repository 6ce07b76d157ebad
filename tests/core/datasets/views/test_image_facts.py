"""What an image looks like in numbers: against plain numpy, on pictures whose answer is known, and on bad files."""

import colorsys

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter

from core.base import paths, progress
from core.datasets.index import index
from core.datasets.views import image_facts


def write(name, image_rgb, class_name="a"):
    folder = paths.datasets_folder() / "set" / class_name
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(image_rgb, dtype=np.uint8)).save(folder / f"{name}.png")


def plain(colour, size_px=64):
    return np.full((size_px, size_px, 3), colour, dtype=np.uint8)


def noise(seed, low=60, high=200):
    return np.random.default_rng(seed).integers(low, high, (64, 64, 3), dtype=np.uint8)


@pytest.fixture
def pictures(home):
    """Facts by file name, of whatever `write` wrote."""

    def measure():
        write("other", noise(99), "b")
        data = index.build_index("set")
        table = image_facts.build_facts(data)
        assert table.index.equals(data.table.index)
        return table.assign(name=data.table["path"].str.extract(r"(\w+)\.png")[0]).set_index("name")

    return measure


def test_against_plain_numpy(pictures):
    image_rgb = noise(0)
    write("one", image_rgb)
    found = pictures().loc["one"]
    luma = np.round(image_rgb @ [0.299, 0.587, 0.114])
    centre = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    laplacian = (around - 4 * centre)[1:-1, 1:-1]  # away from the edge by 2 pixels
    hsv = np.array([colorsys.rgb_to_hsv(*pixel) for pixel in (image_rgb.reshape(-1, 3) / 255)])
    direction = (hsv[:, 1] * np.exp(2j * np.pi * hsv[:, 0])).sum()
    assert found["brightness"] == pytest.approx(luma.mean(), abs=0.02)
    assert found["contrast"] == pytest.approx(luma.std(), rel=1e-3)
    assert found["sharpness"] == pytest.approx(laplacian.var(), rel=1e-2)
    assert found["saturation"] == pytest.approx(255 * hsv[:, 1].mean(), abs=0.5)
    assert found["hue_strength"] == pytest.approx(abs(direction) / hsv[:, 1].sum(), abs=0.01)
    assert found["black_fraction"] == 0
    assert found["aspect_ratio"] == 1


@pytest.mark.parametrize(("colour", "degrees"), [((200, 20, 20), 0), ((20, 200, 20), 120), ((20, 20, 200), 240)])
def test_hue_is_a_direction(pictures, colour, degrees):
    write("one", plain(colour))
    found = pictures().loc["one"]
    assert min(abs(found["hue"] - degrees), 360 - abs(found["hue"] - degrees)) < 1.5
    assert found["hue_strength"] == pytest.approx(1)
    assert found["single_colour"]


def test_the_mean_of_two_reds_is_red_not_cyan(pictures):
    half = plain((200, 20, 60))
    half[32:] = (200, 60, 20)
    write("one", half)
    hue = pictures().loc["one", "hue"]
    assert min(hue, 360 - hue) < 3


def test_grey_has_no_hue(pictures):
    write("one", plain((128, 128, 128)))
    found = pictures().loc["one"]
    assert np.isnan(found["hue"])
    assert found[["hue_strength", "saturation", "contrast", "sharpness"]].tolist() == [0, 0, 0, 0]


def test_a_black_mask_changes_nothing_but_its_share(pictures):
    whole, masked = noise(1), noise(1)
    masked[:, :16] = 0
    write("whole", whole)
    write("masked", masked)
    table = pictures()
    assert table.loc["masked", "black_fraction"] == pytest.approx(0.25)
    for column in ("brightness", "contrast", "saturation", "sharpness"):
        assert table.loc["masked", column] == pytest.approx(table.loc["whole", column], rel=0.05), column


def test_a_black_image_is_dark_rather_than_all_mask(pictures):
    write("black", plain(0))
    found = pictures().loc["black"]
    assert (found["brightness"], found["black_fraction"], found["commonest_fraction"]) == (0, 1, 1)
    assert found["single_colour"]
    assert found["colours"] == 1


def test_blur_lowers_sharpness_and_little_else(pictures):
    picture = Image.fromarray(noise(2))
    write("sharp", picture)
    write("blurred", picture.filter(ImageFilter.GaussianBlur(2)))
    table = pictures()
    assert table.loc["blurred", "sharpness"] < table.loc["sharp", "sharpness"] / 20
    assert table.loc["blurred", "brightness"] == pytest.approx(table.loc["sharp", "brightness"], abs=2)


def test_one_pixel_and_shapes(pictures):
    write("dot", plain((10, 200, 30), size_px=1))
    write("long", np.repeat(noise(3), 3, axis=1))
    table = pictures()
    assert table.loc["dot", "single_colour"]
    assert table.loc["long", "aspect_ratio"] == 3
    assert table.loc["dot", "sharpness"] == 0


def test_an_unreadable_file_has_no_numbers(home):
    write("one", noise(0))
    write("two", noise(1), "b")
    (paths.datasets_folder() / "set" / "a" / "bad.png").write_bytes(b"no image")
    data = index.build_index("set")
    table = image_facts.build_facts(data)
    bad = table[(data.table["problem"] != "").to_numpy()]
    assert bad.drop(columns="single_colour").isna().all(axis=None)
    assert bad["single_colour"].tolist() == [False]
    assert table["single_colour"].dtype == bool
    assert table["brightness"].dtype == np.float32
    assert table.drop(columns=["single_colour", "hue"]).notna().sum().eq(2).all()


def test_they_are_kept_and_read_again(tiny_dataset, monkeypatch):
    assert image_facts.read_facts(tiny_dataset) is None
    table = image_facts.build_facts(tiny_dataset)
    monkeypatch.setattr(image_facts, "_measure", None)
    pd.testing.assert_frame_equal(image_facts.build_facts(tiny_dataset), table)
    assert tuple(table.columns) == image_facts.COLUMNS


@pytest.mark.parametrize("content", [b"", b"PAR1 torn"])
def test_a_torn_file_counts_as_absent(tiny_dataset, content):
    whole = image_facts.build_facts(tiny_dataset)
    image_facts.facts_path(tiny_dataset).write_bytes(content)
    assert image_facts.read_facts(tiny_dataset) is None
    pd.testing.assert_frame_equal(image_facts.build_facts(tiny_dataset), whole)


def test_facts_of_another_length_count_as_absent(tiny_dataset):
    image_facts.build_facts(tiny_dataset).iloc[1:].to_parquet(image_facts.facts_path(tiny_dataset), index=False)
    assert image_facts.read_facts(tiny_dataset) is None


def test_cancelling_leaves_nothing(tiny_dataset):
    def report(done, total, what):
        if what.startswith("Measuring"):
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        image_facts.build_facts(tiny_dataset, report)
    assert image_facts.read_facts(tiny_dataset) is None
    assert list(paths.cache_folder().glob("*facts*")) == []

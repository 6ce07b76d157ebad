"""Colour histograms: whole-number arithmetic gives the same bins, nothing is lost, what is kept is what was built."""

import dataclasses

import numpy as np
import pytest

from core.base import progress
from core.datasets.index import acts, curation, index, pixels
from core.datasets.views import colours


def exact_bins(red: int, green: int, blue: int) -> tuple[int | None, int | None]:
    """Bins of hue and saturation by whole numbers alone; None where the pixel does not count."""
    top, chroma = max(red, green, blue), max(red, green, blue) - min(red, green, blue)
    if top * 10 < 255:
        return None, None
    saturation = min(chroma * colours.SATURATION_BINS // top, colours.SATURATION_BINS - 1)
    if chroma * 10 < top:
        return None, saturation
    if top == red:
        sixths = (green - blue) % (6 * chroma)
    elif top == green:
        sixths = 2 * chroma + blue - red
    else:
        sixths = 4 * chroma + red - green
    return sixths * 12 // chroma % colours.HUE_BINS, saturation


@pytest.fixture
def tiny(tiny_dataset: index.Index) -> tuple[index.Index, np.ndarray]:
    return tiny_dataset, pixels.open_pixels(tiny_dataset, 64, 64)


def test_bins_are_those_of_whole_number_arithmetic() -> None:
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    images[1] = images[1] // 16 * 16  # many colours on the edges of bins
    images[2] //= 8  # mostly nearly black
    hues, saturations = colours.count_colours(images)
    for image, hue, saturation in zip(images, hues, saturations, strict=True):
        bins = [exact_bins(*map(int, pixel)) for pixel in image.reshape(-1, 3)]
        expected = np.bincount([h for h, _ in bins if h is not None], minlength=colours.HUE_BINS)
        assert hue.tolist() == expected.tolist()
        expected = np.bincount([s for _, s in bins if s is not None], minlength=colours.SATURATION_BINS)
        assert saturation.tolist() == expected.tolist()


def test_pure_colours_and_colours_without_hue() -> None:
    colour = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)], np.uint8)
    hues, saturations = colours.count_colours(np.repeat(colour[:, None, None], 4, axis=1))
    assert [np.flatnonzero(row).tolist() for row in hues] == [[0], [24], [48], [], []]
    assert [np.flatnonzero(row).tolist() for row in saturations] == [[63], [63], [63], [0], []]


def test_every_image_and_every_pixel_counts_once(tiny: tuple[index.Index, np.ndarray]) -> None:
    data, seen = tiny
    found = colours.build_histograms(data, seen)
    assert found.images.sum() == 72 and found.images.sum(axis=1).tolist() == [36, 36]
    hues, saturations = colours.count_colours(np.asarray(seen))
    assert (found.hue.sum(axis=(0, 1)) == hues.sum(axis=0)).all()
    for label in (0, 1):
        assert (found.saturation[label].sum(axis=0) == saturations[data.table["label"] == label].sum(axis=0)).all()
    place = found.groups.index("P3")
    in_group = (data.table["group"] == "P3").to_numpy()
    assert (found.hue[:, place].sum(axis=0) == hues[in_group].sum(axis=0)).all()
    assert found.groups[-1] == colours.OTHERS and found.images[:, -1].sum() == 0


def test_what_is_kept_is_what_was_built(tiny: tuple[index.Index, np.ndarray]) -> None:
    data, seen = tiny
    assert colours.read_histograms(data) is None
    built, read = colours.build_histograms(data, seen), colours.read_histograms(data)
    assert read is not None and (read.groups, read.class_names) == (built.groups, built.class_names)
    for name in ("images", "hue", "saturation"):
        assert (getattr(built, name) == getattr(read, name)).all()


def test_another_rule_for_patients_and_a_torn_file_are_not_taken(tiny: tuple[index.Index, np.ndarray]) -> None:
    data, seen = tiny
    colours.build_histograms(data, seen)
    assert colours.read_histograms(dataclasses.replace(data, group_rule="none")) is None
    path = colours.histogram_path(data)
    whole = path.read_bytes()
    for torn in (b"", whole[:100], whole[: len(whole) // 2], b"PK\x03\x04" + b"x" * 50):
        path.write_bytes(torn)
        assert colours.read_histograms(data) is None


def test_a_cancelled_count_leaves_nothing(tiny: tuple[index.Index, np.ndarray]) -> None:
    data, seen = tiny

    def cancel(done: int, total: int, what: str) -> None:
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        colours.build_histograms(data, seen, cancel)
    assert colours.read_histograms(data) is None
    assert not list(colours.histogram_path(data).parent.glob("*colours*"))


def test_rare_groups_are_counted_together(
    tiny: tuple[index.Index, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, seen = tiny
    whole = colours.build_histograms(data, seen)
    monkeypatch.setattr(colours, "MOST_GROUPS", 5)
    few = colours.build_histograms(data, seen)
    assert len(few.groups) == 6 and few.images.sum() == 72 and few.images[:, -1].sum() == 7 * 6
    assert (few.hue.sum(axis=1) == whole.hue.sum(axis=1)).all()


def test_images_left_out_are_not_counted(tiny: tuple[index.Index, np.ndarray]) -> None:
    data, seen = tiny
    whole = colours.build_histograms(data, seen)
    left_out = curation.Curation(tuple(acts.Act(acts.EXCLUDE, "tiny", one, "A") for one in data.table["image_id"][:10]))
    fewer = dataclasses.replace(data, decided=left_out)
    assert colours.read_histograms(fewer) is None
    found = colours.build_histograms(fewer, seen)
    hues, _ = colours.count_colours(np.asarray(seen[10:]))
    assert (
        whole.images.sum() == 72 and found.images.sum() == 62 and (found.hue.sum(axis=(0, 1)) == hues.sum(axis=0)).all()
    )


def test_shares_sum_to_one_or_are_all_zero() -> None:
    shares = colours.compute_shares(np.array([[1, 3], [0, 0]]))
    assert shares.tolist() == [[0.25, 0.75], [0, 0]]


def test_the_mean_hue_goes_round_the_circle() -> None:
    counts = np.zeros((3, colours.HUE_BINS), np.int64)
    counts[0, [0, -1]] = 5  # 2.5 and 357.5 degrees: their mean is red, not cyan
    counts[1, 24] = 1
    found = colours.compute_mean_hue(counts)
    assert min(found[0], 360 - found[0]) < 1e-6 and found[1] == pytest.approx(122.5) and np.isnan(found[2])


def test_groups_are_ordered_round_the_circle_from_where_nothing_is() -> None:
    hue = np.zeros((1, 5, colours.HUE_BINS), np.int64)
    hue[0, 0, 1] = hue[0, 1, -1] = hue[0, 2, 70] = hue[0, 3, 3] = 9  # 5, 355, 350 and 15 degrees; the last has none
    names = ("P5", "P355", "P350", "P15", colours.OTHERS)
    found = colours.Histograms(("a",), names, np.ones((1, 5), np.int64), hue, np.zeros((1, 5, 64), np.int64))
    assert colours.order_groups(found, names) == ["P350", "P355", "P5", "P15"]
    assert colours.order_groups(found, ["P5", "P350"], label=0) == ["P350", "P5"]


def test_tables_hold_the_counts(tiny: tuple[index.Index, np.ndarray]) -> None:
    found = colours.build_histograms(*tiny)
    table = colours.tabulate_classes(found)
    assert len(table) == 2 * colours.HUE_BINS and table["pixels"].sum() == found.hue.sum()
    assert table.groupby("class")["share"].sum().to_numpy() == pytest.approx([1, 1])
    table = colours.tabulate_groups(found, label=0)
    assert table["group"].nunique() == 12 and table["pixels"].sum() == found.hue[0].sum()
    assert (table["images"] == 3).all()


def test_large_sets_are_counted_by_every_second_pixel(tiny_dataset, monkeypatch):
    opened = pixels.open_pixels(tiny_dataset, 64, 64)
    whole = colours.build_histograms(tiny_dataset, opened)
    assert whole.step_px == 1
    monkeypatch.setattr(colours, "ALL_PIXELS_UP_TO", 10)
    thinned = colours.build_histograms(tiny_dataset, opened)
    assert colours.read_histograms(tiny_dataset).step_px == thinned.step_px == 2
    assert thinned.saturation.sum() == pytest.approx(whole.saturation.sum() / 4, rel=0.02)
    shares = [colours.compute_shares(found.hue.sum(axis=(0, 1))) for found in (whole, thinned)]
    assert np.abs(shares[0] - shares[1]).max() < 0.01

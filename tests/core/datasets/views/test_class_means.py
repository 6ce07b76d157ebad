"""Class images against numpy's two-pass float64, their chance against a plain loop, and what is kept of them."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

from core.base import progress
from core.datasets.index import pixels
from core.datasets.views import class_means, histograms, permutation


@pytest.fixture
def images(tiny_dataset):
    """Pixels of a small size with all values, extremes in some places."""
    made = np.random.default_rng(1).integers(0, 256, (len(tiny_dataset.table), 5, 6, 3), dtype=np.uint8)
    made[:, 0, 0], made[:, 0, 1] = 0, 255
    return made


def with_columns(data, **columns):
    return dataclasses.replace(data, table=data.table.assign(**columns))


def rms(values):
    return np.sqrt(np.mean(values**2))


def test_as_exact_as_the_two_pass_reference(tiny_dataset, images):
    found = class_means.build_class_images(tiny_dataset, images, nulls=2)
    labels = tiny_dataset.table["label"].to_numpy()
    for label in (0, 1):
        mine = images[labels == label].astype(np.float64)
        assert found.counts[label] == len(mine)
        np.testing.assert_allclose(found.mean[label], mine.mean(axis=0), rtol=1e-9)
        np.testing.assert_allclose(found.deviation[label], mine.std(axis=0), rtol=1e-6)
        assert (found.median[label] == np.median(mine, axis=0)).all()
        assert (found.values[label] == np.bincount(images[labels == label].ravel(), minlength=256)).all()
    expected = images[labels == 0].mean(axis=0) - images[labels == 1].mean(axis=0)
    np.testing.assert_allclose(found.difference(0), expected, atol=1e-9)


def test_each_null_is_the_difference_under_those_labels(tiny_dataset, images):
    found = class_means.build_class_images(tiny_dataset, images, nulls=4, seed=7)
    usable = tiny_dataset.usable
    dealt, rule = permutation.shuffle_labels(usable["label"], usable["group"], shuffles=4, seed=7)
    assert found.rule == rule and rule.kind == permutation.WITHIN and found.compared == (0,)
    for number, labels in enumerate(dealt):
        difference = images[labels == 0].mean(axis=0) - images[labels == 1].mean(axis=0)
        np.testing.assert_allclose(found.null_differences[0, number], difference, atol=1e-4)
        assert found.null_rms[0, number] == pytest.approx(rms(difference), rel=1e-12)


def test_chunks_and_memory_maps_change_nothing(tiny_dataset, images, tmp_path, monkeypatch):
    whole = class_means.build_class_images(tiny_dataset, images, nulls=3)
    monkeypatch.setattr(class_means, "CHUNK_IMAGES", 5)
    monkeypatch.setattr(histograms, "BLOCK_PLACES", 7)
    np.save(tmp_path / "pixels.npy", images)
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    for given in (mapped, mapped[:]):  # a slice of a map does not know where it begins in the file
        found = class_means.build_class_images(tiny_dataset, given, nulls=3)
        for name in ("mean", "deviation", "median", "values", "null_rms", "null_differences"):
            assert (getattr(found, name) == getattr(whole, name)).all(), name


def test_a_part_of_a_memory_map_is_read_where_it_is(images, tmp_path):
    np.save(tmp_path / "pixels.npy", images)
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    rows = np.array([1, 4, 20])
    assert (histograms.read_rows(mapped[10:], rows) == images[10:][rows]).all()
    assert (histograms.read_rows(mapped, rows) == images[rows]).all()


def test_whole_chunks_of_white_are_summed_exactly(tiny_dataset):
    white = np.full((len(tiny_dataset.table), 4, 4, 3), 255, np.uint8)
    found = class_means.build_class_images(tiny_dataset, white, nulls=3)
    assert (found.mean == 255).all() and (found.deviation == 0).all() and (found.null_rms == 0).all()
    assert class_means.CHUNK_IMAGES * 255 < 2**24


def test_rows_with_problems_are_not_looked_at(tiny_dataset, images):
    problem = np.where(np.arange(len(images)) % 3 == 0, "broken", "")
    data = with_columns(tiny_dataset, problem=problem)
    spoilt = images.copy()
    spoilt[problem != ""] = 255
    found, clean = (class_means.build_class_images(data, given, nulls=2) for given in (spoilt, images))
    assert (found.mean == clean.mean).all() and (found.null_rms == clean.null_rms).all()
    assert found.counts.sum() == (problem == "").sum()


def test_what_comes_with_the_patient_is_chance_and_what_does_not_is_found(tiny_dataset, images):
    """Patients of another stain have more of one class: free shuffles would call that a finding, blocks do not."""
    rng = np.random.default_rng(0)
    group = tiny_dataset.table["group"].to_numpy()
    patients = np.unique(group)
    stain = dict(zip(patients, np.where(np.arange(len(patients)) % 2, 30, 0), strict=True))
    share = {patient: 0.8 if value else 0.2 for patient, value in stain.items()}
    label = np.array([rng.random() < share[one] for one in group]).astype(np.int16)
    dull = (images // 8 + 100 + np.array([stain[one] for one in group])[:, None, None, None]).astype(np.uint8)
    data = with_columns(tiny_dataset, label=label)
    blocks = class_means.compare_with_chance(class_means.build_class_images(data, dull), 0)
    free = class_means.compare_with_chance(class_means.build_class_images(with_columns(data, group=""), dull), 0)
    assert blocks.p > 0.1 and min(blocks.null_rms) > 0.5 * blocks.rms
    assert free.p == pytest.approx(1 / 21)
    planted = dull + (label * 20).astype(np.uint8)[:, None, None, None]
    real = class_means.compare_with_chance(class_means.build_class_images(data, planted), 0)
    assert (real.p, real.at_least_as_large) == (pytest.approx(1 / 21), 0)


def test_a_pattern_is_found_where_brightness_hides_it(tiny_dataset, images):
    data = with_columns(tiny_dataset, group="")
    label = data.table["label"].to_numpy()
    lamp = np.random.default_rng(2).integers(0, 200, len(images))
    lit = (images // 32 + lamp[:, None, None, None]).astype(np.uint8)
    lit[label == 0, 2:4, 2:4] += 12
    found = class_means.build_class_images(data, lit)
    whole, pattern = (class_means.compare_with_chance(found, 0, pattern=one) for one in (False, True))
    assert whole.p > 0.1 and pattern.p == pytest.approx(1 / 21)
    difference = found.difference(0)
    assert pattern.rms == pytest.approx(np.sqrt(np.mean(difference.var(axis=(0, 1)))))
    assert whole.rms**2 == pytest.approx(pattern.rms**2 + np.mean(difference.mean(axis=(0, 1)) ** 2))


def test_under_no_difference_p_is_spread_evenly(tiny_dataset, images):
    ps = [
        class_means.compare_with_chance(
            class_means.build_class_images(with_columns(tiny_dataset, label=labels.astype(np.int16)), images, nulls=9),
            0,
        ).p
        for labels in np.random.default_rng(3).permuted(np.tile(tiny_dataset.table["label"], (60, 1)), axis=1)
    ]
    assert 0.4 < np.mean(ps) < 0.7 and min(ps) >= 0.1


def test_one_patient_a_class_can_never_be_a_finding(tiny_dataset, images):
    label = tiny_dataset.table["label"].to_numpy()
    data = with_columns(tiny_dataset, group=np.where(label == 0, "A", "B"))
    found = class_means.build_class_images(data, images)
    chance = class_means.compare_with_chance(found, 0)
    assert found.rule.kind == permutation.WHOLE and chance.p == 1


def test_three_classes_are_each_compared_with_the_rest(tiny_dataset, images):
    label = (np.arange(len(images)) % 3).astype(np.int16)
    data = dataclasses.replace(with_columns(tiny_dataset, label=label, group=""), class_names=("a", "b", "c"))
    data = dataclasses.replace(data, positive_class="b")
    found = class_means.build_class_images(data, images, nulls=3)
    assert found.compared == (0, 1, 2) and found.null_rms.shape == (3, 3)
    for one in range(3):
        expected = images[label == one].mean(axis=0) - images[label != one].mean(axis=0)
        np.testing.assert_allclose(found.difference(one), expected, atol=1e-9)


def test_an_empty_class_is_nothing_to_compare(tiny_dataset, images):
    problem = np.where(tiny_dataset.table["label"] == 0, "gone", "")
    found = class_means.build_class_images(with_columns(tiny_dataset, problem=problem), images, nulls=3)
    assert found.compared == () and np.isnan(found.mean[0]).all() and not np.isnan(found.mean[1]).any()
    nobody = class_means.build_class_images(with_columns(tiny_dataset, problem="gone"), images, nulls=3)
    assert nobody.counts.sum() == 0
    with pytest.raises(ValueError, match="not in tuple"):
        class_means.compare_with_chance(found, 0)


def test_they_are_kept_and_read_again(tiny_dataset):
    assert class_means.read_class_images(tiny_dataset) is None
    made = class_means.prepare_class_images(tiny_dataset)
    kept = class_means.read_class_images(tiny_dataset)
    assert (kept.mean == made.mean).all() and (kept.null_differences == made.null_differences).all()
    assert (kept.compared, kept.rule) == (made.compared, made.rule)
    assert class_means.means_path(tiny_dataset).name.startswith(f"{tiny_dataset.content}-means-64x64-")
    assert made.mean.shape == (2, 64, 64, 3)


def test_what_was_kept_of_other_patients_or_is_torn_counts_as_absent(tiny_dataset):
    class_means.prepare_class_images(tiny_dataset)
    assert class_means.read_class_images(dataclasses.replace(tiny_dataset, group_rule="none")) is None
    other = dataclasses.replace(tiny_dataset, positive_class="Uninfected")
    assert class_means.read_class_images(other) is None
    path = class_means.means_path(tiny_dataset)
    path.write_bytes(path.read_bytes()[:5000])
    assert class_means.read_class_images(tiny_dataset) is None
    path.write_bytes(b"")
    assert class_means.read_class_images(tiny_dataset) is None
    assert class_means.prepare_class_images(tiny_dataset).counts.sum() == 72
    assert class_means.read_class_images(tiny_dataset) is not None


def test_a_cancelled_pass_leaves_nothing(tiny_dataset):
    def cancel(done, total, what):
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        class_means.prepare_class_images(tiny_dataset, report=cancel)
    assert not list(class_means.means_path(tiny_dataset).parent.glob("*means*"))


def test_it_reports_until_all_are_done(tiny_dataset, images):
    said = []
    class_means.build_class_images(tiny_dataset, images, nulls=1, report=lambda *row: said.append(row))
    assert said[-1][:2] == (72, 72)


def test_memory_does_not_grow_with_the_images(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(class_means, "CHUNK_IMAGES", 64)
    peaks = []
    for times in (4, 40):
        table = tiny_dataset.table.iloc[np.tile(np.arange(72), times)].reset_index(drop=True)
        data = dataclasses.replace(tiny_dataset, table=table)
        np.save(tmp_path / "many.npy", np.zeros((len(table), 16, 16, 3), np.uint8))
        stored = np.load(tmp_path / "many.npy", mmap_mode="r")
        _ = data.usable
        tracemalloc.start()
        class_means.build_class_images(data, stored, nulls=5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 72 * 36 * 200  # bytes an image; its pixels alone would be 768


def test_they_go_when_the_pixels_go(tiny_dataset):
    class_means.prepare_class_images(tiny_dataset)
    pixels.remove_caches(tiny_dataset.fingerprint)
    assert class_means.read_class_images(tiny_dataset) is None

"""Maps of data sets: components against scikit-learn, t-SNE in stages, the file, the draw, the tiles, the lasso."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn import decomposition, manifold, neighbors

from core.base import errors, paths, progress
from core.datasets.index import index, pixels
from core.datasets.views import embedding, lasso, projection, thumbnail_sheets


@pytest.fixture
def clusters():
    """Three well-parted groups of points in 20 dimensions, float32 (150, 20), and who belongs where."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 10, (3, 20))
    names = np.repeat(np.arange(3), 50)
    return (centres[names] + rng.normal(0, 1, (150, 20))).astype(np.float32), names


@pytest.mark.parametrize("features", [20, projection.FEW_FEATURES + 10])
def test_components_are_those_of_scikit_learn(features):
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(3, features)) * np.array([[9], [4], [1]])
    values = (rng.normal(size=(60, 3)) @ basis + 5).astype(np.float32)
    mine = projection.project_pca(values, 2)
    other = decomposition.PCA(2, svd_solver="full").fit(values.astype(np.float64))
    expected = other.transform(values.astype(np.float64))
    scale = np.abs(expected).max()
    assert np.abs(np.abs(mine.coordinates) - np.abs(expected)).max() < 1e-3 * scale
    assert mine.explained == pytest.approx(other.explained_variance_ratio_, abs=1e-4)


def test_components_do_not_depend_on_a_sign_or_exceed_what_there_is(clusters):
    values, _ = clusters
    assert np.array_equal(projection.project_pca(values, 2).coordinates, projection.project_pca(values, 2).coordinates)
    assert projection.project_pca(values[:7], 50).coordinates.shape == (7, 7)
    flat = projection.project_pca(np.full((6, 4), 0.5, np.float32), 2)
    assert not flat.coordinates.any()
    assert flat.explained == (0.0, 0.0)


def test_tsne_in_stages_keeps_neighbours_as_one_call_does(clusters):
    values, names = clusters
    placed = projection.place_tsne(values, seed=3)
    one_call = manifold.TSNE(init="pca", random_state=3, perplexity=placed.perplexity).fit(values)
    assert placed.xy.shape == (150, 2)
    assert placed.kl_divergence < one_call.kl_divergence_ * 1.25
    assert manifold.trustworthiness(values, placed.xy) > 0.9
    assert projection.measure_agreement(placed.xy, names).share > 0.98


def test_tsne_can_be_cancelled_between_stages(clusters):
    said = []

    def report(done, total, what):
        said.append((done, total))
        if done:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        projection.place_tsne(clusters[0], report=report)
    assert said == [(0, 1000), (250, 1000)]


def test_tsne_of_equal_images_is_finite():
    assert np.isfinite(projection.place_tsne(np.zeros((8, 3), np.float32)).xy).all()


def test_agreement_is_what_scikit_learns_neighbours_say(clusters):
    values, names = clusters
    xy = np.ascontiguousarray(values[:, :2])
    nearest = neighbors.NearestNeighbors(n_neighbors=10).fit(xy).kneighbors(return_distance=False)
    found = projection.measure_agreement(xy, names)
    assert found.share == pytest.approx((names[nearest] == names[:, None]).mean(), abs=0.01)
    assert found.by_chance == pytest.approx(49 / 149)
    assert found.images == 150


def test_agreement_needs_something_to_tell_apart(clusters):
    values, names = clusters
    assert projection.measure_agreement(values[:, :2], np.zeros(150, int)) is None
    assert projection.measure_agreement(values[:10, :2], names[:10]) is None
    random = np.random.default_rng(0).integers(0, 2, 150)
    found = projection.measure_agreement(values[:, :2], random)
    assert found.share == pytest.approx(found.by_chance, abs=0.08)


def test_agreement_of_points_that_lie_on_each_other():
    names = np.array([0, 1] * 20)
    assert 0 <= projection.measure_agreement(np.zeros((40, 2), np.float32), names).share <= 1


def test_tiles_are_the_images_and_nothing_bleeds():
    rng = np.random.default_rng(0)
    batch = np.broadcast_to(rng.integers(0, 256, (70, 1, 1, 3), dtype=np.uint8), (70, 64, 64, 3))
    for size_px in (16, thumbnail_sheets.SMALL_PX, thumbnail_sheets.LARGE_PX):
        small = thumbnail_sheets.shrink(batch, size_px)
        assert np.array_equal(small, batch[:, :size_px, :size_px])
    sheet = np.asarray(Image.open(io.BytesIO(thumbnail_sheets.encode_sheet(small))), int)
    assert sheet.shape == (2 * 48, 64 * 48, 3)
    for number in (0, 63, 64, 69):
        y, x = (48 * part for part in divmod(number, 64))
        inner = sheet[y + 1 : y + 47, x + 1 : x + 47]  # JPEG halves the colours' resolution, so the very edge mixes
        assert np.abs(inner - batch[number, 0, 0]).max() <= 16
    assert sheet[49:, 6 * 48 + 1 :].max() <= 16


def test_shrinking_is_the_mean_of_the_area():
    batch = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    mean = batch.reshape(5, 16, 4, 16, 4, 3).mean(axis=(2, 4))
    assert np.abs(thumbnail_sheets.shrink(batch, 16) - mean).max() <= 0.51


def test_a_map_of_pixels_is_kept_and_read_again(tiny_dataset):
    made = embedding.build_embedding(tiny_dataset, method="pca")
    assert made.rows.tolist() == tiny_dataset.usable.index.tolist()
    assert made.xy.dtype == np.float32 and made.xy.shape == (72, 2)
    assert 0 < sum(made.explained) <= 1
    images = pixels.open_pixels(tiny_dataset, 64, 64)
    assert made.brightness == pytest.approx(images[made.rows].mean(axis=(1, 2, 3)) / 255, abs=0.002)
    assert len(made.sheets) == 1
    assert made.settings["usable"] == 72
    assert made.settings["same_class"]["images"] == 72
    read = embedding.read_embedding(tiny_dataset, "pca")
    assert np.array_equal(read.xy, made.xy) and read.sheets == made.sheets and read.explained == made.explained
    assert (read.settings, read.tile_px) == (made.settings, made.tile_px)
    assert embedding.list_embeddings(tiny_dataset) == [("pca", "pixels")]


def test_a_dark_spot_is_the_first_thing_that_a_map_by_a_good_feature_shows(tiny_dataset):
    rows = embedding.choose_rows(tiny_dataset, "tsne", with_features=True)
    values = np.zeros((len(rows), 4), np.float32)
    values[:, 2] = tiny_dataset.table.loc[rows, "label"]
    values += np.random.default_rng(0).normal(0, 0.01, values.shape).astype(np.float32)
    made = embedding.build_embedding(tiny_dataset, embedding.Features("some-model-1234", rows, values), method="tsne")
    assert made.settings["same_class"]["share"] > 0.95
    assert made.explained is None
    assert embedding.read_embedding(tiny_dataset, "pca", "some-model-1234") is None
    assert embedding.list_embeddings(tiny_dataset) == [("tsne", "some-model-1234")]


def test_no_map_or_a_torn_one_or_another_fingerprint_is_none(tiny_dataset):
    assert embedding.read_embedding(tiny_dataset, "pca") is None
    embedding.build_embedding(tiny_dataset, method="pca")
    path = embedding.embedding_path(tiny_dataset, "pca", "pixels")
    path.write_bytes(path.read_bytes()[:-40])
    assert embedding.read_embedding(tiny_dataset, "pca") is None
    path.write_bytes(b"")
    assert embedding.read_embedding(tiny_dataset, "pca") is None


def test_a_new_map_replaces_that_of_other_exclusions(tiny_dataset):
    old = embedding.embedding_path(tiny_dataset, "pca", "pixels")
    old = old.with_name(old.name.replace(tiny_dataset.identity[:16] + ".npz", "0" * 16 + ".npz"))
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes(b"old")
    embedding.build_embedding(tiny_dataset, method="pca")
    assert not old.exists()


def test_a_map_goes_when_the_images_go(tiny_dataset):
    embedding.build_embedding(tiny_dataset, method="pca")
    index.remove_index("tiny")
    assert not list(paths.cache_folder().glob("*-map-*"))


def test_cancelling_leaves_nothing(tiny_dataset):
    def report(done, total, what):
        if what == "Reading the pixels":
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        embedding.build_embedding(tiny_dataset, method="pca", report=report)
    assert not list(paths.cache_folder().glob("*map*"))


def test_a_draw_keeps_the_classes_in_proportion_and_every_class(tiny_dataset, monkeypatch):
    monkeypatch.setitem(embedding.MOST_IMAGES, "tsne", 20)
    rows = embedding.choose_rows(tiny_dataset, "tsne")
    labels = tiny_dataset.table.loc[rows, "label"]
    assert labels.value_counts().tolist() == [10, 10]
    assert np.array_equal(rows, np.sort(rows)) and len(set(rows)) == 20
    assert np.array_equal(rows, embedding.choose_rows(tiny_dataset, "tsne"))
    assert not np.array_equal(rows, embedding.choose_rows(tiny_dataset, "tsne", seed=1))
    monkeypatch.setitem(embedding.MOST_IMAGES, "tsne", 1)
    assert len(embedding.choose_rows(tiny_dataset, "tsne")) == 2
    made = embedding.build_embedding(tiny_dataset, method="pca")
    assert len(made.rows) == 72


def test_too_few_images_is_a_message(tiny_dataset, monkeypatch):
    few = tiny_dataset.usable.iloc[:4]
    monkeypatch.setattr(type(tiny_dataset), "usable", property(lambda self: few))
    with pytest.raises(errors.MapNotPossible, match="at least 5 images; found 4"):
        embedding.build_embedding(tiny_dataset, method="pca")


def test_several_sheets_are_cut_at_their_tiles(tiny_dataset, monkeypatch):
    monkeypatch.setattr(thumbnail_sheets, "ACROSS", 5)
    monkeypatch.setattr(thumbnail_sheets, "TILES", 25)
    monkeypatch.setattr(embedding, "CHUNK_IMAGES", 10)
    made = embedding.build_embedding(tiny_dataset, method="pca")
    assert len(made.sheets) == 3
    images = pixels.open_pixels(tiny_dataset, 64, 64)
    sheet, place = divmod(60, 25)
    picture = np.asarray(Image.open(io.BytesIO(made.sheets[sheet])), float)
    y, x = (made.tile_px * part for part in divmod(place, 5))
    tile = picture[y : y + made.tile_px, x : x + made.tile_px]
    assert tile.mean() == pytest.approx(images[made.rows[60]].mean(), abs=2)


def test_what_is_caught_is_counted_against_the_whole_map(tiny_dataset):
    made = embedding.build_embedding(tiny_dataset, method="pca")
    points = lasso.list_points(tiny_dataset, made)
    assert points["row"].tolist() == made.rows.tolist()
    positions = np.flatnonzero(points["label"] == 0)[:9].tolist() + np.flatnonzero(points["label"] == 1)[:3].tolist()
    counted = lasso.count_by(points, "label", positions)
    assert counted["label"].tolist() == [0, 1]
    assert counted["caught"].tolist() == [9, 3]
    assert counted["share_of_caught"].tolist() == [0.75, 0.25]
    assert counted["share_on_map"].tolist() == [0.5, 0.5]
    assert lasso.count_by(points, "group", []).empty
    assert lasso.count_by(points, "group", range(72))["caught"].sum() == 72


def test_the_table_of_the_caught_names_their_files(tiny_dataset):
    made = embedding.build_embedding(tiny_dataset, method="pca")
    table = lasso.tabulate(tiny_dataset, made, [3, 70])
    assert list(table.columns) == ["image_id", "path", "class", "group", "x", "y", "brightness"]
    assert table["path"].tolist() == tiny_dataset.table.loc[made.rows[[3, 70]], "path"].tolist()
    assert table["class"].tolist() == ["Parasitized", "Uninfected"]
    assert all(path.startswith(name) for path, name in zip(table["path"], table["class"], strict=True))
    assert table["x"].tolist() == pytest.approx(made.xy[[3, 70], 0].tolist())
    assert isinstance(lasso.tabulate(tiny_dataset, made, []), pd.DataFrame)

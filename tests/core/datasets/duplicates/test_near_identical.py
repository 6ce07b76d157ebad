"""Near-identical images: every planted copy is found, different pictures are not, and nothing explodes."""

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from core.base import paths, progress
from core.datasets.duplicates import candidate_pairs, near_identical, verification
from core.datasets.index import index
from tests.support import made_indexes
from tests.support.copied_pictures import COPIES, TURNS
from tests.support.drawn_pictures import decode, draw_pictures


def connect(pairs: pd.DataFrame) -> list[list[int]]:
    """Rows that are connected by pairs, each list sorted, the largest first."""
    rows = np.unique(pairs[["row_a", "row_b"]].to_numpy(np.int64))
    a, b = np.searchsorted(rows, pairs["row_a"]), np.searchsorted(rows, pairs["row_b"])
    links = sparse.coo_array((np.ones(len(pairs)), (a, b)), shape=(len(rows), len(rows)))
    _, component = csgraph.connected_components(links, directed=False) if len(rows) else (0, rows)
    order = np.argsort(component, kind="stable")
    ends = np.flatnonzero(np.diff(component[order])) + 1
    clusters = [[int(row) for row in part] for part in np.split(rows[order], ends) if len(part)]
    return sorted(clusters, key=lambda cluster: (-len(cluster), cluster))


def make_data(count: int, **columns: list) -> index.Index:
    return made_indexes.make_index([number % 2 for number in range(count)], [""] * count, **columns)


@pytest.mark.parametrize("how", [*COPIES, *TURNS])
def test_every_planted_copy_is_found_and_nothing_else(how: str) -> None:
    originals = draw_pictures(24)
    change = {**COPIES, **TURNS}[how]
    pixels = decode([*originals, *(change(picture) for picture in originals)])
    pairs = near_identical.find_near_pairs(make_data(48), pixels)
    found = sorted(zip(pairs["row_a"], pairs["row_b"], strict=True))
    assert found == [(number, number + 24) for number in range(24)]
    assert set(pairs["how"]) == {near_identical.TURNED if how in TURNS else near_identical.NEAR}
    assert pairs["similarity"].between(verification.LEAST_SIMILAR, 1).all()


def test_different_cells_of_the_drawn_kind_are_not_reported() -> None:
    """Blobs in the middle of black, as malaria cells are: their outlines alone are much alike."""
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[-1:1:64j, -1:1:64j]
    disc = (rows**2 + columns**2 < 0.8)[None, :, :, None]
    inside = ndimage.gaussian_filter(rng.normal(size=(300, 64, 64, 1)), (0, 2, 2, 0))
    cells = np.clip(disc * (np.array([200, 150, 170]) + 160 * inside), 0, 255).astype(np.uint8)
    assert near_identical.find_near_pairs(make_data(300), cells).empty


def test_identical_files_are_paired_with_the_first_only() -> None:
    pixels = decode(draw_pictures(3))[[0, 1, 1, 1, 2]]
    pairs = near_identical.find_near_pairs(make_data(5, contents=[0, 1, 1, 1, 2]), pixels)
    assert pairs[["row_a", "row_b", "similarity", "how"]].to_numpy().tolist() == [
        [1, 2, 1.0, near_identical.IDENTICAL],
        [1, 3, 1.0, near_identical.IDENTICAL],
    ]


def test_the_same_pixels_in_another_format_are_near_identical() -> None:
    pixels = decode(draw_pictures(2))[[0, 1, 1]]
    (pair,) = near_identical.find_near_pairs(make_data(3), pixels).to_dict("records")
    assert (pair["row_a"], pair["row_b"], pair["how"]) == (1, 2, near_identical.NEAR)
    assert pair["similarity"] == pytest.approx(1, abs=1e-4)


def test_images_of_one_colour_are_not_compared_and_counted() -> None:
    pixels = np.full((40, 64, 64, 3), 0, np.uint8) + np.arange(40, dtype=np.uint8)[:, None, None, None]
    pairs = near_identical.find_near_pairs(make_data(40), pixels)
    assert (len(pairs), pairs.attrs) == (0, {"flat": 40, "cut": 0})
    assert "40 images of a single colour" in near_identical.describe_limits(pairs)[0]


def test_many_copies_of_one_picture_stay_bounded_and_in_one_cluster() -> None:
    rng = np.random.default_rng(0)
    image = decode(draw_pictures(1)).astype(np.int16)
    pixels = np.clip(image + rng.integers(-2, 3, (300, 64, 64, 3)), 0, 255).astype(np.uint8)
    pairs = near_identical.find_near_pairs(make_data(300), pixels)
    assert len(pairs) <= 300 * candidate_pairs.MOST_PARTNERS
    assert pairs.attrs["cut"] == 300
    assert [len(cluster) for cluster in connect(pairs)] == [300]


def test_unreadable_images_are_left_out() -> None:
    pixels = decode(draw_pictures(1))[[0, 0, 0]]
    pairs = near_identical.find_near_pairs(make_data(3, problems=["", "cannot be read", ""]), pixels)
    assert pairs[["row_a", "row_b"]].to_numpy().tolist() == [[0, 2]]


def test_no_image_at_all() -> None:
    pairs = near_identical.find_near_pairs(make_data(2, problems=["bad", "bad"]), np.zeros((2, 64, 64, 3), np.uint8))
    assert pairs.empty
    assert tuple(pairs.columns) == near_identical.COLUMNS
    assert connect(pairs) == []


def test_pairs_are_kept_by_content(tiny_dataset: index.Index) -> None:
    assert near_identical.read_pairs(tiny_dataset) is None
    built = near_identical.build_pairs(tiny_dataset)
    read = near_identical.read_pairs(tiny_dataset)
    pd.testing.assert_frame_equal(built, read)
    assert read.attrs == built.attrs
    assert read.attrs.keys() == {"flat", "cut"}


@pytest.mark.parametrize("content", [b"", b"no parquet", None])
def test_a_damaged_file_of_pairs_is_none(tiny_dataset: index.Index, content: bytes | None) -> None:
    path = near_identical.pairs_path(tiny_dataset)
    near_identical.build_pairs(tiny_dataset)
    path.write_bytes(content if content is not None else path.read_bytes()[:-20])
    assert near_identical.read_pairs(tiny_dataset) is None


def test_cancelling_leaves_nothing(tiny_dataset: index.Index) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        near_identical.build_pairs(tiny_dataset, stop)
    assert not list(paths.cache_folder().glob("*likeness*"))

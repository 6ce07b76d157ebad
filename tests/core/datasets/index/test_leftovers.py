"""What is removed when exclusions change: earlier results of the same images that no data set shows any more."""

import shutil

from core.base import paths
from core.datasets.index import index, leftovers, pixels
from core.datasets.views import class_means, colours, embedding
from tests.support import decided


def make_results(data: index.Index) -> set[str]:
    opened = pixels.open_pixels(data, 64, 64)
    colours.build_histograms(data, opened)
    class_means.write_class_images(data, class_means.build_class_images(data, opened))
    embedding.build_embedding(data, method="pca")
    found = (
        colours.histogram_path(data),
        class_means.means_path(data),
        embedding.embedding_path(data, "pca", "pixels"),
    )
    return {path.name for path in found}


def list_results() -> set[str]:
    return {path.name for path in paths.cache_folder().glob("*.npz")}


def test_earlier_exclusions_leave_nothing_behind(tiny_dataset: index.Index) -> None:
    made = make_results(tiny_dataset)
    assert list_results() == made != set()
    decided.exclude("tiny", [tiny_dataset.table.at[3, "image_id"]], "test")
    made = make_results(index.read_index("tiny"))
    assert list_results() == made


def test_another_data_set_of_the_same_images_keeps_its_own(tiny_dataset: index.Index) -> None:
    shutil.copytree(paths.datasets_folder() / "tiny", paths.datasets_folder() / "twin")
    twin = index.build_index("twin")
    assert twin.content == tiny_dataset.content
    both = make_results(twin)
    decided.exclude("tiny", [tiny_dataset.table.at[3, "image_id"]], "test")
    both |= make_results(index.read_index("tiny"))
    assert list_results() == both
    assert len(both) == 6
    index.remove_index("twin")
    decided.exclude("tiny", [tiny_dataset.table.at[4, "image_id"]], "test")
    made = make_results(index.read_index("tiny"))
    assert list_results() == made


def test_a_longer_name_that_begins_alike_is_not_taken_for_it(tiny_dataset: index.Index) -> None:
    folder = paths.cache_folder()
    mark = tiny_dataset.fingerprint[:16]
    kept, other = folder / f"x-map-pca-m-{mark}.npz", folder / "x-map-pca-m-2-0123456789abcdef.npz"
    outdated = folder / "x-map-pca-m-0123456789abcdef.npz"
    for path in (kept, other, outdated):
        path.write_bytes(b"")
    leftovers.remove_outdated(tiny_dataset, kept)
    assert (kept.exists(), other.exists(), outdated.exists()) == (True, True, False)

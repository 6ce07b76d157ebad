"""What came in with a data set, in one line."""

import shutil

from core.base import paths
from core.datasets.index import index, index_words
from tests import conftest as shared


def test_what_came_in_is_said_in_one_line(home):
    folder = paths.datasets_folder() / "tiny"
    shared.write_tiny_images(folder)
    assert index_words.say_arrival(index.build_index("tiny")) == "tiny: 72 images in 2 classes of 12 patients"
    first = next((folder / "Uninfected").iterdir())
    shutil.copy(first, first.with_name(f"{first.stem}-again{first.suffix}"))
    (folder / "Uninfected" / "P1thin_text.png").write_text("not an image")
    said = index_words.say_arrival(index.build_index("tiny"))
    assert said == "tiny: 73 images in 2 classes of 12 patients; 1 could not be read, 1 is twice"
    said = index_words.say_arrival(index.build_index("tiny", group_rule="none"))
    assert said == "tiny: 73 images in 2 classes; 1 could not be read, 1 is twice"

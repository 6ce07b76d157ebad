"""What can be decided about an image depends on the image, not on the page that shows it."""

import numpy as np
import pytest
from PIL import Image

from core.base import paths
from core.datasets.index import acts, index, ledger
from pages.kit import image_actions
from tests.support import decided, deciding

CLASSES = [f"kind {letter}" for letter in "abcdef"]


@pytest.fixture
def six(home):
    """Six classes of two pictures, and one in no class."""
    rng = np.random.default_rng(0)
    for name in CLASSES:
        folder = paths.datasets_folder() / "six" / name
        folder.mkdir(parents=True)
        for number in range(2):
            Image.fromarray(rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(paths.datasets_folder() / "six" / "z.png")
    return index.build_index("six")


def list_kinds(data, row, **prompt):
    choices = image_actions.list_choices(data, row, image_actions.Prompt(**prompt))
    return [(choice.kind, choice.about) for choice in choices]


def test_the_class_that_prompted_it_comes_first(six):
    offered = list_kinds(six, 0, suggested="kind d")
    assert [about for kind, about in offered if kind == acts.RELABEL] == [
        "kind d",
        "kind b",
        "kind c",
        "kind e",
        "kind f",
    ]
    assert [kind for kind, _ in offered[5:]] == [acts.EXCLUDE, acts.SECOND_LOOK, acts.KEEP]


def test_what_stands_is_not_offered_again(six):
    image_id = six.table.at[0, "image_id"]
    decided.exclude("six", [image_id])
    assert [kind for kind, _ in list_kinds(index.read_index("six"), 0)][5:] == [acts.SECOND_LOOK]
    finding = list_kinds(index.read_index("six"), 0, finding="dark")
    assert finding[-1] == (acts.KEEP, "dark")  # what a finding says of it can be fine all the same


def test_a_file_without_a_class_can_have_no_other(six):
    row = int(six.table.index[six.table["label"] < 0][0])
    assert acts.RELABEL not in [kind for kind, _ in list_kinds(six, row)]


def test_of_many_classes_one_is_chosen_from_a_list(app, six):
    image_id = six.table.at[0, "image_id"]
    test = app("explore", dataset="six", image=image_id)
    test.selectbox(key="decide-class").set_value("kind e").run()
    deciding.decide(test, "decide", "relabel")
    [act] = ledger.list_acts()
    assert (act.about, act.by) == ("kind e", "Ada")
    labels = [button.label for button in test.button if str(button.key).startswith("decide-relabel")]
    assert labels == [f"Label is wrong: it is kind {letter}" for letter in "bcdf"]  # so few that each has a button


def test_a_name_that_is_known_is_sent_to_the_browser_in_every_run(app, six):
    """A field that was closed and opened again begins empty there, whatever this side remembers of it."""
    test = app("explore", dataset="six", image=six.table.at[0, "image_id"])
    assert not test.text_input(key="decide-who").proto.set_value  # nothing is known: what is typed is left alone
    test.text_input(key="decide-who").set_value("Ada").run()
    for _ in range(2):
        test.run()
        field = test.text_input(key="decide-who").proto
        assert (field.set_value, field.value) == (True, "Ada")

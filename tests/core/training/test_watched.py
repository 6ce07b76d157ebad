"""The images whose answers are watched: how they are drawn, what is kept, and what a killed or broken file leaves."""

import pandas as pd
import pytest

from core.base import errors, files
from core.training import watched


def make_part(images=60, *, classes=2, patients=10):
    numbers = range(images)
    groups = [f"P{n * patients // images}" if patients else "" for n in numbers]
    table = {"image_id": [f"i{n}" for n in numbers], "label": [n % classes for n in numbers], "group": groups}
    return pd.DataFrame(table, index=[7 * n for n in numbers])


def keep(folder, *answers, part=None):
    """Two images, of class 0 and 1, and what is answered to them epoch by epoch, as the share of class 1."""
    chosen = part if part is not None else make_part(2, patients=2)
    watched.write_images(folder, chosen)
    for epoch, shares in answers:
        watched.append_answers(folder, epoch, [[1 - share, share] for share in shares])


def test_eight_of_both_classes_each_of_another_patient():
    chosen = watched.choose_images(make_part(), seed=3)
    assert chosen["label"].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert chosen["group"].nunique() == 8
    pd.testing.assert_frame_equal(chosen, watched.choose_images(make_part(), seed=3))
    assert set(chosen["image_id"]) != set(watched.choose_images(make_part(), seed=4)["image_id"])


@pytest.mark.parametrize(
    ("images", "classes", "patients", "expected"),
    [(60, 2, 0, 8), (60, 2, 3, 8), (5, 2, 5, 5), (60, 20, 60, 8), (60, 1, 60, 8), (0, 2, 1, 0)],
)
def test_as_many_as_there_can_be(images, classes, patients, expected):
    """Also where patients are few, not known or not there, and with more classes than images are watched."""
    chosen = watched.choose_images(make_part(images, classes=classes, patients=patients), seed=0)
    assert len(chosen) == chosen["image_id"].nunique() == expected
    assert chosen["label"].nunique() == min(classes, expected, 8)


def test_a_story_is_told_epoch_by_epoch(tmp_path):
    keep(tmp_path, (1, (0.9, 0.2)), (2, (0.3, 0.8)))
    first, second = watched.read_stories(tmp_path, epochs=2)
    assert (first.image.image_id, first.image.label, first.image.group) == ("i0", 0, "P0")
    assert (first.epochs, first.answers, first.right) == ((1, 2), (1, 0), (False, True))
    assert first.true_class == pytest.approx((0.1, 0.7))
    assert (second.true_class, second.probability) == (pytest.approx((0.2, 0.8)), pytest.approx(0.8))


def test_an_epoch_that_was_done_again_counts_as_it_was_done_last_and_a_lost_one_not(tmp_path):
    keep(tmp_path, (1, (0.4, 0.6)), (2, (0.1, 0.1)))
    with (tmp_path / watched.FILE).open("a") as file:
        file.write('{"kind":"answers","epo')
    keep(tmp_path, (2, (0.3, 0.9)), (3, (0.2, 0.9)))
    assert len([row for row in files.read_lines(tmp_path / watched.FILE) if row["kind"] == "images"]) == 1
    second = watched.read_stories(tmp_path, epochs=2)[1]
    assert second.epochs == (1, 2)
    assert second.true_class == pytest.approx((0.6, 0.9))


def test_a_run_of_before_and_one_before_its_first_epoch_have_no_story(tmp_path):
    assert watched.read_stories(tmp_path, epochs=5) == []
    keep(tmp_path)
    assert watched.read_stories(tmp_path, epochs=5) == []


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "answers", "epoch": 1, "probabilities": [[0.5, 0.5]]},
        {"kind": "answers", "epoch": 1, "probabilities": [[0.5, 0.5], [1.0]]},
        {"kind": "answers", "epoch": 1, "probabilities": [[1.0], [1.0]]},
        {"kind": "answers", "epoch": 1, "probabilities": [[7.0, 0.5], [0.5, 0.5]]},
        {"kind": "answers", "epoch": 0, "probabilities": [[0.5, 0.5], [0.5, 0.5]]},
        {"kind": "something else"},
    ],
)
def test_rows_that_cannot_be_are_passed_over(tmp_path, row):
    keep(tmp_path)
    files.append_lines(tmp_path / watched.FILE, [row])
    assert watched.read_stories(tmp_path, epochs=3) == []
    keep(tmp_path, (2, (0.3, 0.9)))
    assert [story.epochs for story in watched.read_stories(tmp_path, epochs=3)] == [(2,), (2,)]


def test_a_folder_in_place_of_the_file_is_a_named_fault(tmp_path):
    (tmp_path / watched.FILE).mkdir()
    with pytest.raises(errors.RunBroken, match=watched.FILE):
        watched.read_stories(tmp_path, epochs=1)

"""What waits, cases and images of data sets together; looking begins no database."""

import pytest

from core.base import paths
from core.datasets.index import acts, ledger
from core.review import case_images, case_record, cases, waiting
from tests.support import sent_images


@pytest.fixture
def both(store, tiny_dataset):
    """Two images of `tiny` in the ledger, one of them asked for twice, and a case between them."""
    ids = tiny_dataset.table["image_id"].tolist()
    ask = lambda image_id, by, model="": ledger.record(  # noqa: E731
        [acts.Act(acts.SECOND_LOOK, "tiny", image_id, by, why="blurred", model_id=model)]
    )
    ask(ids[0], "Ada")
    answered = case_record.Answer("m", "2026", "answer", "Sick", {"Sick": 0.9, "Well": 0.1})
    cases.send(sent_images.encode(1, 200), "=cmd.png", by="Ben", why="odd", answered=answered)
    ask(ids[1], "Cleo")
    ask(ids[0], "Dan", model="m")
    return tiny_dataset


def test_who_only_looks_begins_no_database(home):
    assert (waiting.count(), waiting.list_newest(), waiting.list_contents(), waiting.find_content("ab")) == (
        0,
        [],
        set(),
        None,
    )
    assert not paths.review_folder().exists()


def test_all_that_waits_is_listed_the_newest_first_an_image_once(both):
    assert waiting.count() == 3
    assert [one.by for one in waiting.list_newest()] == ["Dan", "Cleo", "Ben"]
    assert [one.by for one in waiting.list_newest(2)] == ["Dan", "Cleo"]
    assert waiting.list_newest()[0].name == both.table["path"][0].rpartition("/")[2]


def test_each_has_a_small_picture_or_none(both):
    listed = waiting.list_newest()
    pictures = [waiting.read_thumbnail(one) for one in listed]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    case_images.remove(listed[2].case.sha256)
    (paths.datasets_folder() / "tiny" / both.table["path"][0]).unlink()
    for cached in (paths.cache_folder() / "thumbnails").glob("*"):
        cached.unlink()
    assert [bool(waiting.read_thumbnail(one)) for one in listed] == [False, True, False]


def test_what_is_taken_back_waits_no_more_and_stays_written_down(both):
    for one in waiting.list_newest():
        waiting.take_back(one, by="Eve", why="by mistake")
    assert waiting.count() == 0
    assert [act.by for act in ledger.read_acts("tiny") if act.withdrawn] == ["Eve"] * 3
    assert [event.by for event in cases.list_events(1)] == ["Ben", "Eve"]


def test_a_case_can_be_deleted_an_image_of_a_data_set_not(both):
    dan, _, ben = waiting.list_newest()
    waiting.read_thumbnail(ben)
    waiting.delete(ben)
    assert waiting.count() == 2
    left = [path.name for path in paths.data_folder().rglob("*") if ben.case.sha256 in path.name]
    assert left == [], "nor a small picture"
    with pytest.raises(ValueError, match="data set"):
        waiting.delete(dan)


def test_the_table_has_a_row_an_image(both):
    table = waiting.tabulate(waiting.list_newest())
    assert table["name"].tolist()[2] == "=cmd.png"
    assert table["source"].tolist() == ["dataset", "dataset", "predict"]
    assert table["p_Sick"].tolist()[2] == 0.9 and table["p_Sick"].isna().tolist() == [True, True, False]
    assert table["dataset"].tolist() == ["tiny", "tiny", ""]
    assert list(waiting.tabulate([]).columns) == waiting.COLUMNS

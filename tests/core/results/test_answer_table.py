"""Answers as a person goes through them: counted and chosen without losing one, and said in words."""

import pandas as pd
import pytest

from core.results import answer_table


@pytest.fixture
def rows():
    """One of each kind, the table not in the order in which they should be looked at."""
    columns = ["path", "verdict", "class_name", "needs", "caution", "p_sick", "p_well", "smear", "turn"]
    listed = [
        ("a/1.png", "answer", "sick", "", False, 0.9, 0.1, "a", 4),
        ("a/2.png", "answer", "well", "caution", True, 0.2, 0.8, "a", 3),
        ("b/3.png", "unknown", None, "not known", False, None, None, "b", 1),
        ("b/4.png", "refer", "well", "referred", False, 0.5, 0.5, "b", 2),
        ("b/5.png", "unreadable", None, "unreadable", False, None, None, "b", 0),
        ("b/6.png", "answer", "well", "", False, 0.01, 0.99, "b", 5),
    ]
    table = pd.DataFrame(listed, columns=columns)
    more = {"refer": False, "distance": 1.0, "limit": 2.0, "reasons": "", "seen": "", "seen_patient": ""}
    return table.assign(**more, copy_of="", image_id="0", error=["", "", "", "", "torn", ""])


def test_every_kind_that_is_counted_selects_as_many_and_the_doubtful_come_first(rows):
    counts = answer_table.count_kinds(rows)
    assert counts[""] == 6 and counts[answer_table.WAITING] == 4
    assert counts["answered sick"] == 1 and counts["answered well"] == 2
    for kind, count in counts.items():
        chosen = answer_table.select(rows, kind)
        assert len(chosen) == count and chosen["turn"].is_monotonic_increasing, kind
    assert len(answer_table.select(rows, answer_table.WAITING, "a")) == 1
    assert answer_table.count_kinds(rows[:1]) == {"": 1, "answered sick": 1}, "no kind that is not there"


def test_each_answer_in_words(rows):
    said = [answer_table.say_answer(row) for _, row in rows.iterrows()]
    assert said == ["sick", "well, with caution", "Not known", "A person should look", "Cannot be read", "well"]
    assert answer_table.say_why(rows.loc[4]) == "cannot be read: torn"
    chances = [answer_table.find_probability(row) for _, row in rows.iterrows()]
    assert chances == [0.9, 0.8, None, 0.5, None, 0.99]


def test_what_the_model_learnt_from_is_said(rows):
    assert answer_table.say_seen(rows) == ""
    rows.loc[[0, 1], "seen"] = ["training", "validation"]
    rows.loc[[0, 2, 3], "seen_patient"] = ["training", "test", "training"]
    assert answer_table.say_seen(rows) == (
        "The model learnt from 2 of these 6 images and other images of the patients of 1: it errs less on them than "
        "on new ones."
    )


def test_the_table_has_every_image_once_the_doubtful_on_top(rows):
    table = answer_table.tabulate(rows, ["sick", "well"])
    assert table["image"].tolist()[0] == "b/5.png" and sorted(table["image"]) == sorted(rows["path"])
    assert {"p_sick", "p_well", "needs", "smear", "reasons"} <= set(table.columns)

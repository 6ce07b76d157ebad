"""Which images to show: filters, order, what is known of one image."""

import numpy as np
import pytest

from core.datasets.index import browsing, index
from tests.support import decided


def test_an_order_of_all_usable_rows_that_the_seed_fixes(tiny_dataset):
    rows = browsing.select_rows(tiny_dataset)
    assert sorted(rows.tolist()) == list(range(72))
    assert rows.tolist() == browsing.select_rows(tiny_dataset).tolist()
    assert rows.tolist() != browsing.select_rows(tiny_dataset, seed=1).tolist()
    assert rows.dtype == np.int64


def test_filters_are_all_met(tiny_dataset):
    rows = browsing.select_rows(tiny_dataset, class_name="Uninfected", group="P3")
    table = tiny_dataset.table.loc[rows]
    assert len(rows) == 3
    assert set(table["group"]) == {"P3"}
    assert {tiny_dataset.class_names[label] for label in table["label"]} == {"Uninfected"}
    assert not len(browsing.select_rows(tiny_dataset, group="nobody"))
    assert not len(browsing.select_rows(tiny_dataset, split="train"))
    with pytest.raises(ValueError, match="not in tuple"):
        browsing.select_rows(tiny_dataset, class_name="nothing")


def test_what_was_decided_can_be_looked_at(tiny_dataset):
    ids = tiny_dataset.table["image_id"]
    decided.exclude("tiny", [ids[4]], "dark")
    decided.propose("tiny", ids[9], "Uninfected", "no parasite seen")
    now = index.read_index("tiny")
    assert browsing.select_rows(now, status="excluded").tolist() == [4]
    assert browsing.select_rows(now, status="proposed").tolist() == [9]
    assert 4 not in browsing.select_rows(now)
    assert browsing.count_statuses(now) == {"usable": 71, "excluded": 1, "proposed": 1, "unreadable": 0}


def test_facts_of_an_image(tiny_dataset):
    facts = browsing.describe_image(tiny_dataset, 0)
    assert facts["Class"] == "Parasitized"
    assert facts["Size"] == "20 x 20 pixels"
    assert facts["File"] == tiny_dataset.table.at[0, "path"]
    assert "Problem" not in facts


def test_an_image_is_found_by_its_identity(tiny_dataset):
    assert browsing.find_row(tiny_dataset, tiny_dataset.table.at[7, "image_id"]) == 7
    assert browsing.find_row(tiny_dataset, "nothing") is None


def test_patients_are_sorted_by_the_numbers_in_their_names(tiny_dataset):
    assert browsing.list_groups(tiny_dataset) == [f"P{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("mixed", "wanted"),
    [(["P10", "P9", "P"], ["P", "P9", "P10"]), (["10", "9", "a"], ["9", "10", "a"]), (["²", "1"], ["1", "²"])],
)
def test_order_by_number(mixed, wanted):
    assert sorted(mixed, key=browsing._by_number) == wanted


def test_with_nothing_left_there_is_an_empty_order(tiny_dataset):
    assert browsing.select_rows(tiny_dataset, status="excluded").tolist() == []
    decided.exclude("tiny", tiny_dataset.table["image_id"].tolist(), "all")
    now = index.read_index("tiny")
    assert browsing.select_rows(now).tolist() == []
    assert browsing.select_rows(now, class_name="Uninfected").tolist() == []


def test_filtering_keeps_the_order_given(tiny_dataset):
    rows = np.array([70, 3, 40, 5, 4])
    assert browsing.filter_rows(tiny_dataset, rows).tolist() == rows.tolist()
    kept = browsing.filter_rows(tiny_dataset, rows, class_name="Parasitized")
    assert kept.tolist() == [row for row in rows if tiny_dataset.table.at[row, "label"] == 0]
    group = tiny_dataset.table.at[3, "group"]
    assert 3 in browsing.filter_rows(tiny_dataset, rows, group=group)
    assert browsing.filter_rows(tiny_dataset, rows, split="test").tolist() == []
    assert browsing.filter_rows(tiny_dataset, rows[:0], class_name="Parasitized").tolist() == []

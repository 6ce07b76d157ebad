"""The leak audit against a plain count, and what it says where nobody looked."""

import json

import numpy as np
import pandas as pd
import pytest

from core.datasets.duplicates import near_identical
from core.datasets.splits import leak_audit, splits
from tests.support import made_indexes

SIDES = ["train", "train", "validation", "test"]


def make_pairs(*pairs: tuple[int, int, str]) -> pd.DataFrame:
    columns = list(near_identical.COLUMNS)
    table = pd.DataFrame([(a, b, 0.99, how) for a, b, how in pairs], columns=columns)
    return table.astype({"row_a": "int64", "row_b": "int64"})


def make_case(groups, sides, contents=None, problems=None):
    data = made_indexes.make_index([0] * len(groups), groups, given=sides, contents=contents, problems=problems)
    table = splits._make_table(data.usable, data.usable["split"].to_numpy(dtype=str))
    return data, table


def test_nothing_leaks() -> None:
    data, table = make_case(["A", "A", "B", "C"], SIDES)
    found = leak_audit.audit_split(table, data, make_pairs((0, 1, near_identical.NEAR)))
    assert (found.leaks, found.warnings, found.unknowns) == (False, [], [])


def test_patients_on_more_than_one_side_are_counted() -> None:
    data, table = make_case(["A", "B", "A", "B", "", "A"], ["train", "train", "test", "test", "train", "validation"])
    found = leak_audit.audit_split(table, data, make_pairs())
    assert found.patients.table["group"].tolist() == ["A", "B"]
    assert found.patients.table[["train", "validation", "test"]].to_numpy().tolist() == [[1, 1, 1], [1, 0, 1]]
    assert found.patients.table[["row_a", "split_a", "row_b", "split_b"]].to_numpy().tolist() == [
        [0, "train", 5, "validation"],
        [1, "train", 3, "test"],
    ]
    assert found.warnings == ["2 patients are on more than one side, with 5 images."]


@pytest.mark.parametrize("seed", range(5))
def test_patients_agree_with_the_count_of_the_split(seed: int) -> None:
    data = made_indexes.make_malaria_index(seed)
    split = splits.make_split(data, rule="random", seed=seed)
    found = leak_audit.audit_split(split.table, data, None)
    assert found.patients.count == split.groups_shared > 100
    sides = split.table.set_index("row")["split"]
    groups = data.table["group"]
    for pair in found.patients.table.itertuples():
        assert sides[pair.row_a] == pair.split_a != pair.split_b == sides[pair.row_b]
        assert groups[pair.row_a] == groups[pair.row_b] == pair.group


def test_identical_files_on_more_than_one_side() -> None:
    data, table = make_case(["", "", "", ""], SIDES, contents=[1, 1, 1, 2])
    found = leak_audit.audit_split(
        table, data, make_pairs((0, 1, near_identical.IDENTICAL), (0, 2, near_identical.IDENTICAL))
    )
    assert found.identical.table[["row_a", "row_b"]].to_numpy().tolist() == [[0, 2]]
    assert found.near.count == 0
    assert found.warnings == ["1 file is on more than one side, byte for byte the same."]


def test_near_identical_images_on_different_sides() -> None:
    data, table = make_case(["", "", "", ""], SIDES)
    pairs = make_pairs((0, 1, near_identical.NEAR), (0, 3, near_identical.NEAR), (1, 2, near_identical.TURNED))
    found = leak_audit.audit_split(table, data, pairs)
    assert found.near.table[["row_a", "row_b", "how"]].to_numpy().tolist() == [
        [0, 3, near_identical.NEAR],
        [1, 2, near_identical.TURNED],
    ]
    assert found.warnings == ["2 pairs of near-identical images on different sides."]


def test_a_near_copy_is_seen_by_way_of_an_identical_file_that_is_left_out() -> None:
    """The pair names the first of identical files; here that one has a problem, and its twin stands in train."""
    data, table = make_case([""] * 3, ["train", "train", "test"], contents=[1, 1, 2], problems=["bad", "", ""])
    found = leak_audit.audit_split(
        table, data, make_pairs((0, 1, near_identical.IDENTICAL), (0, 2, near_identical.NEAR))
    )
    assert found.near.table[["row_a", "row_b"]].to_numpy().tolist() == [[1, 2]]


def test_what_nobody_looked_for_is_said_and_is_no_leak() -> None:
    data, table = make_case([""] * 4, SIDES)
    found = leak_audit.audit_split(table, data, None)
    assert not found.leaks
    assert len(found.unknowns) == 2
    said = found.to_json()
    assert (said["patients_shared"], said["near_identical_pairs_shared"]) == (None, None)


def test_what_could_not_be_compared_is_said_with_the_split() -> None:
    data = made_indexes.make_malaria_index(0)
    pairs = make_pairs((0, 1, near_identical.NEAR))
    pairs.attrs = {"flat": 7, "cut": 0}
    found = leak_audit.audit_split(splits.make_split(data, rule="random", seed=0).table, data, pairs)
    assert found.unknowns == ["7 images of a single colour were compared by their files only."]
    assert found.to_json()["unknowns"] == found.unknowns


def test_it_is_json() -> None:
    data = made_indexes.make_malaria_index(0)
    split = splits.make_split(data, rule="random", seed=0)
    said = leak_audit.audit_split(split.table, data, make_pairs((0, 1, near_identical.NEAR))).to_json()
    assert json.loads(json.dumps(said)) == said
    assert said["leaks"] is True


def test_keeping_copies_together_leaves_no_near_copies_apart() -> None:
    rng = np.random.default_rng(0)
    data = made_indexes.make_index([0, 1] * 200, [""] * 400)
    pairs = make_pairs(*((int(a), int(a) + 1, near_identical.NEAR) for a in rng.choice(399, 60, replace=False)))
    for rule in ("patient", "random"):
        apart = splits.make_split(data, rule=rule, seed=0)
        kept = splits.make_split(data, rule=rule, seed=0, together=pairs)
        assert leak_audit.audit_split(apart.table, data, pairs).near.count > 0
        assert leak_audit.audit_split(kept.table, data, pairs).near.count == 0

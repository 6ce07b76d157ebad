"""How images are divided: at quartiles with equals together, by file and by source, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.results import slices


def make(values, column="brightness"):
    ids = [f"i{number}" for number in range(len(values))]
    return pd.DataFrame({"image_id": ids}), pd.DataFrame({"image_id": ids, column: values})


def build(values, column="brightness"):
    return slices.build_slices(*make(values, column))


def test_numbers_are_cut_into_quarters():
    found = build(np.arange(100.0))
    assert [one.mask.sum() for one in found] == [25, 25, 25, 25]
    assert [one.name for one in found] == ["0 to 24, the lowest", "25 to 49", "50 to 74", "75 to 99, the highest"]
    assert {one.kind for one in found} == {"Brightness"}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60))
@settings(deadline=None, max_examples=60)
def test_equal_values_stay_together_and_every_image_is_in_one_part(values):
    array = np.array(values, dtype=float)
    found = build(array)
    if not found:
        assert max(np.bincount(np.array(values))) / len(values) >= 0.25 or len(set(values)) == 1
        return
    assert (np.sum([one.mask for one in found], axis=0) == 1).all()
    for one in found:
        assert not set(array[one.mask]) & set(array[~one.mask])
        assert one.mask.any()


def test_a_fact_that_all_share_divides_nothing():
    assert build([5.0] * 30) == []
    assert build(["png"] * 30, "format") == []
    assert build([np.nan] * 30) == []
    assert build([]) == []


def test_what_is_not_known_is_in_no_part():
    found = build([*np.arange(8.0), np.nan, np.inf])
    assert not any(one.mask[8] or one.mask[9] for one in found)
    predictions, facts = make(np.arange(8.0))
    found = slices.build_slices(pd.DataFrame({"image_id": ["elsewhere", *predictions["image_id"]]}), facts)
    assert not any(one.mask[0] for one in found) and sum(one.mask.sum() for one in found) == 8


def test_facts_are_joined_by_image_not_by_place():
    predictions, facts = make(np.arange(40.0))
    shuffled = facts.sample(frac=1, random_state=0)
    for one, other in zip(
        slices.build_slices(predictions, facts), slices.build_slices(predictions, shuffled), strict=True
    ):
        assert (one.mask == other.mask).all()


def test_many_sources_are_taken_together():
    found = build([f"s{number % 30:02d}" for number in range(300)], "source")
    assert len(found) == slices.MOST_VALUES and found[-1].name == slices.OTHERS
    assert (np.sum([one.mask for one in found], axis=0) == 1).all()
    assert found[-1].mask.sum() == 300 - 10 * (slices.MOST_VALUES - 1)


@pytest.mark.parametrize(
    ("values", "first"), [([0.001, 0.002, 0.003, 0.004], "0.00100"), ([1.5, 2.5, 3.5, 4.5], "1.50")]
)
def test_small_numbers_keep_their_decimals(values, first):
    assert build(values)[0].name.startswith(first)


def test_facts_of_a_data_set(tiny_dataset):
    listed = slices.list_facts(tiny_dataset, None)
    assert len(listed) == len(tiny_dataset.table) and set(listed["format"]) == {"png"}
    assert set(listed["area_px"]) == {400.0} and set(listed["source"]) == {"P"}
    assert not set(slices.LIGHT) & set(listed.columns)
    light = pd.DataFrame({name: np.arange(len(listed), dtype=np.float32) for name in slices.LIGHT})
    assert list(slices.list_facts(tiny_dataset, light)["sharpness"]) == list(range(len(listed)))
    kinds = {one.kind for one in slices.build_slices(tiny_dataset.table, slices.list_facts(tiny_dataset, light))}
    assert kinds == {"Brightness", "Contrast", "Sharpness", "File size"}


def test_sources_are_folders_unless_patients_are_told_by_them():
    paths = ["sick/cam1/a.png", "sick/cam2/b.png", "well/cam1/c.png", "well/cam2/d.png"]
    assert slices._find_sources(paths, ["x1", "x1", "y2", "y2"]) == ["cam1", "cam2", "cam1", "cam2"]
    assert slices._find_sources(paths, ["cam1", "cam2", "cam1", "cam2"]) == ["cam"] * 4
    flat = ["sick/a.png", "sick/b.png", "well/c.png", "well/d.png"]
    assert slices._find_sources(flat, ["person1", "IM-2", "7", ""]) == ["person", "IM", "", ""]

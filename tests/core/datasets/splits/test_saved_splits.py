"""Saved splits: what is written is read, changed data sets are said, damaged files are no splits."""

import dataclasses

import pandas as pd
import pytest

from core.base import errors, files
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.splits import leak_audit, saved_splits, splits

SETTINGS = saved_splits.Settings(rule="random", seed=7, test_fraction=0.2)


def save(data: index.Index, name: str = "first", settings: saved_splits.Settings = SETTINGS) -> saved_splits.SavedSplit:
    split = saved_splits.make_split(data, settings, None)
    return saved_splits.write_split(name, data, settings, split, leak_audit.audit_split(split.table, data, None))


def test_what_is_written_is_read(tiny_dataset: index.Index) -> None:
    saved = save(tiny_dataset)
    assert saved_splits.read_split("tiny", "first") == saved
    assert saved_splits.list_splits("tiny") == [saved]
    assert sum(saved.counts.values()) == len(tiny_dataset.usable)
    assert saved.audit["leaks"]
    assert not saved.is_stale(tiny_dataset)
    saved_splits.require_current(saved, tiny_dataset)
    content = files.read_json(saved_splits.split_path("tiny", "first"))
    assert (content["rule"], content["seed"], content["test_fraction"]) == ("random", 7, 0.2)


def test_the_same_split_comes_back(tiny_dataset: index.Index) -> None:
    first = saved_splits.make_split(tiny_dataset, SETTINGS, None)
    save(tiny_dataset)
    again = saved_splits.make_split(tiny_dataset, saved_splits.read_split("tiny", "first").settings, None)
    pd.testing.assert_frame_equal(first.table, again.table)


def test_a_changed_data_set_is_said(tiny_dataset: index.Index) -> None:
    saved = dataclasses.replace(save(tiny_dataset), identity="0" * 64)
    assert saved.is_stale(tiny_dataset)
    with pytest.raises(errors.SavedSplitNotUsable, match="changed since"):
        saved_splits.require_current(saved, tiny_dataset)


def test_removed_is_gone_and_absent_is_fine(tiny_dataset: index.Index) -> None:
    save(tiny_dataset)
    saved_splits.remove_split("tiny", "first")
    saved_splits.remove_split("tiny", "first")
    assert saved_splits.list_splits("tiny") == []
    with pytest.raises(errors.SavedSplitNotUsable, match="none"):
        saved_splits.read_split("tiny", "first")


@pytest.mark.parametrize("name", ["", "../tiny", "A b", "con"])
def test_names_that_cannot_be_files(tiny_dataset: index.Index, name: str) -> None:
    with pytest.raises(errors.NameNotUsable):
        save(tiny_dataset, name)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"name": "first"}', "\u0000"])
def test_damaged_files_are_no_splits(tiny_dataset: index.Index, content: str) -> None:
    save(tiny_dataset)
    saved_splits.split_path("tiny", "first").write_text(content)
    with pytest.raises(errors.SavedSplitNotUsable):
        saved_splits.read_split("tiny", "first")
    assert saved_splits.list_splits("tiny") == []


def test_a_file_that_was_renamed_is_another_split(tiny_dataset: index.Index) -> None:
    save(tiny_dataset)
    saved_splits.split_path("tiny", "first").rename(saved_splits.split_path("tiny", "second"))
    with pytest.raises(errors.SavedSplitNotUsable, match="another split"):
        saved_splits.read_split("tiny", "second")


def test_copies_cannot_be_kept_together_before_somebody_looked(tiny_dataset: index.Index) -> None:
    settings = dataclasses.replace(SETTINGS, keep_copies_together=True)
    with pytest.raises(errors.SplitNotPossible, match="Look for near-identical images first"):
        saved_splits.make_split(tiny_dataset, settings, None)
    split = saved_splits.make_split(tiny_dataset, settings, near_identical.build_pairs(tiny_dataset))
    assert set(split.table["split"]) == set(splits.SPLITS)

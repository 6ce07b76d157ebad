"""Sizes and patients: nothing is lost in the counting."""

import dataclasses

import numpy as np
import pytest

from core.datasets.views import image_sizes


def with_sizes(data, heights, widths):
    table = data.table.assign(height_px=np.int32(heights), width_px=np.int32(widths))
    return dataclasses.replace(data, table=table)


def test_identical_sizes_are_one_row(tiny_dataset):
    table, rounded_px = image_sizes.count_sizes(tiny_dataset)
    assert rounded_px == 1
    assert table.to_dict("records") == [
        {"label": label, "height_px": 20, "width_px": 20, "images": 36} for label in (0, 1)
    ]


def test_many_sizes_are_rounded_until_they_are_few(tiny_dataset):
    heights = np.arange(len(tiny_dataset.table)) * 7 + 100
    data = with_sizes(tiny_dataset, heights, 2 * heights)
    exact, one = image_sizes.count_sizes(data)
    coarse, rounded_px = image_sizes.count_sizes(data, most=20)
    assert (len(exact), one) == (len(heights), 1)
    assert len(coarse) <= 20 and rounded_px in image_sizes.BINS_PX and rounded_px > 1
    assert coarse["images"].sum() == exact["images"].sum() == len(heights)
    assert (coarse["height_px"] % rounded_px == 0).all()
    assert list(coarse["images"]) == sorted(coarse["images"], reverse=True)


def test_patients_are_sorted_and_sum_to_the_images(tiny_dataset):
    data = dataclasses.replace(tiny_dataset, table=tiny_dataset.table.drop(columns="excluded"))
    data.table.loc[data.table.index[:5], "group"] = ""
    table = image_sizes.count_patients(data)
    assert list(table.columns) == list(data.class_names)
    assert int(table.to_numpy().sum()) == len(data.usable) - 5
    totals = table.sum(axis=1).to_numpy()
    assert (np.diff(totals) <= 0).all()
    plain = data.usable[data.usable["group"] != ""].groupby("group")["label"].value_counts().unstack(fill_value=0)
    assert (table.sort_index().to_numpy() == plain.to_numpy()).all()


@pytest.mark.parametrize("column", ["group", "problem"])
def test_no_patients_and_no_images_give_empty_tables(tiny_dataset, column):
    data = dataclasses.replace(
        tiny_dataset, table=tiny_dataset.table.assign(**{column: "" if column == "group" else "x"})
    )
    assert len(image_sizes.count_patients(data)) == 0
    assert len(image_sizes.count_sizes(data)[0]) == (2 if column == "group" else 0)

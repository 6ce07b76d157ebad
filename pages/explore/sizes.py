"""The shape of a data set: how many images of which class, split, size and patient."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.base import files
from core.datasets.index import index
from core.datasets.views import image_sizes
from core.figures import counts, patients, sizes, template
from pages.explore import averages
from pages.kit import cache, charts, dataset_summary, headline, state, text, theme


def show_sizes(data: index.Index) -> None:
    """In words, then counts, patients and sizes, each as a picture with its numbers to take away."""
    if data.usable.empty:
        headline.show_headline("No image of this data set can be used", note="So there is nothing to count.")
        address = {state.DATASET: data.name, state.PART: "doctor"}
        st.page_link("pages/datasets/page.py", label="See why", icon=":material/stethoscope:", query_params=address)
        return
    dataset_summary.show_found(data)
    size, values = _say_shape(data)
    st.markdown(size, help=values)
    st.header("Classes")
    _show_counts(data)
    if data.has_groups:
        st.header("Patients", help=cache.explain("group"))
        _show_patients(data)
    st.header("Sizes")
    _show_sizes(data)


@st.cache_resource(max_entries=8, show_spinner=False)
def _sizes(
    _data: index.Index, fingerprint: str, positive_class: str, mode: template.Theme
) -> tuple[pd.DataFrame, int, Any]:
    """Sizes, their rounding, and their figure: nobody changes them."""
    table, rounded_px = image_sizes.count_sizes(_data)
    return table, rounded_px, sizes.figure_sizes(table, _data.class_names, positive_class, mode)


@st.cache_resource(max_entries=8, show_spinner=False)
def _patients(
    _data: index.Index, fingerprint: str, group_rule: str, positive_class: str, mode: template.Theme
) -> tuple[pd.DataFrame, Any]:
    """Patients and their figure: nobody changes them."""
    table = image_sizes.count_patients(_data)
    return table, patients.figure_patients(table, _data.class_names, positive_class, mode)


def _say_shape(data: index.Index) -> tuple[str, str]:
    """Sizes, and what is behind it: values and bytes."""
    usable = data.usable
    heights, widths = usable["height_px"].to_numpy(), usable["width_px"].to_numpy()
    middle = f"{np.median(heights):.0f} × {np.median(widths):.0f} px (height × width)"
    if len(np.unique(heights)) == len(np.unique(widths)) == 1:
        size = f"All are {middle}"
    else:
        size = f"The median is {middle}, from {heights.min()} to {heights.max()} high and {widths.min()} to "
        size += f"{widths.max()} wide"
    stored = files.describe_bytes(int(usable["size_bytes"].sum()))
    found = averages.load_class_images(data)
    values = "Each pixel is three whole numbers (red, green, blue) from 0, black, to 255"
    if found is not None:
        there = np.flatnonzero(found.values.sum(axis=0))
        values += f"; found at 64 × 64 px: {there[0]} to {there[-1]}"
    return f"{size}; the files take {stored}.", f"{values}."


def _show_counts(data: index.Index) -> None:
    dataset_summary.show_counts(data)
    table = data.usable.groupby(["split", "label"]).size().rename("Images").reset_index()
    table = pd.DataFrame(
        {
            "Split": table["split"].replace("", counts.UNSPLIT),
            "Class": [data.class_names[label] for label in table["label"]],
            "Images": table["Images"],
        }
    )
    _offer(table, f"{data.name}-counts.csv", "counts")


def _show_patients(data: index.Index) -> None:
    table, figure = _patients(data, data.fingerprint, data.group_rule, data.positive_class, theme.current())
    charts.show_chart(figure, key=f"patients-{data.fingerprint}")
    total = table.sum(axis=1)
    alone = int(((table > 0).sum(axis=1) == 1).sum())
    unknown = len(data.usable) - int(total.sum())
    said = f"{patients.CAPTION} n = {len(table):,} patients, {int(total.sum()):,} images"
    said += f"; {unknown:,} images of unknown patients are left out." if unknown else "."
    more = (
        f"{total.median():.0f} images of a patient at the median, {total.max():,} at most "
        f"({100 * total.max() / total.sum():.1f} % of all). {alone:,} patients have images of one class only. "
    )
    step = patients.choose_step(len(table))
    more += f"Drawn is one patient in {step}. " if step > 1 else ""
    st.caption(said, help=more + patients.READING)
    _offer(table.add_prefix("of ").reset_index(names="Patient"), f"{data.name}-patients.csv", "patients")


def _show_sizes(data: index.Index) -> None:
    table, rounded_px, figure = _sizes(data, data.fingerprint, data.positive_class, theme.current())
    if len(table[["height_px", "width_px"]].drop_duplicates()) == 1 and rounded_px == 1:
        height, width = table.loc[0, ["height_px", "width_px"]]
        st.markdown(f"All {len(data.usable):,} images are {height} × {width} px: there is nothing to compare.")
        return
    charts.show_chart(figure, key=f"sizes-{data.fingerprint}")
    rounded = f" Sizes are rounded to {rounded_px} px." if rounded_px > 1 else ""
    said = f"{sizes.CAPTION} n = {len(data.usable):,} images, {len(table):,} marks."
    st.caption(said, help=f"{sizes.READING}{rounded} {_say_median_sizes(data)}")
    shown = table.assign(label=[data.class_names[label] for label in table["label"]])
    names = {"label": "Class", "height_px": "Height, px", "width_px": "Width, px", "images": "Images"}
    _offer(shown.rename(columns=names), f"{data.name}-sizes.csv", "sizes")


def _say_median_sizes(data: index.Index) -> str:
    """The median size of each class, so that a difference is seen where marks lie over each other."""
    medians = data.usable.groupby("label")[["height_px", "width_px"]].median()
    each = (f"{text.plain(data.class_names[label])} {h:.0f} × {w:.0f}" for label, h, w in medians.itertuples())
    return f"Median height × width: {', '.join(each)}."


def _offer(table: pd.DataFrame, file_name: str, key: str) -> None:
    """The numbers behind a picture."""
    st.download_button("CSV", cache.as_csv(table), file_name, key=f"csv-{key}", type="tertiary")

"""Pictures of a data set in rows: only those that are shown are read."""

import streamlit as st

from core import errors, overview
from core.datasets import browsing, index
from pages.ui import cached, guards, text

PAGE_IMAGES = 48
STRIP_IMAGES = 12
ALL = "All"


def input_class(data: index.Index) -> str | None:
    """The class to show; None for all."""
    chosen = st.selectbox("Class", [ALL, *data.class_names], key="explore-class")
    return None if chosen == ALL else str(chosen)


def input_split(data: index.Index) -> str | None:
    """The split that the folder came with to show; None for all, or where it came without."""
    if not data.given_splits:
        st.selectbox("Split", ["None made yet"], disabled=True, help="This folder came without train and test parts.")
        return None
    chosen = st.selectbox("Split", [ALL, *data.given_splits], key="explore-split")
    return None if chosen == ALL else str(chosen)


def show_grid(data: index.Index, *, class_name: str | None, split: str | None) -> None:
    """A page of thumbnails, each with its class and patient."""
    rows = browsing.select_rows(data, class_name=class_name, split=split)
    if not len(rows):
        st.info("No image of this class in this split.", icon=":material/hourglass_empty:")
        return
    page = 1
    pages = -(-len(rows) // PAGE_IMAGES)
    if pages > 1:
        page = st.pagination(pages, key=f"explore-page-{data.name}-{class_name}-{split}")
    shown = rows[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    _show_images(data, shown, min_width_px=110)
    st.caption(
        f"{len(rows):,} images in a fixed random order; {len(shown)} shown. Under each: class, and patient where "
        "known. Sizes are made equal here; the files are as you brought them."
    )


def show_strip(found: overview.Overview) -> None:
    """A dozen images of the newest data set: what this is about, at one look."""
    ready = [row for row in found.datasets if row["status"] == "ready"]
    if not ready:
        st.info("Images of your first data set will stand here.", icon=":material/hourglass_empty:")
        return
    with guards.faults_as_messages():
        data = cached.load_index(ready[0]["name"])
    _show_images(data, browsing.select_rows(data)[:STRIP_IMAGES], min_width_px=96, with_group=False)
    st.caption(f"From {data.name}: {len(data.usable):,} images, {text.plain(', '.join(data.class_names))}.")


def _show_images(data: index.Index, rows: list[int], *, min_width_px: int, with_group: bool = True) -> None:
    with st.grid("auto", min_column_width=min_width_px, gap="small"):
        for row in rows:
            name = text.plain(data.class_names[data.table.at[row, "label"]])
            group = text.plain(data.table.at[row, "group"]) if with_group else ""
            try:
                picture = cached.load_thumbnail(data, row)
            except errors.SecondLookError as error:
                st.caption(f":material/broken_image: {name}: its file cannot be shown.", help=text.plain(str(error)))
                continue
            st.image(picture, caption=f"{name} · {group}" if group else name, width="stretch", alt=f"Class {name}")

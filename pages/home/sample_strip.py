"""Pictures of a data set in rows: only those that are shown are read."""

import numpy as np
import streamlit as st

from core.base import errors
from core.datasets.index import index
from core.jobs import overview
from pages.kit import cache, guards, text

STRIP_IMAGES = 12


def show_strip(found: overview.Overview) -> None:
    """A dozen images of the newest data set: what this is about, at one look."""
    ready = [row for row in found.datasets if row["status"] == "ready"]
    if not ready:
        st.info("Images of your first data set will stand here.", icon=":material/hourglass_empty:")
        return
    with guards.faults_as_messages():
        data = cache.load_index(ready[0]["name"])
    _show_images(data, cache.select_rows(data)[:STRIP_IMAGES])
    st.caption(f"From {data.name}: {len(data.usable):,} images, {text.plain(', '.join(data.class_names))}.")


def _show_images(data: index.Index, rows: np.ndarray) -> None:
    with st.grid("auto", min_column_width=96, gap="small"):
        for row in rows:
            name = text.plain(data.class_names[data.find_label(row)])
            try:
                picture = cache.load_thumbnail(data, row)
            except errors.SecondLookError as error:
                st.caption(f":material/broken_image: {name}: its file cannot be shown.", help=text.plain(str(error)))
                continue
            st.image(picture, caption=name, width="stretch", alt=f"Class {name}")

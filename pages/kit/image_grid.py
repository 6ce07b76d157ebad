"""A grid of images of a data set, each of which opens when it is clicked."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import index
from pages.kit import cache, state, text

CLICKABLE = """
<style>
[class*="st-key-cell-"] { position: relative; }
[class*="st-key-cell-"] [class*="st-key-open-"] { position: absolute; inset: 0; z-index: 2; }
[class*="st-key-open-"] > div, [class*="st-key-open-"] [data-testid="stButton"] { width: 100%; height: 100%; }
[class*="st-key-open-"] button { width: 100%; height: 100%; opacity: 0; cursor: zoom-in; }
[class*="st-key-open-"] button:focus-visible { opacity: .35; }
[class*="st-key-cell-"] [data-testid="stImageCaption"] { overflow: hidden; }
[class*="st-key-cell-"] [data-testid="stImageCaption"] * { white-space: nowrap; text-overflow: ellipsis;
  overflow: hidden; }
[class*="st-key-cell-"]:hover img { outline: 2px solid currentcolor; outline-offset: 1px; }
</style>
"""

IN_FULL = """
<style>
[class*="st-key-cell-"] [data-testid="stImageCaption"] * { white-space: normal; }
</style>
"""


def show_cells(
    data: index.Index, rows: Sequence[int] | NDArray[np.int64], *, side: int | None = None, words: Sequence[str] = ()
) -> None:
    """Pictures that open when they are clicked, `side` in a row or as many as fit; `words` of their own under each."""
    st.html(CLICKABLE + IN_FULL if words else CLICKABLE)
    narrowest_px = 44 if side else 130 if words else 96
    with st.grid(side or "auto", min_column_width=narrowest_px, gap="small"):
        for place, row in enumerate(rows):
            _show_cell(data, int(row), words[place] if words else "")


def _show_cell(data: index.Index, row: int, words: str) -> None:
    entry = data.table.loc[row]
    label = data.find_label(row)
    name = text.plain(data.class_names[label]) if label >= 0 else "No class"
    group = text.plain(str(entry["group"]))
    with st.container(key=f"cell-{row}"):
        try:
            picture = cache.load_thumbnail(data, row)
        except errors.SecondLookError as error:
            said = text.plain(str(entry["path"])) if entry["problem"] else f"{name}: its file cannot be shown."
            st.caption(f":material/broken_image: {said}", help=text.plain(str(error)))
        else:
            caption = words or (f"{name} · {group}" if group else name)
            st.image(picture, caption=caption, width="stretch", alt=f"Class {name}")
        button = f"Open {name} {group}".strip()
        st.button(button, key=f"open-{row}", on_click=_open, args=(str(entry["image_id"]),))


def _open(image_id: str) -> None:
    state.remember(state.IMAGE, image_id)

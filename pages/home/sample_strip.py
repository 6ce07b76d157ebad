"""Small pictures of a data set, by class: what this is about, at one look. Only those that are shown are read."""

from dataclasses import replace

import streamlit as st

from core.datasets.index import index
from core.figures import template
from core.jobs import overview
from core.models import choosing
from pages.kit import cache, guards, image_grid, state, tile_component

STRIP_IMAGES = 12
ACROSS, NARROWEST_PX = 6, 36  # in a row, and of a tile
STYLE = """
<style>
.strip-empty { display: flex; flex-wrap: wrap; gap: .5rem; }
.strip-empty span { flex: 1 0 42px; aspect-ratio: 1; max-width: 50px; border: 1px dashed; border-radius: 4px;
  opacity: .35; }
.strip-legend { margin: 0; }
.strip-legend span { white-space: nowrap; }
.strip-legend i { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .2em; border-radius: 2px; }
</style>
"""


def show_strip(found: overview.Overview) -> None:
    """A dozen images of the data set in hand, or of the newest one."""
    st.html(STYLE)
    ready = [row for row in found.datasets if row["status"] == "ready"]
    if not ready:
        st.html(f'<div class="strip-empty" aria-hidden="true">{STRIP_IMAGES * "<span></span>"}</div>')
        st.markdown("Images of your first data set will stand here.")
        return
    in_hand = next((row for row in ready if row["name"] == state.recall(state.DATASET)), None)
    shown = in_hand or choosing.choose_data(ready, found.packages) or ready[0]
    with guards.faults_as_messages():
        data = cache.load_index(shown["name"])
    _show_images(data)


def _show_images(data: index.Index) -> None:
    """Of each class as many, beside each other, with the class as a coloured edge, and in words below."""
    names = data.class_names[:STRIP_IMAGES]
    colours = dict(
        zip(data.class_names, template.choose_class_colours(data.class_names, data.positive_class), strict=True)
    )
    each = max(1, STRIP_IMAGES // len(names))
    rows = [int(row) for name in names for row in cache.select_rows(data, class_name=name)[:each]]
    tiles = [replace(image_grid.make_tile(data, row, ""), name="") for row in rows]
    tile_component.show_tiles(tiles, key="strip", label="Images by class", across=ACROSS, narrowest_px=NARROWEST_PX)
    said = "".join(f'<span><i style="background:{colours[name]}"></i>{cache.as_text(name)}</span> ' for name in names)
    more = len(data.class_names) - len(names)
    st.html(
        f'<p class="strip-legend">From {cache.as_text(data.name)}: {len(data.usable):,} images. {said}'
        + (f" and {more:,} more classes." if more else "")
        + "</p>"
    )

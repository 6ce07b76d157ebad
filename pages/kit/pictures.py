"""Single images and small samples as the views of colours and filters show them: each is read and worked out once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base import errors
from core.datasets.index import index, originals, thumbnails
from core.datasets.views import colour_spaces, filters
from core.models import normalisation
from pages.kit import cache, image_grid, state, text, tile_component

ALL = "All"
LARGE_PX, SMALL_PX = 512, 160  # the longer side of what is worked on: of one image, and of the images of a grid
ORIGINAL = "original"
SMALLEST_PX, LARGE_ROW_PX = 60, 140  # the least width of a tile, and of a picture that is shown large
SQUARE = """
<style>
.st-key-large-row [data-testid="stImage"] img[alt] { aspect-ratio: 1; object-fit: contain; }
.st-key-large-row [data-testid="stImage"] img[alt^="Scale"] { aspect-ratio: auto; }
</style>
"""
Number = int | float
Picture = Callable[[int], bytes]


def input_sample(data: index.Index, name: str, counts: Sequence[int]) -> tuple[list[int], int | None]:
    """Which images to show, and which of them large: their rows, and its row; no rows where the class has no image.

    `name` keeps the widgets of two views apart.
    """
    columns = iter(
        st.columns([3, 2, 3, 2] if len(counts) > 1 else [3, 3, 2], gap="medium", vertical_alignment="bottom")
    )
    classes = [ALL, *data.class_names]
    followed = state.follow("class", ALL, key=f"{name}-class-{data.name}", options=classes, about=state.DATASET)
    class_name = next(columns).selectbox("Class", classes, **followed)
    count = counts[0]
    if len(counts) > 1:
        count = next(columns).segmented_control(
            "Images",
            counts,
            required=True,
            wrap=True,
            **state.follow("count", count, key=f"{name}-count", options=counts),
        )
    chosen = None if class_name == ALL else class_name
    rows = [int(row) for row in cache.select_rows(data, class_name=chosen, seed=find_seed())[:count]]
    middle = next(columns)
    large = rows[0] if rows else None
    if len(rows) > 1:
        followed = state.follow("large", 1, key=f"{name}-large-{len(rows)}", between=(1, len(rows)))
        large = rows[middle.slider("Shown large", 1, len(rows), **followed) - 1]
    next(columns).button(
        "Shuffle", icon=":material/shuffle:", key=f"{name}-shuffle", on_click=state.count_up, args=("seed",)
    )
    return rows, large


def find_seed() -> int:
    """The seed of the sample that is shown; every shuffle adds one."""
    return int(state.find("seed", 0, between=(0, state.MOST_SEED)))


def describe_row(data: index.Index, row: int) -> str:
    """Class and patient of an image, as markdown."""
    group = text.plain(str(data.table.at[row, "group"]))
    name = text.plain(data.class_names[data.find_label(row)])
    return f"{name} · {group}" if group else name


def load_view(data: index.Index, row: int, key: str, *, longest_px: int) -> bytes:
    """An image in a view of `colour_spaces.COLOUR_VIEWS`, or as it is (ORIGINAL), as a PNG."""
    return _view(data, row, str(data.table.at[row, "sha256"]), key, longest_px)


@st.cache_data(max_entries=1024, show_spinner=False)
def _view(_data: index.Index, _row: int, sha256: str, key: str, longest_px: int) -> bytes:
    image_rgb = _image(_data, _row, sha256, longest_px)
    return thumbnails.encode_picture(image_rgb if key == ORIGINAL else colour_spaces.COLOUR_VIEWS[key].apply(image_rgb))


@st.cache_data(max_entries=32, show_spinner=False)
def load_scale(key: str) -> bytes:
    """The colours of a view's scale, from low to high, as a strip."""
    return thumbnails.encode_picture(np.repeat(colour_spaces.COLOUR_VIEWS[key].scale, 8, axis=0))


def load_filtered(
    data: index.Index, row: int, key: str, settings: dict[str, Number], *, longest_px: int, network_px: int = 0
) -> bytes:
    """An image after a filter of `filters.FILTERS`, as a PNG, at a network's input size if `network_px` is one."""
    chosen = () if key == ORIGINAL else tuple(sorted(settings.items()))
    return _filtered(data, row, str(data.table.at[row, "sha256"]), key, chosen, longest_px, network_px)


@st.cache_data(max_entries=512, show_spinner=False)
def _filtered(
    _data: index.Index,
    _row: int,
    sha256: str,
    key: str,
    settings: tuple[tuple[str, Number], ...],
    longest_px: int,
    network_px: int,
) -> bytes:
    image_rgb = _image(_data, _row, sha256, longest_px)
    seen = image_rgb if key == ORIGINAL else filters.find_filter(key).apply(image_rgb, **dict(settings))
    if network_px:
        seen = filters.see_as_network(seen, side_px=network_px, shown_px=LARGE_PX // 2)
    return thumbnails.encode_picture(seen)


def load_normalised(data: index.Index, row: int, form: normalisation.Form, *, longest_px: int) -> bytes:
    """An image after input normalisation, in the frame of the one that it was made from, as a PNG."""
    return _normalised(data, row, str(data.table.at[row, "sha256"]), form, longest_px)


@st.cache_data(max_entries=512, show_spinner=False)
def _normalised(_data: index.Index, _row: int, sha256: str, form: normalisation.Form, longest_px: int) -> bytes:
    image_rgb = _image(_data, _row, sha256, longest_px)
    seen = normalisation.normalise(image_rgb, form)
    return thumbnails.encode_picture(normalisation.fit(seen, *image_rgb.shape[:2]))


@st.cache_data(max_entries=64, show_spinner=False)
def _image(_data: index.Index, _row: int, sha256: str, longest_px: int) -> np.ndarray:
    return originals.read_image(_data, _row, longest_px=longest_px)


def begin_row(count: int) -> DeltaGenerator:
    """To be entered: a row of `count` large pictures, each in a square of its own, so that their captions are level."""
    st.html(SQUARE)
    return st.container(key="large-row").grid(count, min_column_width=LARGE_ROW_PX, gap="medium")


def show_picture(make: Picture, row: int, caption: str, *, alt: str) -> None:
    """One picture, or in its place the words that its file cannot be shown. `caption` is markdown."""
    try:
        picture = make(row)
    except errors.SecondLookError as error:
        st.caption(f":material/broken_image: {caption}: its file cannot be shown.", help=text.plain(str(error)))
        return
    st.image(picture, caption=caption, width="stretch", alt=alt)


def show_side_by_side(data: index.Index, rows: list[int], pairs: Mapping[str, Picture]) -> None:
    """The same sample twice, each under its title: what stands at one place is the same image."""
    side = max(1, round(len(rows) ** 0.5))
    for column, (title, make) in zip(st.columns(len(pairs), gap="medium"), pairs.items(), strict=True):
        with column:
            st.markdown(f"**{text.plain(title)}**")
            tiles = [_make_tile(data, row, make, title) for row in rows]
            tile_component.show_tiles(tiles, key=f"small-{title}", label=title, across=side, narrowest_px=SMALLEST_PX)


def _make_tile(data: index.Index, row: int, make: Picture, title: str) -> tile_component.Tile:
    """A tile of the sample, its picture as `make` gives it."""
    tile = image_grid.make_tile(data, row, load=make)
    return replace(tile, alt=f"{title}: {tile.alt}")

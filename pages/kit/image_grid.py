"""A grid of images of a data set, each of which opens when it is clicked."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.base import errors
from core.datasets.index import index
from core.figures import template
from pages.kit import cache, state, tile_component

WIDE_PX = 130  # of a tile with words of its own under it


def show_cells(
    data: index.Index,
    rows: Sequence[int] | NDArray[np.int64],
    *,
    key: str = "images",
    across: int | None = None,
    words: Sequence[str] = (),
    news: str = "",
) -> None:
    """Pictures that open when they are clicked. key : of the grid. across, news : see `tile_component.show_tiles`.

    words : plain text under each in place of its patient, of as many lines as it needs.
    """
    tiles = [make_tile(data, int(row), words[place] if words else None) for place, row in enumerate(rows)]
    narrowest_px = WIDE_PX if words else tile_component.NARROWEST_PX
    tile_component.show_tiles(
        tiles,
        key=key,
        label="Images, each opens",
        across=across,
        narrowest_px=narrowest_px if across is None else min(narrowest_px, round(8 * narrowest_px / across)),
        wrapped=bool(words),
        news=news,
        on_open=_open,
    )


def make_tile(
    data: index.Index,
    row: int,
    words: str | None = None,
    *,
    load: Callable[[int], bytes] | None = None,
    label: str | None = None,
) -> tile_component.Tile:
    """The image of a row with its class in that class's colour, and under it its patient, or `words` (plain text).

    load : gives its picture in place of the thumbnail. label : the class by which it was judged, where that may be
    another one than it has by now. A file that cannot be shown is the fault of its tile alone.
    """
    own, problem = data.find_label(row), data.table.at[row, "problem"]
    name = label or (data.class_names[own] if own >= 0 else "No class")
    colours = template.choose_class_colours(data.class_names, data.positive_class)
    picture, fault = None, ""
    try:
        picture = load(row) if load else cache.load_thumbnail(data, row)
    except errors.SecondLookError as error:
        fault = str(error)
    return tile_component.Tile(
        key=data.find_id(row),
        picture=picture,
        name=name,
        colour=dict(zip(data.class_names, colours, strict=True)).get(name, ""),
        caption=str(data.table.at[row, "path" if problem else "group"]) if words is None or problem else words,
        alt=f"Class {name}",
        fault=fault,
    )


def _open(image_id: str) -> None:
    state.remember(state.IMAGE, image_id)

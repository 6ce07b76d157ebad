"""How high and wide the images are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

CAPTION = "Each mark is a size that images have, larger where more have it; on the dotted line they are square."
READING = (
    "Classes that lie apart differ in size alone, which a network can learn instead of what you mean; "
    "the picture cannot tell why they differ. "
    "All images are made one size for training, so what lies far from the line is squeezed the most."
)
# The first is filled and the others open, so that classes are seen through each other.
SYMBOLS = ("circle", "diamond-open", "square-open", "triangle-up-open", "star-open", "hexagon-open")
SMALLEST_PX, LARGEST_PX = 5, 24
HEIGHT_PX = 420


def figure_sizes(
    table: pd.DataFrame, class_names: Sequence[str], positive_class: str, theme: template.Theme
) -> go.Figure:
    """Height against width, both in pixels and on the same scale, coloured and shaped by class.

    table : a row a size: label (int), height_px, width_px, images (how many have this size).

    How to read it: a mark grows with the number of images; hover tells it.
    """
    figure = go.Figure()
    most = max(int(table["images"].max()) if len(table) else 1, 1)
    for label, colour in enumerate(template.choose_class_colours(class_names, positive_class)):
        mine = table[table["label"] == label]
        figure.add_trace(
            go.Scatter(
                x=mine["width_px"].to_numpy(np.int32),
                y=mine["height_px"].to_numpy(np.int32),
                mode="markers",
                name=class_names[label],
                marker={
                    "size": _choose_marks_px(mine["images"].to_numpy(np.float64), most),
                    "color": colour,
                    "opacity": 0.7,
                    "symbol": SYMBOLS[label % len(SYMBOLS)],
                    "line": {"width": 0 if label == 0 else 1.5, "color": colour},
                },
                customdata=mine["images"].to_numpy(np.int32),
                hovertemplate="%{x} wide, %{y} high: %{customdata:,} images<extra>%{fullData.name}</extra>",
            )
        )
    _set_axes(figure, table)
    figure.update_layout(
        height=HEIGHT_PX,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"},
    )
    return template.apply_template(figure, theme)


def _choose_marks_px(images: NDArray[np.float64], most: int) -> NDArray[np.float32]:
    """Width of each mark: its area is the number of images, pressed together where the largest would be too large."""
    root = np.sqrt(images)
    wide = SMALLEST_PX * root
    if SMALLEST_PX * np.sqrt(most) > LARGEST_PX:
        wide = SMALLEST_PX + (LARGEST_PX - SMALLEST_PX) * root / np.sqrt(most)
    return np.asarray(wide, np.float32)


def _set_axes(figure: go.Figure, table: pd.DataFrame) -> None:
    """The same range in both directions, and the line of the square images."""
    sides = table[["height_px", "width_px"]].to_numpy()
    low, high = (float(sides.min()), float(sides.max())) if sides.size else (0.0, 1.0)
    room = max(0.06 * (high - low), 2.0)
    ends = [max(0.0, low - room), high + room]
    figure.add_shape(type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1], line_dash="dot", layer="below")
    figure.update_xaxes(title_text="width, px", range=ends)
    figure.update_yaxes(title_text="height, px", range=ends)

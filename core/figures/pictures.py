"""Differences between images as pictures: blue where darker, orange where brighter, paper where there is none."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

CAPTION = "Orange: brighter in this class than in the rest; blue: darker; paper: no difference."
READING = "Both halves have the same scale, in grey levels of 255."
# From the blue of the negative to the orange of the positive class through the paper, in steps that are even to the eye
# (straight lines in OKLab, Ottosson 2020), as far from the paper on either side.
DIVERGING = {
    "light": (
        *("#0072B2", "#4A8DC1", "#78A8D0", "#A4C3DE", "#CFDFEB", "#FBFAF8"),
        *("#F2D7C8", "#E6B399", "#D9906A", "#CA6C37", "#B94400"),
    ),
    "dark": (
        *("#6CC1F0", "#5A9BC1", "#487795", "#37556A", "#263543", "#15181F"),
        *("#3C302C", "#664937", "#936340", "#C37F48", "#F59B4E"),
    ),
}
PANEL_PX, TITLE_PX, GAP_PX = 230, 26, 14


def figure_differences(
    panels: Sequence[tuple[str, NDArray[np.floating]]], *, columns: int, limit: float, theme: template.Theme
) -> go.Figure:
    """Pictures of differences in a grid, all on one symmetric scale.

    panels : (title, float (H, W) in grey levels), row by row. columns : how many stand in a row.
    limit : the difference at either end of the scale, > 0; see `choose_limit`.

    How to read it: compare how strong the colours are between the rows; hover tells the difference at a place.
    """
    rows = -(-len(panels) // columns)
    height = rows * (PANEL_PX + TITLE_PX) + GAP_PX
    layout: dict[str, object] = {
        "height": height,
        "margin": {"t": 0, "b": GAP_PX},
        "coloraxis": _choose_scale(limit, theme),
    }
    titles = []
    for place, (title, _) in enumerate(panels):
        across, down = _find_domains(place, rows, columns)
        number = str(place + 1) if place else ""
        plain = {"visible": False, "constrain": "domain"}
        layout[f"xaxis{number}"] = {**plain, "domain": across, "anchor": f"y{number}"}
        upright = {"autorange": "reversed", "scaleanchor": f"x{number}", "constraintoward": "top"}
        layout[f"yaxis{number}"] = {**plain, **upright, "domain": down, "anchor": f"x{number}"}
        where = {
            "x": sum(across) / 2,
            "y": down[1],
            "xref": "paper",
            "yref": "paper",
            "xanchor": "center",
            "yanchor": "bottom",
        }
        titles.append({**where, "text": title, "showarrow": False, "font": {"size": template.SMALL_SIZE_PX}})
    traces = [_draw(title, picture, place) for place, (title, picture) in enumerate(panels)]
    return template.apply_template(go.Figure(traces, {**layout, "annotations": titles}), theme)


def _find_domains(place: int, rows: int, columns: int) -> tuple[list[float], list[float]]:
    """Where a panel stands, across and from the bottom up, as shares of the figure; its title is above it."""
    row, column = divmod(place, columns)
    gap, title = 0.03, TITLE_PX / (PANEL_PX + TITLE_PX)
    width, height = (1 + gap) / columns, 1 / rows
    top = 1 - row * height
    return [column * width, column * width + width - gap], [max(0.0, top - height), top - title * height]


def choose_limit(largest: float) -> float:
    """The end of the scale for differences of at most `largest` (0 or more): the next of 1, 2, 3, 5, 10, 20 ..."""
    if not largest > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return float(next(step * power for step in (1, 2, 3, 5, 10) if step * power >= largest * (1 - 1e-9)))


def _draw(title: str, picture: NDArray[np.floating], place: int) -> go.Heatmap:
    number = str(place + 1) if place else ""
    return go.Heatmap(
        xaxis=f"x{number}",
        yaxis=f"y{number}",
        z=np.round(picture, 2).astype(np.float32),
        coloraxis="coloraxis",
        hovertemplate="row %{y}, column %{x}: %{z:+.1f} grey levels<extra>" + title + "</extra>",
    )


def _choose_scale(limit: float, theme: template.Theme) -> dict[str, object]:
    stops = DIVERGING[theme]
    colours = [[place / (len(stops) - 1), colour] for place, colour in enumerate(stops)]
    bar = {
        "title": {"text": "grey levels", "side": "right", "font": {"size": template.SMALL_SIZE_PX}},
        "thickness": 10,
        "outlinewidth": 0,
        "tickvals": [-limit, -limit / 2, 0, limit / 2, limit],
        "ticktext": [f"−{limit:g}", f"−{limit / 2:g}", "0", f"+{limit / 2:g}", f"+{limit:g}"],
        "tickfont": {"size": template.SMALL_SIZE_PX},
    }
    return {"cmin": -limit, "cmax": limit, "colorscale": colours, "colorbar": bar}

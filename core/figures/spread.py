"""How far the trainings of a series lie apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each dot is one training; the diamond is their mean, the pale band its 95 % interval."
READING = (
    "The dots of a row are in the order of the table, from top to bottom. A single training could have been any of "
    "the dots. The picture cannot tell whether the next patients are like these."
)
NOTHING_YET = "A dot will stand here for each training that finishes."
ROW_PX = 58
HALF_ROW = 0.26  # of a row: how far dots lie above and below its middle, so that equal ones can be told apart
STEP = 0.05  # ends of the axis


@dataclass(frozen=True)
class Row:
    """One metric: its value in each run (run name -> 0 to 1), and the mean with its interval, None = none.

    write : a value of it in words.
    """

    name: str
    values: Mapping[str, float]
    mean: float | None
    low: float | None
    high: float | None
    write: Callable[[float], str]


def figure_spread(rows: Sequence[Row], theme: template.Theme) -> go.Figure:
    """A row a measure: a dot a run, the mean as a diamond, its interval as a band; larger is better in each.

    How to read it: dots close together mean that the result hardly depends on which patients or which seed; a band that
    is wider than the dots' spread says that there are few runs.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    for place, row in enumerate(rows):
        if row.low is not None and row.high is not None:
            figure.add_trace(_draw_band(row.low, row.high, place, palette))
        figure.add_trace(_draw_dots(row, place, palette))
        if row.mean is not None:
            figure.add_trace(_draw_mean(row, row.mean, place, palette))
            figure.add_annotation(
                x=1, xref="paper", y=place, text=row.write(row.mean), xanchor="left", yanchor="middle", xshift=8
            )
    seen = [value for row in rows for value in (*row.values.values(), row.low, row.high) if value is not None]
    figure.update_xaxes(range=choose_range(seen), title_text="share of images (0.95 is 95 %); AUC", tickformat=".2f")
    template.name_rows(figure, [row.name for row in rows], palette)
    figure.update_layout(height=ROW_PX * max(1, len(rows)) + 60, margin={"r": 64, "t": 8})
    if not seen:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING_YET)
    return template.apply_template(figure, theme)


def choose_range(values: Sequence[float]) -> list[float]:
    """Ends of the axis: steps of STEP that hold all values with some room, at most 0 to 1."""
    if not values:
        return [0.0, 1.0]
    low = math.floor((min(values) - 0.005) / STEP) * STEP
    high = math.ceil((max(values) + 0.005) / STEP) * STEP
    return [max(0.0, round(low, 4)), min(1.0, round(high, 4))]


def _draw_band(low: float, high: float, place: int, palette: template.Palette) -> go.Scatter:
    height = HALF_ROW + 0.1
    return go.Scatter(
        x=[low, high, high, low, low],
        y=[place - height, place - height, place + height, place + height, place - height],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({palette.accent_rgb},0.16)",
        hoverinfo="skip",
    )


def _draw_dots(row: Row, place: int, palette: template.Palette) -> go.Scatter:
    count = len(row.values)
    heights = place + (np.linspace(-HALF_ROW, HALF_ROW, count) if count > 1 else np.zeros(count))
    return go.Scatter(
        x=list(row.values.values()),
        y=heights.tolist(),
        mode="markers",
        name=row.name,
        marker={"size": 9, "color": palette.muted, "line": {"width": 1, "color": palette.paper}},
        customdata=[[name, row.write(value)] for name, value in row.values.items()],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra>%{fullData.name}</extra>",
        cliponaxis=False,
    )


def _draw_mean(row: Row, mean: float, place: int, palette: template.Palette) -> go.Scatter:
    said = f"mean of {len(row.values)}: {row.write(mean)}"
    if row.low is not None and row.high is not None:
        said += f" ({row.write(row.low)} to {row.write(row.high)})"
    return go.Scatter(
        x=[mean],
        y=[place],
        mode="markers",
        marker={"symbol": "diamond", "size": 14, "color": palette.accent, "line": {"width": 1, "color": palette.paper}},
        hovertemplate=f"{said}<extra></extra>",
        cliponaxis=False,
    )

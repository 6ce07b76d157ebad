"""Shares beside each other: a dot each, with its interval, from none to all."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import template

ROW_PX = 58


@dataclass(frozen=True)
class Row:
    """A share in [0, 1] with low <= value <= high, None = not known. said : it in words."""

    name: str
    value: float
    low: float | None
    high: float | None
    said: str


def figure_shares(rows: Sequence[Row], title: str, theme: template.Theme) -> go.Figure:
    """A row a share, in the order given. title : of the axis, of which per cent are shown.

    How to read it: where two bars do not touch, the shares differ by more than chance.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    names = [html.escape(row.name, quote=False) for row in rows]  # Plotly reads a few marks of HTML
    for place, row in enumerate(rows):
        said = f"{names[place]}: {row.said}"  # above its bar, not beside it: the bar keeps the width of a phone
        figure.add_annotation(
            x=0, xref="paper", y=place, text=said, xanchor="left", yanchor="bottom", yshift=8, align="left"
        )
        if row.low is not None and row.high is not None:
            line = {"width": 12, "color": f"rgba({palette.accent_rgb},0.2)"}
            ends = [100 * row.low, 100 * row.high]
            figure.add_trace(go.Scatter(x=ends, y=[place, place], mode="lines", line=line, hoverinfo="skip"))
        figure.add_trace(
            go.Scatter(
                x=[100 * row.value],
                y=[place],
                mode="markers",
                marker={"size": 12, "color": palette.accent},
                hovertemplate=f"{said}<extra></extra>",
                cliponaxis=False,
            )
        )
    lowest = min((row.value if row.low is None else row.low for row in rows), default=0.0)
    start = max(0, 10 * int(10 * lowest) - 5) if lowest < 1 else 90
    figure.update_xaxes(range=[start, 100], title_text=title, fixedrange=True)
    figure.update_yaxes(range=[len(rows) - 0.6, -0.7], visible=False, fixedrange=True)
    figure.update_layout(height=ROW_PX * max(1, len(rows)) + 60, margin={"l": 8, "r": 12, "t": 8}, showlegend=False)
    return template.apply_template(figure, theme)

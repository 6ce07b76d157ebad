"""What a model claims against how often it is so."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from core.figures import template

CAPTION = "On the dotted line what the model says can be taken at its word."
READING = (
    "Each mark gathers images about which the model says nearly the same: across, what it says; up, how often that was "
    "so, with its 95 % interval. Below the line it is too sure, above it too modest. The bars below count the images. "
    "The picture is about images like these; it cannot tell how a single image turns out, nor what the numbers mean on "
    "images of another microscope or hospital."
)
NOTHING = "Marks will stand here as soon as there are images."
HEIGHT_PX = 440
UPPER, LOWER = [0.24, 1.0], [0.0, 0.16]  # of the height: the diagram, and the bars under it
SYMBOLS, DASHES = ("circle-open", "diamond"), ("dot", "solid")


def figure_reliability(
    bins: Mapping[str, pd.DataFrame], strips: Mapping[str, Sequence[int]], theme: template.Theme, *, claim: str
) -> go.Figure:
    """Share that was so against what was claimed, one line of marks a name, over a histogram of the claims.

    bins : name -> table with columns low, high, n, claimed, observed, observed_low, observed_high (shares, 0 to 1), one
        row a bin; one name or two ("before" and "after"), of which the last is drawn strongly.
    strips : name -> how many images claim 0 to 1 in equal steps. claim : the title of the x axis.

    How to read it: see CAPTION and READING.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    looks = [(palette.muted, SYMBOLS[0], DASHES[0]), (palette.accent, SYMBOLS[1], DASHES[1])][-len(bins) :]
    least = _choose_least(list(bins.values()))
    line = {"color": palette.line, "width": 1.5, "dash": "dot"}
    figure.add_trace(
        go.Scatter(x=[least, 1], y=[least, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False)
    )
    for (name, table), (colour, symbol, dash) in zip(bins.items(), looks, strict=True):
        figure.add_trace(_draw_bins(name, table, colour=colour, symbol=symbol, dash=dash))
    for (name, counts), (colour, _, _) in zip(strips.items(), looks, strict=True):
        figure.add_trace(_draw_strips(name, counts, colour, strong=name == list(strips)[-1]))
    room = 0.015 * (1 - least)
    percent = {"tickformat": ".0%", "dtick": 0.1 if least >= 0.3 else 0.2, "tick0": 0}
    figure.update_xaxes(range=[least - room, 1 + room], anchor="y2", title_text=claim, **percent)
    figure.update_layout(
        height=HEIGHT_PX,
        margin={"t": 8, "r": 16},
        yaxis={"domain": UPPER, "range": [least - room, 1 + room], "title_text": "how often it was so", **percent},
        yaxis2={"domain": LOWER, "rangemode": "tozero", "nticks": 3, "title_text": "images", "tickformat": ",d"},
        barmode="overlay",
        bargap=0.1,
        showlegend=len(bins) > 1,
        legend={"x": 0.02, "y": 0.99, "xanchor": "left", "yanchor": "top", "font_size": template.SMALL_SIZE_PX + 1},
    )
    if all(table.empty for table in bins.values()):
        figure.add_annotation(x=0.5, xref="paper", y=0.6, yref="paper", text=NOTHING)
    return template.apply_template(figure, theme)


def _choose_least(tables: list[pd.DataFrame]) -> float:
    """Where both axes begin: a whole tenth below all marks and their intervals; 0 without any."""
    seen = [float(table[column].min()) for table in tables for column in ("low", "observed_low") if len(table)]
    return math.floor(min(seen) * 10) / 10 if seen else 0.0


def _draw_bins(name: str, table: pd.DataFrame, *, colour: str, symbol: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=table["claimed"].tolist(),
        y=table["observed"].tolist(),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": dash},
        marker={"color": colour, "symbol": symbol, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (table["observed_high"] - table["observed"]).tolist(),
            "arrayminus": (table["observed"] - table["observed_low"]).tolist(),
            "thickness": 1,
            "width": 0,
            "color": colour,
        },
        customdata=table[["observed_low", "observed_high", "n"]].to_numpy(dtype=float).tolist(),
        hovertemplate="says %{x:.1%}<br>so in %{y:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})"
        "<br>n = %{customdata[2]:,} images<extra>%{fullData.name}</extra>",
        cliponaxis=False,
    )


def _draw_strips(name: str, counts: Sequence[int], colour: str, *, strong: bool) -> go.Bar:
    """Bars of the histogram; of two, the first is an outline over the second."""
    width = 1 / max(1, len(counts))
    return go.Bar(
        x=[(place + 0.5) * width for place in range(len(counts))],
        y=[int(count) for count in counts],
        width=width * 0.9,
        yaxis="y2",
        name=name,
        showlegend=False,
        marker={
            "color": colour if strong else template.TRANSPARENT,
            "line": {"color": colour, "width": 0 if strong else 1},
        },
        opacity=0.55 if strong else 1.0,
        hovertemplate="%{y:,} images say about %{x:.0%}<extra>%{fullData.name}</extra>",
    )

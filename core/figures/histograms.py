"""Which hues and saturations classes and patients have."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

HUE_CAPTION = "Each line shows how the coloured pixels of a class divide among the hues of the strip under it."
HUE_READING = (
    "Pale and nearly black pixels are left out. Lines that lie apart mean that the classes differ in colour on the "
    "whole; they cannot tell whether that is the disease or the stain of a few patients: look at the patients below."
)
SATURATION_CAPTION = "How pure the colours of each class are: colourless left, pure right."
SATURATION_READING = (
    "All pixels that are not nearly black are counted. A shift of a whole line is more often light or stain than "
    "disease; the picture cannot tell which."
)
GROUP_CAPTION = "Each row is one patient, strongest at the hue that most of the patient's coloured pixels have."
GROUP_READING = (
    "The strip below is the hue itself. Rows are in order of their mean hue, so a slant from top to bottom is a "
    "difference of stain or camera. Where patients differ more than classes do, a network can learn to know the "
    "patient. It cannot tell why they differ."
)
HUE_NAMES = {0: "red", 60: "yellow", 120: "green", 180: "cyan", 240: "blue", 300: "magenta"}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
STRIP_PX, LINES_PX, ROW_PX, AXIS_PX, LEGEND_PX = 12, 250, 17, 58, 34
Shares = NDArray[np.float64]


def figure_hues(
    shares: Mapping[str, Shares],
    images: Mapping[str, int],
    positive_class: str,
    theme: template.Theme,
    *,
    class_names: Sequence[str] | None = None,
) -> go.Figure:
    """Lines of the share of coloured pixels in each step of hue, one a class, over a strip of the hues.

    shares : class -> float64 (bins,), equal steps from 0 degrees, rows sum to 1, or 0 without a coloured pixel.
    images : class -> number of images, said in the legend.
    class_names : all classes of the data set, so that a class keeps its colour; else those in `shares`.

    How to read it: see HUE_READING. The circle is cut open at the hue that the fewest pixels have, so that reds at
    355 and at 5 degrees stand side by side.
    """
    pooled = np.sum(list(shares.values()), axis=0)
    start = find_cut(pooled)
    hues = _unroll_degrees(len(pooled), start)
    figure = _start_lines(shares, images, positive_class, class_names)
    for trace, values in zip(figure.data, shares.values(), strict=True):
        step = 360 / len(values)
        turned = np.roll(values, -round(start / step))
        trace.update(x=hues, y=turned, customdata=hues % 360, hovertemplate=_say("%{customdata:.0f}°"))
    _add_strip(figure, hues, LINES_PX)
    _label_hues(figure, start)
    return template.apply_template(figure, theme)


def figure_saturations(
    shares: Mapping[str, Shares],
    images: Mapping[str, int],
    positive_class: str,
    theme: template.Theme,
    *,
    class_names: Sequence[str] | None = None,
) -> go.Figure:
    """Lines of the share of pixels in each step of saturation, one a class.

    shares : class -> float64 (bins,), equal steps of [0, 1]. The rest as in `figure_hues`; see SATURATION_READING.
    """
    figure = _start_lines(shares, images, positive_class, class_names)
    for trace, values in zip(figure.data, shares.values(), strict=True):
        trace.update(x=(np.arange(len(values)) + 0.5) / len(values), y=values, hovertemplate=_say("%{x:.0%}"))
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", title_text="saturation")
    figure.update_layout(height=LINES_PX + AXIS_PX + LEGEND_PX)
    return template.apply_template(figure, theme)


def figure_hues_by_group(shares: Mapping[str, Shares], images: Mapping[str, int], theme: template.Theme) -> go.Figure:
    """A strip of hues a group: rows in the order given, the first on top; stronger = a larger share of the row.

    shares : group -> float64 (bins,), as in `figure_hues`, at least one. images : group -> number of images.

    How to read it: see GROUP_READING.
    """
    table = np.stack(list(shares.values()))
    start = find_cut(table.sum(axis=0))
    hues = _unroll_degrees(table.shape[1], start)
    palette = template.find_palette(theme)
    figure = go.Figure(
        go.Heatmap(
            z=np.roll(table, -round(start * table.shape[1] / 360), axis=1),
            x=hues,
            y=[_escape(f"{name}  n={images[name]:,}") for name in shares],
            customdata=np.tile(hues % 360, (len(table), 1)),
            colorscale=[[0, f"rgba({palette.accent_rgb},0)"], [1, f"rgba({palette.accent_rgb},1)"]],
            zmin=0,
            zmax=max(float(table.max()), 1e-9),
            ygap=2,
            hovertemplate=f"%{{y}}<br>{_say('%{customdata:.0f}°', 'z')}".replace("%{fullData.name}", ""),
            colorbar={
                "thickness": 8,
                "len": min(220, ROW_PX * len(table) + 60),
                "lenmode": "pixels",
                "y": 1,
                "yanchor": "top",
                "outlinewidth": 0,
                "tickformat": ".0%",
                "nticks": 4,
                "tickfont": {"size": template.SMALL_SIZE_PX, "color": palette.muted},
            },
        )
    )
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, dtick=1)
    _add_strip(figure, hues, ROW_PX * len(table), legend_px=0)
    _label_hues(figure, start)
    return template.apply_template(figure, theme)


def find_cut(shares: Shares, *, width_degrees: int = 40) -> int:
    """Where to cut the colour circle open: degrees in [0, 360), a multiple of 10, in the emptiest `width_degrees`.

    shares : (bins,), at least 36 of them, any scale. Where nothing is known, or all is even: 0.
    """
    bins = len(shares)
    width = round(width_degrees * bins / 360)
    around = np.concatenate([shares, shares])
    sums = np.array([around[first : first + width].sum() for first in range(bins)])
    emptiest = np.flatnonzero(sums <= sums.min() + 1e-12)
    middle = (int(emptiest[0]) + width / 2) * 360 / bins if len(emptiest) < bins else 0.0
    return round(middle / 10) * 10 % 360


def _start_lines(
    shares: Mapping[str, Shares], images: Mapping[str, int], positive_class: str, class_names: Sequence[str] | None
) -> go.Figure:
    """One empty line a class, with its colour, dash and legend; y is a share."""
    names = list(class_names or shares)
    colours = template.choose_class_colours(names, positive_class)
    figure = go.Figure()
    for name in shares:
        place = names.index(name)
        line = {"color": colours[place], "width": 2, "dash": DASHES[place % len(DASHES)]}
        figure.add_trace(go.Scatter(name=_escape(f"{name}  (n = {images[name]:,} images)"), mode="lines", line=line))
    figure.update_yaxes(rangemode="tozero", tickformat=".0%", nticks=5)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font_size": template.SMALL_SIZE_PX},
        hovermode="x unified",
    )
    return figure


def _add_strip(figure: go.Figure, hues: Shares, above_px: int, *, legend_px: int = LEGEND_PX) -> None:
    """The hues themselves under the x axis, as wide as their steps; sets the height of the figure."""
    inner_px = above_px + STRIP_PX
    share = STRIP_PX / inner_px
    wheel = [[place / 6, f"hsl({60 * place},100%,50%)"] for place in range(7)]
    figure.add_trace(
        go.Heatmap(
            z=[hues % 360],
            x=hues,
            y=[0],
            yaxis="y2",
            colorscale=wheel,
            zmin=0,
            zmax=360,
            showscale=False,
            showlegend=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        height=inner_px + AXIS_PX + legend_px,
        yaxis={"domain": [share + 0.005, 1]},
        yaxis2={"domain": [0, share], "visible": False, "fixedrange": True},
        xaxis={"anchor": "y2", "showline": False},
    )


def _label_hues(figure: go.Figure, start: int) -> None:
    ticks = [degrees for degrees in range(start, start + 361) if degrees % 60 == 0]
    texts = [f"{degrees % 360}°<br>{HUE_NAMES[degrees % 360]}" for degrees in ticks]
    figure.update_xaxes(range=[start, start + 360], tickvals=ticks, ticktext=texts)


def _unroll_degrees(bins: int, start: int) -> Shares:
    """The middle of each step of hue, from the cut on: rising, beyond 360 where the circle goes on."""
    step = 360 / bins
    first = round(start / step) * step
    return np.asarray(first + (np.arange(bins) + 0.5) * step, np.float64)


def _say(place: str, value: str = "y") -> str:
    return f"{place}: %{{{value}:.1%}} of the pixels<extra>%{{fullData.name}}</extra>"


def _escape(words: str) -> str:
    """Names of folders as text: Plotly reads a few HTML tags."""
    return html.escape(words, quote=False)

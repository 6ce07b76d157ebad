"""How sure the model is of the positive class, by what the images really are, with the threshold as a line."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

CAPTION = "Validation images by their probability: those of the class point up, all others down."
READING = (
    "The probability is what the model gives the positive class. The scale is stretched towards 0 and 100 % (log "
    "odds), so that both ends can be seen. Bars on the wrong side of the line are mistakes; the picture cannot tell "
    "whose images they are."
)
HEIGHT_PX = 240
TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
DASHES = {"half": "dot", "kept": "solid", "tried": "dash"}
SMALLEST_SAID = 1e-5  # per cent
ROUNDING = 1e-9
TICK_GAP = 0.11  # of the axis: ticks nearer than this would run into each other

Values = NDArray[np.generic] | Sequence[float]


@dataclass(frozen=True)
class Cut:
    """A threshold on the axis. place : log odds. kind : "half", "kept" or "tried". name : said beside the line."""

    place: float
    kind: str
    name: str


def figure_scores(
    edges: Values,
    counts: tuple[Values, Values],
    names: tuple[str, str],
    cuts: Sequence[Cut],
    theme: template.Theme,
) -> go.Figure:
    """Two histograms back to back over log odds: the positive class up, the others down.

    edges : (bins + 1,), rising. counts : images of the positive class and of the others, (bins,) each. names : of both.

    How to read it: see CAPTION and READING.
    """
    palette = template.find_palette(theme)
    steps = list(itertools.pairwise(float(edge) for edge in edges))
    middles = [(low + high) / 2 for low, high in steps]
    between = [f"{say_probability(low)} to {say_probability(high)}" for low, high in steps]
    figure = go.Figure()
    for values, name, colour, sign in zip(counts, names, (template.POSITIVE, template.NEGATIVE), (1, -1), strict=True):
        figure.add_trace(
            go.Bar(
                x=middles,
                y=[sign * int(value) for value in values],
                customdata=[[int(value), words] for value, words in zip(values, between, strict=True)],
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="%{customdata[0]:,} images at %{customdata[1]}<extra>%{fullData.name}</extra>",
            )
        )
    for cut in cuts:
        _draw_cut(figure, cut, palette)
    _set_axes(figure, float(edges[0]), float(edges[-1]), cuts)
    tallest = max((int(value) for side in counts for value in side), default=0) or 1
    figure.update_yaxes(
        range=[-1.08 * tallest, 1.08 * tallest],
        tickvals=[-tallest, 0, tallest],
        ticktext=[f"{tallest:,}", "0", f"{tallest:,}"],
        title_text="images",
        fixedrange=True,
    )
    figure.update_layout(
        height=HEIGHT_PX,
        barmode="relative",
        bargap=0.04,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font_size": template.SMALL_SIZE_PX},
    )
    return template.apply_template(figure, theme)


def say_probability(log_odds: float) -> str:
    """Per cent of these log odds with as many digits as it takes to tell it from none and from all."""
    rest = 1 / (1 + math.exp(min(abs(log_odds), 700.0)))  # the smaller of p and 1 - p, exact near both ends
    if 100 * rest < SMALLEST_SAID:
        return f"< {SMALLEST_SAID:.5f} %" if log_odds < 0 else f"> {100 - SMALLEST_SAID:.5f} %"
    digits = max(1, 1 - math.floor(math.log10(100 * rest) + ROUNDING))
    return f"{100 * rest if log_odds < 0 else 100 - 100 * rest:.{digits}f} %"


def _draw_cut(figure: go.Figure, cut: Cut, palette: template.Palette) -> None:
    line = {"color": palette.ink, "width": 1.5, "dash": DASHES[cut.kind]}
    figure.add_shape(type="line", x0=cut.place, x1=cut.place, y0=0, y1=1, yref="paper", line=line)
    place = {"x": cut.place, "yref": "paper", "y": 0.0 if cut.kind == "half" else 1.0}
    anchor = "bottom" if cut.kind == "half" else "top"
    figure.add_annotation(**place, text=cut.name, yanchor=anchor, xanchor="left", xshift=4, bgcolor=palette.paper)


def _set_axes(figure: go.Figure, lowest: float, highest: float, cuts: Sequence[Cut]) -> None:
    """Ticks at round probabilities as far as they fit, and room for each cut."""
    ends = [lowest, highest, *(cut.place for cut in cuts)]
    low, high = min(ends) - 0.3, max(ends) + 0.3
    kept: list[float] = []
    for chance in sorted(TICKS, key=lambda p: abs(p - 0.5)):
        place = math.log(chance / (1 - chance))
        if low <= place <= high and all(abs(place - other) > TICK_GAP * (high - low) for other in kept):
            kept.append(place)
    figure.update_xaxes(
        range=[low, high],
        tickvals=kept,
        ticktext=[f"{100 / (1 + math.exp(-place)):.6g} %" for place in kept],
        title_text="probability of the positive class",
        tickangle=0,
        fixedrange=True,
    )

"""ROC and precision-recall curves with their bands, and the thresholds that are marked on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

ROC_CAPTION = (
    "Each point is a threshold: the share of the class that it finds (up), and of the rest that it flags by mistake "
    "(right)."
)
ROC_READING = (
    "The dotted diagonal is guessing; the pale band is the 95 % interval at each place. The curve cannot tell which "
    "point you need, nor how rare the class will be where the model is used."
)
PRECISION_CAPTION = (
    "The same thresholds: of the flagged images, the share that is right (up), and of the class, the share found "
    "(right)."
)
PRECISION_READING = (
    "The dotted line is guessing, as high as the share of the class in these images. Where the class is rarer, the "
    "whole curve lies lower; it cannot tell how much: see prevalence. The band is wide where no flag was wrong, since "
    "patients are counted then and not images."
)
HEIGHT_PX = 330
BAND = 0.16
MARGIN = 0.02
WHOLE = 1.0
STEPS = {0.05: 0.01, 0.1: 0.02, 0.2: 0.05, 0.3: 0.1, 0.5: 0.1, WHOLE: 0.25}  # side of the part shown: between its ticks
ROOM, EDGE = 2.5, 1.1  # how much farther than its nearest point a curve is followed, and a mark's place inside the edge
VALIDATION_NAME = "validation"

Values = NDArray[np.float64] | Sequence[float]


@dataclass(frozen=True)
class Line:
    """One curve. x, y : (D,), in [0, 1]. names : what the pointer shows at each point, its threshold in words."""

    x: Values
    y: Values
    names: Sequence[str]


@dataclass(frozen=True)
class Band:
    """low and high at each x, all (G,), in [0, 1]."""

    x: Values
    low: Values
    high: Values


@dataclass(frozen=True)
class Mark:
    """A threshold on a curve. kind : "half" (0.5), "kept" or "tried", each with its own shape."""

    x: float
    y: float
    kind: str
    name: str


SYMBOLS = {"half": ("circle-open", 11), "kept": ("diamond", 13), "tried": ("star-diamond-open", 15)}


def choose_side(lines: Sequence[Line], marks: Sequence[Mark], *, best_x: float) -> float:
    """Side of the square corner in which the curves bend and the marks stand, of STEPS; WHOLE where that is all.

    best_x : where on the x axis a perfect model stands, 0 of a ROC curve and 1 of precision over recall; y is 1.
    """
    needed = [0.0]
    for line in lines:
        x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
        if len(x):
            needed.append(ROOM * float(np.maximum(np.abs(x - best_x), 1 - y).min()))
    needed += [EDGE * max(abs(mark.x - best_x), 1 - mark.y) for mark in marks]
    return next((side for side in STEPS if side >= max(needed)), WHOLE)


def figure_roc(
    test: Line,
    band: Band,
    validation: Line | None,
    marks: Sequence[Mark],
    theme: template.Theme,
    *,
    thresholds: Values = (),
    side: float = WHOLE,
) -> go.Figure:
    """Sensitivity over false alarms: test images with band, validation images as a thin dashed line.

    thresholds : of the points of the validation line, which alone can be chosen from; they are its `customdata`.
    side : of the corner that is shown, one of STEPS (see `choose_side`).
    How to read it: see ROC_CAPTION and ROC_READING.
    """
    axes = ("false alarms (1 - specificity)", "sensitivity")
    figure = _draw(test, band, validation, marks, theme, thresholds=thresholds, axes=axes)
    palette = template.find_palette(theme)
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": palette.line, "dash": "dot"}, layer="below")
    _show_corner(figure, side, axes, best_x=0.0)
    return template.apply_template(figure, theme)


def figure_precision_recall(
    test: Line,
    band: Band,
    validation: Line | None,
    marks: Sequence[Mark],
    theme: template.Theme,
    *,
    chance: float | None = None,
    thresholds: Values = (),
    side: float = WHOLE,
) -> go.Figure:
    """Precision over sensitivity, as `figure_roc`. chance : share of the positive class in the test images."""
    axes = ("sensitivity (recall)", "precision (PPV)")
    figure = _draw(test, band, validation, marks, theme, thresholds=thresholds, axes=axes)
    palette = template.find_palette(theme)
    if chance is not None:
        dotted = {"color": palette.line, "dash": "dot"}
        figure.add_shape(type="line", x0=0, y0=chance, x1=1, y1=chance, line=dotted, layer="below")
    _show_corner(figure, side, axes, best_x=1.0)
    return template.apply_template(figure, theme)


def _show_corner(figure: go.Figure, side: float, axes: tuple[str, str], *, best_x: float) -> None:
    """Set both axes to the part that is shown, with a little room around it; their titles say which part it is."""
    left, room = (0.0 if best_x == 0 else 1 - side), MARGIN * side
    names = [name if side == WHOLE else f"{name}, from {100 * (1 - side):g} %" for name in axes]
    if best_x == 0 and side < WHOLE:
        names[0] = f"{axes[0]}, up to {100 * side:g} %"
    ticks = {"dtick": STEPS[side], "tickformat": ".0%"}
    figure.update_xaxes(title_text=names[0], range=[left - room, left + side + room], tick0=best_x, **ticks)
    figure.update_yaxes(title_text=names[1], range=[1 - side - room, 1 + room], tick0=1, **ticks)


def _draw(
    test: Line,
    band: Band,
    validation: Line | None,
    marks: Sequence[Mark],
    theme: template.Theme,
    *,
    thresholds: Values,
    axes: tuple[str, str],
) -> go.Figure:
    palette = template.find_palette(theme)
    figure = go.Figure()
    hover = f"{axes[0]} %{{x:.1%}}<br>{axes[1]} %{{y:.1%}}<extra>%{{fullData.name}}</extra>"
    if len(band.x):
        _draw_band(figure, band, palette)
    strong = {"color": palette.accent, "width": 2}
    _draw_line(figure, test, "test", strong, hover)
    if validation is not None:
        thin = {"color": palette.muted, "width": 1.5, "dash": "dash"}
        _draw_line(figure, validation, VALIDATION_NAME, thin, hover, customdata=list(thresholds))
    for mark in marks:
        _draw_mark(figure, mark, palette, hover)
    figure.update_layout(
        height=HEIGHT_PX,
        hovermode="closest",
        showlegend=True,
        legend={
            "orientation": "h",
            "traceorder": "normal",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font_size": template.SMALL_SIZE_PX,
        },
    )
    return figure


def _draw_band(figure: go.Figure, band: Band, palette: template.Palette) -> None:
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "x": band.x}
    figure.add_trace(go.Scatter(y=band.low, name="95 % low", **edge))
    shade = f"rgba({palette.accent_rgb},{BAND})"
    figure.add_trace(go.Scatter(y=band.high, name="95 % high", fill="tonexty", fillcolor=shade, **edge))


def _draw_line(figure: go.Figure, line: Line, name: str, style: dict[str, object], hover: str, **more: object) -> None:
    figure.add_trace(
        go.Scatter(
            x=line.x,
            y=line.y,
            text=line.names,
            name=name,
            mode="lines",
            line=style,
            hovertemplate="threshold %{text}<br>" + hover,
            **more,
        )
    )


def _draw_mark(figure: go.Figure, mark: Mark, palette: template.Palette, hover: str) -> None:
    symbol, size = SYMBOLS[mark.kind]
    figure.add_trace(
        go.Scatter(
            x=[mark.x],
            y=[mark.y],
            name=mark.name,
            mode="markers",
            cliponaxis=False,
            marker={"symbol": symbol, "size": size, "color": palette.ink, "line": {"width": 2, "color": palette.ink}},
            hovertemplate=hover,
        )
    )

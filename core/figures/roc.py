"""ROC and precision-recall curves with their bands, and the thresholds that are marked on them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

ROC_CAPTION = (
    "Each point is a threshold: how much of the positive class it finds (up) against how much of the rest it flags by "
    "mistake (right). The dotted diagonal is guessing; the pale band is the 95 % interval at each place. The curve "
    "cannot tell which point you need, nor how rare the class will be where the model is used."
)
PRECISION_CAPTION = (
    "The same thresholds: of the images that are flagged, the share that is right (up), against how much of the class "
    "is found (right). The dotted line is guessing, as high as the share of the class in these images. Where the class "
    "is rarer, the whole curve lies lower; it cannot tell how much: see prevalence. The band is wide where no flag was "
    "wrong, since patients are counted then and not images."
)
HEIGHT_PX = 330
BAND = 0.16
MARGIN = 0.02
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


def figure_roc(
    test: Line,
    band: Band,
    validation: Line | None,
    marks: Sequence[Mark],
    theme: template.Theme,
    *,
    thresholds: Values = (),
) -> go.Figure:
    """Sensitivity over false alarms: test images with band, validation images as a thin dashed line.

    thresholds : of the points of the validation line, which alone can be chosen from; they are its `customdata`.
    How to read it: see ROC_CAPTION.
    """
    figure = _draw(test, band, validation, marks, theme, thresholds=thresholds)
    palette = template.find_palette(theme)
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": palette.line, "dash": "dot"}, layer="below")
    figure.update_xaxes(title_text="false alarms (1 - specificity)")
    figure.update_yaxes(title_text="sensitivity")
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
) -> go.Figure:
    """Precision over sensitivity, as `figure_roc`. chance : share of the positive class in the test images."""
    figure = _draw(test, band, validation, marks, theme, thresholds=thresholds)
    palette = template.find_palette(theme)
    if chance is not None:
        dotted = {"color": palette.line, "dash": "dot"}
        figure.add_shape(type="line", x0=0, y0=chance, x1=1, y1=chance, line=dotted, layer="below")
    figure.update_xaxes(title_text="sensitivity (recall)")
    figure.update_yaxes(title_text="precision (PPV)")
    return template.apply_template(figure, theme)


def _draw(
    test: Line,
    band: Band,
    validation: Line | None,
    marks: Sequence[Mark],
    theme: template.Theme,
    *,
    thresholds: Values,
) -> go.Figure:
    palette = template.find_palette(theme)
    figure = go.Figure()
    if len(band.x):
        _draw_band(figure, band, palette)
    strong = {"color": palette.accent, "width": 2}
    _draw_line(figure, test, "test", strong)
    if validation is not None:
        thin = {"color": palette.muted, "width": 1.5, "dash": "dash"}
        _draw_line(figure, validation, VALIDATION_NAME, thin, customdata=list(thresholds))
    for mark in marks:
        _draw_mark(figure, mark, palette)
    square = {"range": [-MARGIN, 1 + MARGIN], "tickvals": [0, 0.25, 0.5, 0.75, 1], "tickformat": ".0%"}
    figure.update_xaxes(**square)
    figure.update_yaxes(**square)
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


def _draw_line(figure: go.Figure, line: Line, name: str, style: dict[str, object], **more: object) -> None:
    figure.add_trace(
        go.Scatter(
            x=line.x,
            y=line.y,
            text=line.names,
            name=name,
            mode="lines",
            line=style,
            hovertemplate="threshold %{text}<br>%{xaxis.title.text} %{x:.1%}<br>%{yaxis.title.text} %{y:.1%}"
            "<extra>%{fullData.name}</extra>",
            **more,
        )
    )


def _draw_mark(figure: go.Figure, mark: Mark, palette: template.Palette) -> None:
    symbol, size = SYMBOLS[mark.kind]
    figure.add_trace(
        go.Scatter(
            x=[mark.x],
            y=[mark.y],
            name=mark.name,
            mode="markers",
            cliponaxis=False,
            marker={"symbol": symbol, "size": size, "color": palette.ink, "line": {"width": 2, "color": palette.ink}},
            hovertemplate="%{xaxis.title.text} %{x:.1%}<br>%{yaxis.title.text} %{y:.1%}<extra>%{fullData.name}</extra>",
        )
    )

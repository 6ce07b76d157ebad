"""How many answers are wrong if only the most confident ones are given."""

import math

import pandas as pd
import plotly.graph_objects as go

from core.figures import template

CAPTION = (
    "To the right the model answers more images, the most confident first; up, the share of answers that is wrong."
)
READING = (
    "The pale band is the 95 % interval; it is wide where no error was seen, since patients are counted then and not "
    "images. The flat line is what referring at random would do, the low one an order with every error last: the "
    "nearer to it, the better the model knows when it does not know. It cannot tell whether the person who gets the "
    "referred cases answers them better."
)
NOTHING = "The curve will stand here as soon as there are images."
HEIGHT_PX = 340
LEFT = 0.02  # further left stand too few images to say anything
LABEL_GAP = 0.08  # of the axis: the height of one label


def figure_risk_coverage(
    table: pd.DataFrame, error_all: float, theme: template.Theme, *, chosen: tuple[float, float] | None = None
) -> go.Figure:
    """Share of wrong answers against the share of images that are answered, with an ideal and a random order.

    table : columns coverage, error, low, high (0 to 1), n, in rising coverage. error_all : the error of answering all.
    chosen : (coverage, error) of the limit that people chose; a ring there, None = none.

    How to read it: see CAPTION and READING.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    shown = table[table["coverage"] >= LEFT]
    ideal = [max(0.0, (error_all - (1 - x)) / x) for x in _list_steps()]
    figure.add_trace(_draw_band(shown, palette))
    figure.add_trace(_draw_reference([0.0, 1.0], [error_all, error_all], "referring at random", "dash", palette))
    figure.add_trace(_draw_reference(_list_steps(), ideal, "every error last", "dot", palette))
    figure.add_trace(_draw_model(shown, palette))
    top = _choose_top(shown, error_all)
    if chosen is not None:
        figure.add_trace(_draw_chosen(chosen, palette))
    figure.update_xaxes(
        range=[0, 1.0],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        title_text="share of the images that the model answers",
    )
    figure.update_yaxes(
        range=[-LABEL_GAP * top, top],
        tickformat=".1%" if top < 0.05 else ".0%",
        nticks=6,
        title_text="wrong among its answers",
    )
    figure.update_layout(height=HEIGHT_PX, margin={"r": 24, "t": 16})
    if len(shown):
        _label(figure, shown, error_all, top)
    else:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING)
    return template.apply_template(figure, theme)


def _list_steps() -> list[float]:
    return [step / 200 for step in range(1, 201)]


def _choose_top(shown: pd.DataFrame, error_all: float) -> float:
    """End of the y axis: holds the curve. The band may leave it, where so few patients stand that it says nothing."""
    highest = float(max([1.7 * error_all, 0.005, *(1.1 * shown["error"]).tolist()]))
    step = 0.01 if highest < 0.1 else 0.05
    return min(1.0, math.ceil(highest / step - 1e-9) * step)


def _draw_band(shown: pd.DataFrame, palette: template.Palette) -> go.Scatter:
    known = shown.dropna(subset=["low", "high"])
    return go.Scatter(
        x=[*known["coverage"], *known["coverage"][::-1]],
        y=[*known["high"], *known["low"][::-1]],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({palette.accent_rgb},0.16)",
        hoverinfo="skip",
    )


def _draw_reference(x: list[float], y: list[float], name: str, dash: str, palette: template.Palette) -> go.Scatter:
    line = {"color": palette.muted, "width": 1.5, "dash": dash}
    return go.Scatter(x=x, y=y, mode="lines", line=line, name=name, hoverinfo="skip")


def _draw_model(shown: pd.DataFrame, palette: template.Palette) -> go.Scatter:
    return go.Scatter(
        x=shown["coverage"].tolist(),
        y=shown["error"].tolist(),
        mode="lines",
        line={"color": palette.accent, "width": 2.5},
        name="this model",
        customdata=shown[["low", "high", "n"]].to_numpy(dtype=float).tolist(),
        hovertemplate="answers %{x:.1%}, n = %{customdata[2]:,}<br>wrong: %{y:.1%} "
        "(%{customdata[0]:.1%} to %{customdata[1]:.1%})<extra></extra>",
        cliponaxis=False,
    )


def _draw_chosen(chosen: tuple[float, float], palette: template.Palette) -> go.Scatter:
    ring = {"size": 14, "symbol": "circle", "color": palette.paper, "line": {"color": palette.accent, "width": 3}}
    return go.Scatter(
        x=[chosen[0]],
        y=[chosen[1]],
        mode="markers",
        marker=ring,
        name="the chosen limit",
        hovertemplate="the chosen limit: answers %{x:.1%}, of these %{y:.1%} wrong<extra></extra>",
        cliponaxis=False,
    )


def _label(figure: go.Figure, shown: pd.DataFrame, error_all: float, top: float) -> None:
    """Words at the lines."""
    figure.add_annotation(
        x=0.01,
        y=error_all,
        text=f"referring at random: {template.describe_share(error_all)}",
        xanchor="left",
        yanchor="bottom",
    )
    at = int((shown["coverage"] - 0.5).abs().argmin())
    place, error = float(shown["coverage"].iloc[at]), float(shown["error"].iloc[at])
    under = abs(error_all - error) < LABEL_GAP * top  # no room between it and the line of a random order
    figure.add_annotation(
        x=place, y=error, text="<b>this model</b>", yanchor="top" if under else "bottom", yshift=-4 if under else 4
    )
    figure.add_annotation(x=0.3, y=0, text="every error last", yanchor="top", yshift=-1)

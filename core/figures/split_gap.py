"""The same network, its patients kept apart and not: what a leaky split adds to a number, in one picture."""

from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import spread, template

CAPTION = "The same network, divided in two ways: accuracy on its own test images, the pale band its 95 % interval."
READING = (
    "Both are of the same data set. The distance is what the lower way of dividing pretends. The two have different "
    "test images and one training each, so a small distance can be chance."
)
HEIGHT_PX = 236


@dataclass(frozen=True)
class Side:
    """One way to divide: what it is called, and a metric in [0, 1] with its interval, None = not known."""

    name: str
    value: float
    low: float | None
    high: float | None


def figure_split_gap(honest: Side, leaky: Side, said: str, theme: template.Theme) -> go.Figure:
    """Two marks with intervals, one above the other, and their distance named. said : the words at the distance.

    How to read it: the upper mark is what to expect of new patients, the lower what the leak makes of it.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    marks = ((honest, 0, "circle", palette.accent), (leaky, 1, "diamond-open", palette.muted))
    for side, place, symbol, colour in marks:
        _draw_band(figure, side, place, palette)
        figure.add_trace(_draw_mark(side, place, symbol, colour))
        figure.add_shape(type="line", x0=side.value, x1=side.value, y0=place, y1=1.75, line_dash="dot", layer="below")
        end = side.value if side.high is None else side.high
        figure.add_annotation(x=end, y=place, text=f"{100 * side.value:.1f} %", xanchor="left", xshift=8)
    figure.add_shape(
        type="line", x0=honest.value, x1=leaky.value, y0=1.75, y1=1.75, line={"width": 2, "color": palette.ink}
    )
    figure.add_annotation(x=(honest.value + leaky.value) / 2, y=1.75, text=f"<b>{said}</b>", yanchor="top", yshift=-4)
    _lay_out(figure, honest, leaky, palette)
    return template.apply_template(figure, theme)


def _draw_band(figure: go.Figure, side: Side, place: int, palette: template.Palette) -> None:
    if side.low is None or side.high is None:
        return
    figure.add_shape(
        type="rect",
        x0=side.low,
        x1=side.high,
        y0=place - 0.22,
        y1=place + 0.22,
        line={"width": 0},
        fillcolor=f"rgba({palette.accent_rgb},0.18)",
        layer="below",
    )


def _draw_mark(side: Side, place: int, symbol: str, colour: str) -> go.Scatter:
    edges = "" if side.low is None or side.high is None else f" ({100 * side.low:.1f} to {100 * side.high:.1f})"
    return go.Scatter(
        x=[side.value],
        y=[place],
        mode="markers",
        marker={"symbol": symbol, "size": 15, "color": colour, "line": {"width": 2, "color": colour}},
        hovertemplate=f"{side.name}: {100 * side.value:.1f} %{edges}<extra></extra>",
        cliponaxis=False,
    )


def _lay_out(figure: go.Figure, honest: Side, leaky: Side, palette: template.Palette) -> None:
    seen = [edge for side in (honest, leaky) for edge in (side.value, side.low, side.high) if edge is not None]
    figure.update_xaxes(range=spread.choose_range(seen), tickformat=".0%", title_text="accuracy", fixedrange=True)
    figure.update_yaxes(
        tickvals=[0, 1],
        ticktext=[honest.name, leaky.name],
        range=[2.35, -0.75],
        showgrid=False,
        fixedrange=True,
        tickfont={"size": template.FONT_SIZE_PX, "color": palette.ink},
    )
    figure.update_layout(height=HEIGHT_PX, margin={"t": 8, "r": 24})

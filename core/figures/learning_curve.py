"""Quality against reviewed cases: what each version of a data set brought, on the test images that all share."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import spread, template

CAPTION = (
    "To the right, settled cases that a version has learnt from; up, accuracy on the frozen test images of the first."
)
READING = (
    "The pale bar is the 95 % interval over patients. All points are of the same images, so their order is surer than "
    "the bars look; trainings of one version differ by chance too. It cannot tell what further cases would bring."
)
HEIGHT_PX = 300


@dataclass(frozen=True)
class Trained:
    """A model: of which version, from how many settled cases, and its accuracy in [0, 1]; None = not known."""

    name: str
    version: int
    settled: int
    value: float
    low: float | None
    high: float | None
    is_champion: bool = False


def figure_learning_curve(points: Sequence[Trained], theme: template.Theme) -> go.Figure:
    """A dot a model with its interval, and a line through the best of each version; the champion is filled.

    How to read it: a line that has become flat says that more cases of this kind bring little.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    best: dict[int, Trained] = {}
    for point in points:
        if point.version not in best or point.value > best[point.version].value:
            best[point.version] = point
        if point.low is not None and point.high is not None:
            figure.add_shape(
                type="line",
                x0=point.settled,
                x1=point.settled,
                y0=point.low,
                y1=point.high,
                line={"width": 10, "color": f"rgba({palette.accent_rgb},0.2)"},
                layer="below",
            )
    line = [best[version] for version in sorted(best)]
    figure.add_trace(
        go.Scatter(
            x=[point.settled for point in line],
            y=[point.value for point in line],
            mode="lines",
            line={"color": palette.accent, "width": 2},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[point.settled for point in points],
            y=[point.value for point in points],
            mode="markers",
            marker={
                "size": 12,
                "symbol": ["circle" if point.is_champion else "circle-open" for point in points],
                "color": palette.accent,
                "line": {"width": 2, "color": palette.accent},
            },
            customdata=[[point.name, _say(point)] for point in points],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
            cliponaxis=False,
        )
    )
    for point in line:
        figure.add_annotation(
            x=point.settled,
            y=point.value,
            text=f"v{point.version}: {100 * point.value:.1f} %",
            yshift=16,
            xanchor="center",
        )
    _lay_out(figure, points)
    return template.apply_template(figure, theme)


def _say(point: Trained) -> str:
    ends = "" if point.low is None or point.high is None else f" ({100 * point.low:.1f} to {100 * point.high:.1f})"
    return f"v{point.version}, {point.settled:,} settled cases: {100 * point.value:.1f} %{ends}"


def _lay_out(figure: go.Figure, points: Sequence[Trained]) -> None:
    seen = [edge for point in points for edge in (point.value, point.low, point.high) if edge is not None]
    most = max([point.settled for point in points], default=0) or 1
    figure.update_xaxes(
        range=[-0.15 * most, 1.15 * most], title_text="settled cases", fixedrange=True, rangemode="normal"
    )
    figure.update_yaxes(range=spread.choose_range(seen), tickformat=".0%", title_text="accuracy", fixedrange=True)
    figure.update_layout(height=HEIGHT_PX, margin={"t": 24, "r": 24}, showlegend=False)

"""What accuracy costs: the size or the speed of each model against how often it is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from core.figures import labels, template

CAPTION = "Each numbered mark is a model, the pale bar its 95 % interval: up is better, left is cheaper."
READING = (
    "Equal costs stand side by side. The stepped line joins those that no cheaper model matches (the Pareto front). "
    "Open diamonds have a leaky split and do not count. Where bars overlap, or test images differ, the picture cannot "
    "tell which is better."
)
NOTHING_YET = "No model here has this number."
HEIGHT_PX = 380
BAND_PX, MARK_PX = 9, 11
STEP, WIDEST = 0.028, 0.2  # of the axis: from one mark to the next of the same cost, and all of them at most
TOP_PX, BOTTOM_PX = 24, 60  # around the plot, so that a height in pixels is known
TITLES = {"parameters": "parameters (log scale)", "milliseconds": "milliseconds an image"}

Cost = Literal["parameters", "milliseconds"]


@dataclass(frozen=True)
class Point:
    """One model. cost : > 0, less is better. accuracy, low, high : in [0, 1]; low and high None = not known."""

    name: str
    cost: float
    accuracy: float
    low: float | None
    high: float | None
    leaky: bool


def find_front(points: Sequence[Point]) -> list[int]:
    """Places of the points that no honest one beats, from cheap to dear: less cost is only topped by more accuracy.

    Leaky ones are never among them. Of equal ones the first counts.
    """
    order = sorted(range(len(points)), key=lambda place: (points[place].cost, -points[place].accuracy))
    front: list[int] = []
    for place in order:
        if not points[place].leaky and (not front or points[place].accuracy > points[front[-1]].accuracy):
            front.append(place)
    return front


def figure_pareto(points: Sequence[Point], *, against: Cost, theme: template.Theme) -> go.Figure:
    """Accuracy (up is better) against cost (left is better) with intervals and the Pareto front.

    Marks are numbered 1, 2 ... in the order of `points`: beside the figure stands a list of their names, since names of
    this length have no room beside marks that crowd on a narrow screen.

    How to read it: from a model go left; if the stepped line is above you, a cheaper model is at least as good.
    """
    palette = template.find_palette(theme)
    front = find_front(points)
    axis = _choose_x_axis(points, against)
    x = _spread_out(points, axis["range"], logarithmic=against == "parameters")
    figure = go.Figure([_draw_interval(point, at, palette) for point, at in zip(points, x, strict=True)])
    if front:
        figure.add_trace(_draw_front([points[place] for place in front], [x[place] for place in front], palette))
    for leaky, symbol, colour in ((False, "circle", palette.accent), (True, "diamond-open", palette.muted)):
        chosen = [place for place, point in enumerate(points) if point.leaky == leaky]
        figure.add_trace(
            _draw_marks([points[place] for place in chosen], [x[place] for place in chosen], symbol, colour)
        )
    height_px = _number_points(figure, points, x, against, palette)
    figure.update_xaxes(**axis)
    figure.update_yaxes(range=_choose_range(points), tickformat=".1%", title_text="accuracy on test images")
    figure.update_layout(height=height_px, margin={"t": TOP_PX, "r": 24, "b": BOTTOM_PX}, hovermode="closest")
    if not points:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING_YET)
    return template.apply_template(figure, theme)


def _spread_out(points: Sequence[Point], ends: list[float], *, logarithmic: bool) -> list[float]:
    """Where each mark stands along the axis: those of one cost beside each other, in their order."""
    same: dict[float, list[int]] = {}
    for place, point in enumerate(points):
        same.setdefault(point.cost, []).append(place)
    found = [0.0] * len(points)
    for cost, places in same.items():
        step = (ends[1] - ends[0]) * min(STEP, WIDEST / len(places))
        for number, place in enumerate(places):
            aside = (number - (len(places) - 1) / 2) * step
            found[place] = cost * 10**aside if logarithmic else cost + aside
    return found


def _draw_interval(point: Point, x: float, palette: template.Palette) -> go.Scatter:
    return go.Scatter(
        x=[x] * 2,
        y=[point.low, point.high],
        mode="lines",
        line={"width": BAND_PX, "color": f"rgba({palette.accent_rgb},0.18)"},
        hoverinfo="skip",
    )


def _draw_front(points: list[Point], x: list[float], palette: template.Palette) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=[point.accuracy for point in points],
        mode="lines",
        line={"shape": "hv", "dash": "dash", "width": 1.5, "color": palette.muted},
        hoverinfo="skip",
    )


def _draw_marks(points: list[Point], x: list[float], symbol: str, colour: str) -> go.Scatter:
    said = [
        [point.name, _say_interval(point), f"{point.cost:,.6g}", "leaky split" if point.leaky else ""]
        for point in points
    ]
    return go.Scatter(
        x=x,
        y=[point.accuracy for point in points],
        mode="markers",
        marker={"symbol": symbol, "size": MARK_PX, "color": colour, "line": {"width": 2, "color": colour}},
        customdata=said,
        hovertemplate="%{customdata[0]}<br>%{y:.1%} %{customdata[1]}<br>%{customdata[2]} %{customdata[3]}"
        "<extra></extra>",
        cliponaxis=False,
    )


def _say_interval(point: Point) -> str:
    if point.low is None or point.high is None:
        return ""
    return f"({100 * point.low:.1f} to {100 * point.high:.1f})"


def _number_points(
    figure: go.Figure, points: Sequence[Point], x: list[float], against: Cost, palette: template.Palette
) -> int:
    """A number beside each mark, with a thin line to it. Returns the height that the figure needs for them, in px."""
    ends, reach = _choose_x_axis(points, against)["range"], _choose_range(points)
    at = [math.log10(value) if against == "parameters" else value for value in x]
    names = labels.place_names(
        [f"{number}" for number in range(1, len(points) + 1)],
        [(along - ends[0]) / (ends[1] - ends[0]) for along in at],
        [(point.accuracy - reach[0]) / (reach[1] - reach[0]) for point in points],
        least_px=HEIGHT_PX - TOP_PX - BOTTOM_PX,
    )
    for point, along, name in zip(points, at, names.placed, strict=True):
        figure.add_annotation(
            x=along,
            y=point.accuracy,
            text=f"<b>{name.text}</b>",
            align=name.anchor,
            xanchor=name.anchor,
            yanchor="middle",
            ax=name.aside_px,
            ay=-name.above_px,
            showarrow=True,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=palette.muted,
            standoff=MARK_PX / 2,
        )
    return names.height_px + TOP_PX + BOTTOM_PX


def _choose_x_axis(points: Sequence[Point], against: Cost) -> dict[str, Any]:
    """A log axis with some room at both ends for parameters; milliseconds from 0."""
    costs = [point.cost for point in points]
    if against == "milliseconds":
        return {"range": [0, 1.15 * max(costs, default=1.0)], "title_text": TITLES[against]}
    low, high = (math.log10(edge) for edge in (min(costs, default=1e5), max(costs, default=1e7)))
    room = max(0.35, 0.12 * (high - low))
    return {"type": "log", "range": [low - room, high + room], "title_text": TITLES[against], "dtick": 1}


def _choose_range(points: Sequence[Point]) -> list[float]:
    """Ends of the y axis, in steps of two points, around all intervals."""
    seen = [edge for point in points for edge in (point.accuracy, point.low, point.high) if edge is not None]
    if not seen:
        return [0.5, 1.0]
    low, high = math.floor(min(seen) * 50 - 0.2) / 50, math.ceil(max(seen) * 50 + 0.2) / 50
    return [max(0.0, low), min(1.004, high)]

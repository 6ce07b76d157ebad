"""The corrected share of each smear, with its interval and the least share that can be told from none."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import template

CAPTION = (
    "Each dot is the share of a smear after the model's errors were taken out, the largest on top; the pale bar is its "
    "95 % interval, the small upright line its detection limit. An open dot is not above what false alarms of the "
    "model explain; of smears without any, 1 in 40 has a filled one by chance. It is of the images that were handed in "
    "and answered, not of the blood."
)
ROW_PX = 28
MOST_ROWS = 12
MOST_CHARACTERS = 24


@dataclass(frozen=True)
class Row:
    """One smear. share, low, high, limit : 0 to 1; limit None where no share is told from none. told : above chance."""

    name: str
    answered: int
    share: float
    low: float
    high: float
    limit: float | None
    told: bool


def figure_smear_shares(rows: Sequence[Row], positive: str, subject: str, theme: template.Theme) -> go.Figure:
    """A dot and a bar a smear, the first MOST_ROWS of them, in the order given, on top the first.

    How to read it: a filled dot with its bar far to the right is a smear with much to find; an open one is not told
    from a smear without any.
    """
    palette, drawn = template.find_palette(theme), list(rows[:MOST_ROWS])
    figure = go.Figure()
    x: list[float | None] = []
    y: list[float | None] = []
    for height, row in enumerate(drawn):
        x += [100 * row.low, 100 * row.high, None]
        y += [height, height, None]
    line = {"width": 11, "color": f"rgba({palette.accent_rgb},0.2)"}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip"))
    limits = [(100 * row.limit, height) for height, row in enumerate(drawn) if row.limit is not None]
    mark = {"symbol": "line-ns", "size": 13, "line": {"width": 2, "color": palette.muted}}
    figure.add_trace(
        go.Scatter(
            x=[place for place, _ in limits],
            y=[height for _, height in limits],
            mode="markers",
            marker=mark,
            hovertemplate="detection limit %{x:.1f} %<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[100 * row.share for row in drawn],
            y=list(range(len(drawn))),
            mode="markers",
            marker={
                "size": 11,
                "symbol": ["circle" if row.told else "circle-open" for row in drawn],
                "color": palette.accent,
                "line": {"width": 2, "color": palette.accent},
            },
            customdata=[[f"{100 * row.low:.1f}", f"{100 * row.high:.1f}", row.answered] for row in drawn],
            cliponaxis=False,
            hovertemplate="%{x:.1f} % (%{customdata[0]} to %{customdata[1]}), n = %{customdata[2]:,}<extra></extra>",
        )
    )
    furthest = max([row.high for row in drawn] + [row.limit or 0.0 for row in drawn], default=1.0)
    figure.update_xaxes(
        range=[-1.5, min(102.0, max(10.0, 106 * furthest))], title_text=f"{subject} that are {positive}, of 100"
    )
    figure.update_yaxes(
        tickvals=list(range(len(drawn))),
        ticktext=[f"{_shorten(row.name)}  (n = {row.answered:,})" for row in drawn],
        range=[max(len(drawn), 1) - 0.4, -0.6],
        showgrid=False,
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(height=ROW_PX * max(4, len(drawn)) + 64, margin={"t": 8})
    return template.apply_template(figure, theme)


def _shorten(name: str) -> str:
    """The end of a long name tells most; Plotly reads a few marks of HTML."""
    return html.escape(name if len(name) <= MOST_CHARACTERS else f"…{name[1 - MOST_CHARACTERS :]}", quote=False)

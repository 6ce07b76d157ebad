"""How often the model is wrong in each slice of the images: a dot a slice, the worst on top."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each dot is a part of the images, the worst on top; bar: 95 % interval, line: all images."
READING = (
    "A filled dot stands out from the rest even after correcting for how many parts were looked at; an open one may be "
    "chance. Grey parts are too small to judge. The picture cannot tell why: a part that differs in brightness may "
    "also differ in its classes, its patients or its camera."
)
NOTHING = "No part of the images to show."
ROW_PX = 36
MOST_ROWS = 40
MOST_CHARACTERS = 36


def figure_slices(
    rows: Sequence[dict[str, Any]], overall: float | None, theme: template.Theme, *, chosen: int | None = None
) -> go.Figure:
    """A dot and a bar a slice. rows : of `slice_tests.measure`, in the order drawn, the first MOST_ROWS that count
    any image; overall : share of all images, in [0, 1]; chosen : the `place` of a slice to put a ring around.

    Each dot carries its slice's `place` as customdata[0].

    How to read it: a dot far to the right with a short bar is a part of the images where the model fails more often.
    """
    palette = template.find_palette(theme)
    drawn = [row for row in rows if row["rate"].value is not None][:MOST_ROWS]
    figure = go.Figure()
    figure.add_trace(_draw_bars(drawn, palette))
    figure.add_trace(_draw_dots(drawn, palette))
    for height, row in enumerate(drawn):
        if row["place"] == chosen:
            figure.add_trace(_draw_ring(100 * row["rate"].value, height, palette))
    if overall is not None and drawn:
        figure.add_vline(x=100 * overall, line={"width": 1, "color": palette.muted}, layer="below")
        figure.add_annotation(
            x=100 * overall, y=1, yref="paper", text=f"all: {100 * overall:.1f} %", yanchor="bottom", yshift=2
        )
    if not drawn:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING)
    highest = max((row["rate"].high for row in drawn), default=1.0)
    figure.update_xaxes(range=[0, min(100.0, max(1.0, 105 * highest))], title_text="wrong, %", fixedrange=True)
    figure.update_yaxes(
        tickvals=list(range(len(drawn))),
        ticktext=[_say_name(row, palette) for row in drawn],
        range=[max(len(drawn), 1) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    figure.update_layout(height=ROW_PX * max(4, len(drawn)) + 76, margin={"t": 28}, clickmode="event+select")
    return template.apply_template(figure, theme)


def _say_name(row: dict[str, Any], palette: template.Palette) -> str:
    """Kind and size, under them the value; names come from folders, and Plotly reads a few marks of HTML."""
    name = str(row["name"])
    name = name if len(name) <= MOST_CHARACTERS else f"{name[: MOST_CHARACTERS - 1]}…"
    kind, name = (said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for said in (row["kind"], name))
    colour = palette.ink if row["judged"] else palette.muted
    return f'<span style="color:{colour}">{kind}, n = {row["n"]:,}<br>{name}</span>'


def _draw_bars(rows: Sequence[dict[str, Any]], palette: template.Palette) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    for height, row in enumerate(rows):
        if row["rate"].low is not None:
            x += [100 * row["rate"].low, 100 * row["rate"].high, None]
            y += [height, height, None]
    line = {"width": 11, "color": f"rgba({palette.accent_rgb},0.2)"}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _draw_dots(rows: Sequence[dict[str, Any]], palette: template.Palette) -> go.Scatter:
    colours = [palette.accent if row["judged"] else template.REFERRED for row in rows]
    return go.Scatter(
        x=[100 * row["rate"].value for row in rows],
        y=list(range(len(rows))),
        mode="markers",
        marker={
            "size": 11,
            "symbol": ["circle" if row["stands_out"] else "circle-open" for row in rows],
            "color": colours,
            "line": {"width": 2, "color": colours},
            "opacity": 1,
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[row["place"], _say_sample(row)] for row in rows],
        hovertemplate="%{x:.1f} % wrong<br>%{customdata[1]}<extra></extra>",
        cliponaxis=False,
    )


def _say_sample(row: dict[str, Any]) -> str:
    patients = row["patients"]
    of = "" if patients is None else f" of {patients:,} patient{'s' if patients != 1 else ''}"
    return f"{row['n']:,} image{'s' if row['n'] != 1 else ''}{of}"


def _draw_ring(value: float, height: int, palette: template.Palette) -> go.Scatter:
    marker = {"size": 21, "symbol": "circle-open", "color": palette.ink, "line": {"width": 1.5, "color": palette.ink}}
    return go.Scatter(x=[value], y=[height], mode="markers", marker=marker, hoverinfo="skip", cliponaxis=False)

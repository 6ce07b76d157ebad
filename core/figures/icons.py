"""A thousand small marks: how many are found, missed, flagged by mistake and rightly left alone."""

from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each mark is one image of 1,000 at this prevalence."
READING = (
    "Counts are rounded to whole images; shape and colour tell the four kinds apart. It is what is expected on "
    "average: another 1,000 will differ, and images of another source may differ more."
)
ACROSS = 40
STEP_PX = 13
EDGE_PX = 96
LEGEND_PX = 56


@dataclass(frozen=True)
class Kind:
    """How many marks of a kind, and what they are called in the legend."""

    count: int
    name: str


def figure_icons(found: Kind, missed: Kind, alarms: Kind, spared: Kind, theme: template.Theme) -> go.Figure:
    """An icon array in rows of 40, first the positive class, then the others; kinds told apart by colour and shape.

    How to read it: see CAPTION and READING; compare the filled circles with the squares to see what a flag is worth.
    """
    palette = template.find_palette(theme)
    styles = (
        (found, {"symbol": "circle", "color": template.POSITIVE, "size": 10}),
        (missed, {"symbol": "x-thin", "size": 9, "line": {"width": 3, "color": template.POSITIVE}}),
        (alarms, {"symbol": "square", "color": template.NEGATIVE, "size": 9}),
        (spared, {"symbol": "circle-open", "color": palette.line, "size": 5, "line": {"width": 1}}),
    )
    figure = go.Figure()
    start = 0
    for kind, marker in styles:
        # A kind without a mark still stands in the legend, with its 0.
        places: list[int | None] = [*range(start, start + kind.count)] or [None]
        figure.add_trace(
            go.Scatter(
                x=[None if place is None else place % ACROSS for place in places],
                y=[None if place is None else place // ACROSS for place in places],
                name=f"{kind.count:,} {kind.name}",
                mode="markers",
                marker=marker,
                cliponaxis=False,
                hovertemplate="%{fullData.name}<extra></extra>",
            )
        )
        start += kind.count
    rows = -(-start // ACROSS)
    figure.update_xaxes(visible=False, range=[-0.7, ACROSS - 0.3], fixedrange=True)
    figure.update_yaxes(visible=False, range=[rows - 0.3, -0.7], fixedrange=True)
    figure.update_layout(
        height=STEP_PX * rows + EDGE_PX,
        margin={"l": 8, "r": 8, "t": LEGEND_PX, "b": 8},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "yref": "container",  # two rows of two whatever the width, in a margin of their own: none lies on the marks
            "y": 1,
            "yanchor": "top",
            "entrywidth": 0.49,
            "entrywidthmode": "fraction",
            "itemsizing": "trace",
            "itemclick": False,
            "itemdoubleclick": False,
            "font_size": template.SMALL_SIZE_PX,
        },
    )
    return template.apply_template(figure, theme)

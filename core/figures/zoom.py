"""One picture that a person can go into: drag to move, wheel or pinch to zoom, double click for the whole."""

import base64

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Turn the wheel to zoom, drag to move, double-click for the whole picture."
READING = "The pixels are the file's own; zooming in shows them larger, not sharper."


def figure_zoom(
    picture_png: bytes, size_px: tuple[int, int], theme: template.Theme, *, height_px: int = 560
) -> go.Figure:
    """A picture of `size_px` (height, width) in its own pixel coordinates, row 0 on top.

    picture_png : the bytes of a PNG file. height_px : of the figure.
    """
    rows, columns = size_px
    figure = go.Figure()
    figure.add_layout_image(
        source="data:image/png;base64," + base64.b64encode(picture_png).decode(),
        xref="x",
        yref="y",
        x=0,
        y=0,
        sizex=columns,
        sizey=rows,
        sizing="stretch",
        layer="below",
    )
    # Plotly draws axes, and so allows zooming, only where there is a trace.
    figure.add_trace(go.Scatter(x=[0, columns], y=[0, rows], mode="markers", marker={"opacity": 0}, hoverinfo="skip"))
    hidden = {"showgrid": False, "showline": False, "showticklabels": False, "constrain": "domain"}
    figure.update_xaxes(range=[0, columns], **hidden)
    figure.update_yaxes(range=[rows, 0], scaleanchor="x", **hidden)
    figure.update_layout(height=height_px, dragmode="pan", margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return template.apply_template(figure, theme)

"""One number beside the same number under chance."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = "The diamond is the data set as labelled, each circle one shuffle of its labels."
READING = (
    "A diamond far to the right of all "
    "circles is more than chance; one among them is not. The distance cannot tell what the difference comes from."
)
HEIGHT_PX = 120


def figure_against_nulls(observed: float, nulls: Sequence[float], theme: template.Theme) -> go.Figure:
    """Size of a difference as labelled (diamond) and under each shuffle (circles), from 0, in grey levels.

    How to read it: only the place along the axis counts; circles that fall together look darker.
    """
    palette = template.find_palette(theme)
    figure = go.Figure(
        [
            _draw(list(nulls), "labels shuffled", {"symbol": "circle", "size": 10, "color": palette.muted}, 0.45),
            _draw([observed], "as labelled", {"symbol": "diamond", "size": 14, "color": palette.accent}, 1.0),
        ]
    )
    _label(figure, observed, "as labelled", "bottom", 14)
    if nulls:
        middle = sorted(nulls)[len(nulls) // 2]
        _label(figure, middle, f"{len(nulls)} shuffles", "top", -14)
    largest = max([observed, *nulls])
    figure.update_xaxes(
        range=[0, largest * 1.12 or 1.0], title_text="size of the difference (root mean square), grey levels"
    )
    figure.update_yaxes(visible=False, range=[-1, 1], fixedrange=True)
    figure.update_layout(height=HEIGHT_PX, margin={"l": 24, "r": 24})
    return template.apply_template(figure, theme)


def _draw(values: list[float], name: str, marker: dict[str, object], opacity: float) -> go.Scatter:
    return go.Scatter(
        x=values,
        y=[0.0] * len(values),
        mode="markers",
        name=name,
        marker=marker,
        opacity=opacity,
        cliponaxis=False,
        hovertemplate="%{x:.2f} grey levels<extra>%{fullData.name}</extra>",
    )


def _label(figure: go.Figure, x: float, words: str, anchor: str, shift_px: int) -> None:
    """Words above (bottom-anchored) or below a mark."""
    figure.add_annotation(x=x, y=0, text=words, yanchor=anchor, yshift=shift_px, font_size=template.SMALL_SIZE_PX)

"""How often the model is wrong in each patient: a dot a patient, sorted, with its interval."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each dot is one patient, the worst on the left; bar: 95 % interval, line: all images."
READING = (
    "Up: the share of wrong answers. The interval is as if another set of images of the same person were taken. Filled "
    "dots: the whole bar is above the line. Grey: fewer than 20 images, too few to judge. Of 100 patients who are all "
    "alike, two or three would be filled by chance; the picture cannot tell why a patient is hard."
)
NOTHING = "No image of a known patient is counted here."
HEIGHT_PX = 340
MOST_NAMES = 30  # patients up to which each is named under the axis
BAR_PX, LEAST_BAR_PX = 9, 1.5
DOT_PX, LEAST_DOT_PX = 10, 4
CROWD = 60  # patients from which marks grow smaller


def figure_dots(
    patients: Sequence[dict[str, Any]], overall: float | None, theme: template.Theme, *, chosen: str | None = None
) -> go.Figure:
    """Sorted dots. patients : rows of `patient_errors.measure`, in the order drawn; overall : share of all, in [0, 1].

    chosen : a patient to put a ring around. Each dot carries its patient as customdata[0]. Marks shrink from 60
    patients on, so that hundreds stay apart.

    How to read it: a steep left end means that a few patients supply most of the mistakes.
    """
    palette = template.find_palette(theme)
    places = [place for place, _ in enumerate(patients, 1)]
    shrink = max(1.0, len(patients) / CROWD)
    figure = go.Figure()
    figure.add_trace(_draw_bars(patients, places, max(LEAST_BAR_PX, BAR_PX / shrink), palette))
    figure.add_trace(_draw_dots(patients, places, max(LEAST_DOT_PX, DOT_PX / shrink), palette))
    for place, row in zip(places, patients, strict=True):
        if row["patient"] == chosen:
            figure.add_trace(_draw_ring(place, row["share"].value, palette))
    if overall is not None:
        figure.add_hline(y=100 * overall, line={"width": 1, "color": palette.muted}, layer="below")
        figure.add_annotation(
            x=1, xref="paper", y=100 * overall, text=f"all: {100 * overall:.1f} %", xanchor="left", xshift=6
        )
    if not patients:
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING)
    named = len(patients) <= MOST_NAMES
    figure.update_xaxes(
        range=[0.3, max(len(patients), 1) + 0.7],
        tickvals=places if named else None,
        ticktext=[_shorten(row["patient"]) for row in patients] if named else None,
        tickangle=-60 if named else 0,
        title_text=None if named else f"{len(patients):,} patients, the worst first",
    )
    figure.update_yaxes(range=[-2, 102], title_text="wrong, %", tickvals=[0, 25, 50, 75, 100], fixedrange=True)
    _fit(figure, patients)
    figure.update_layout(height=HEIGHT_PX, margin={"r": 76, "t": 12}, clickmode="event+select")
    return template.apply_template(figure, theme)


def _fit(figure: go.Figure, patients: Sequence[dict[str, Any]]) -> None:
    """End the axis above the highest bar, so that a good model's small shares can be told apart."""
    highest = max((row["share"].high for row in patients if row["share"].high is not None), default=1.0)
    if highest < 0.9:
        top = 100 * highest * 1.05
        figure.update_yaxes(range=[-0.02 * top, top], tickvals=None)


def _shorten(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"


def _draw_bars(
    patients: Sequence[dict[str, Any]], places: Sequence[int], width_px: float, palette: template.Palette
) -> go.Scatter:
    """All intervals as one line with gaps: hundreds of traces would be slow."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, row in zip(places, patients, strict=True):
        if row["share"].low is not None:
            x += [place, place, None]
            y += [100 * row["share"].low, 100 * row["share"].high, None]
    line = {"width": width_px, "color": f"rgba({palette.accent_rgb},0.22)"}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _draw_dots(
    patients: Sequence[dict[str, Any]], places: Sequence[int], size_px: float, palette: template.Palette
) -> go.Scatter:
    colours = [palette.accent if row["judged"] else template.REFERRED for row in patients]
    return go.Scatter(
        x=list(places),
        y=[100 * row["share"].value for row in patients],
        mode="markers",
        marker={
            "size": size_px,
            "symbol": ["circle" if row["judged"] and row["above"] else "circle-open" for row in patients],
            "color": colours,
            "line": {"width": min(2.0, size_px / 4), "color": colours},
            "opacity": 1,
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[
            [
                row["patient"],
                f"{row['wrong']:,} of {row['share'].n:,}",
                f"{100 * row['share'].low:.1f} to {100 * row['share'].high:.1f}",
            ]
            for row in patients
        ],
        hovertemplate="%{customdata[0]}: %{y:.1f} % (%{customdata[2]})<br>%{customdata[1]} wrong<extra></extra>",
        cliponaxis=False,
    )


def _draw_ring(place: int, value: float, palette: template.Palette) -> go.Scatter:
    marker = {"size": 20, "symbol": "circle-open", "color": palette.ink, "line": {"width": 1.5, "color": palette.ink}}
    return go.Scatter(x=[place], y=[100 * value], mode="markers", marker=marker, hoverinfo="skip", cliponaxis=False)

"""What stands on each side of a split: images of each class, and patients."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = "One bar for each part, its colours the classes; the numbers are images."
READING = (
    "Parts should have nearly the same mixture "
    "of colours. The picture cannot tell whether the same patient or the same picture is in two of them: the list "
    "below can."
)
BAR_PX, LEGEND_PX = 46, 44
LEAST_SHARE_FOR_TEXT = 0.06  # of the longest bar: a shorter piece has no room for its number


def figure_sides(
    images: Mapping[str, Mapping[str, int]],
    patients: Mapping[str, int] | None,
    class_names: Sequence[str],
    positive_class: str,
    theme: template.Theme,
) -> go.Figure:
    """Stacked horizontal bars, one for each side of a split.

    images : side -> class -> number of images. patients : side -> number of patients, None = not known.
    How to read it: the same mixture of colours in each bar, and bars about as long as was asked for.
    """
    sides = list(images)
    totals = [sum(images[side].values()) for side in sides]
    longest = max([*totals, 1])
    figure = go.Figure()
    for name, colour in zip(class_names, template.choose_class_colours(class_names, positive_class), strict=True):
        numbers = [int(images[side].get(name, 0)) for side in sides]
        figure.add_trace(_draw_class(name, colour, numbers, sides, longest))
    for side, total in zip(sides, totals, strict=True):
        said = f"{total:,}" if patients is None else f"{total:,} · {_say_patients(patients.get(side, 0))}"
        figure.add_annotation(x=total, y=side, text=said, xanchor="left", xshift=6)
    figure.update_xaxes(visible=False, range=[0, longest * 1.02])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(
        barmode="stack",
        bargap=0.35,
        height=BAR_PX * len(sides) + LEGEND_PX,
        margin={"r": 150 if patients is not None else 70, "t": LEGEND_PX - 8},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    )
    return template.apply_template(figure, theme)


def _say_patients(number: int) -> str:
    return f"{number:,} patient{'s' * (number != 1)}"


def _draw_class(name: str, colour: str, numbers: list[int], sides: list[str], longest: int) -> go.Bar:
    shown = [f"{number:,}" if number >= LEAST_SHARE_FOR_TEXT * longest else "" for number in numbers]
    return go.Bar(
        x=numbers,
        y=sides,
        orientation="h",
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        text=shown,
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": "#FFFFFF", "size": template.SMALL_SIZE_PX},
        textangle=0,
        hovertemplate="%{y}: %{x:,} images<extra>%{fullData.name}</extra>",
    )

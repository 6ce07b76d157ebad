"""How many images each patient has."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each bar is a patient, sorted by number of images; its parts are the classes."
READING = (
    "Patients with tall bars weigh most in every average and every accuracy; patients of one colour can be told by "
    "who they are instead of by what the image shows. The picture cannot tell how alike the images of a patient are."
)
MOST_BARS = 600
FEW_BARS = 80  # up to here there is room between bars
HEIGHT_PX = 300


def figure_patients(
    table: pd.DataFrame, class_names: Sequence[str], positive_class: str, theme: template.Theme
) -> go.Figure:
    """Stacked bars, one a patient: images of each class, in the order of the table.

    table : a row a patient (its index), a column a class, sorted with the most images first. Of more than MOST_BARS,
        every n-th is drawn, so that the shape of the row stays; see `count_left_out`.

    How to read it: a steep row means that a few patients supply most of the images.
    """
    drawn = table.iloc[:: choose_step(len(table))]
    places = np.arange(len(drawn), dtype=np.int32) * choose_step(len(table)) + 1
    figure = go.Figure()
    for name, colour in zip(class_names, template.choose_class_colours(class_names, positive_class), strict=True):
        figure.add_trace(
            go.Bar(
                x=places,
                y=drawn[name].to_numpy(np.int32),
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                customdata=[str(group) for group in drawn.index],
                hovertemplate="%{customdata}: %{y:,} images<extra>%{fullData.name}</extra>",
            )
        )
    figure.update_xaxes(title_text="patients, by number of images")
    figure.update_yaxes(title_text="images")
    figure.update_layout(
        height=HEIGHT_PX,
        barmode="stack",
        bargap=0.2 if len(drawn) <= FEW_BARS else 0.0,
        barcornerradius=0,
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "traceorder": "normal", "y": 1.02, "yanchor": "bottom"},
    )
    return template.apply_template(figure, theme)


def choose_step(patients: int) -> int:
    """Every how many-th patient is drawn; 1 = all."""
    return max(1, -(-patients // MOST_BARS))

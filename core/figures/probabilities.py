"""What the model answers about one image."""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.figures import template

CAPTION = (
    "How the model divides 100 % among the classes it knows. A long bar means that the model is sure, "
    "not that it is right: it cannot say that an image belongs to none of its classes."
)
BAR_PX = 44


def figure_probabilities(
    probabilities: Mapping[str, float],
    positive_class: str,
    theme: template.Theme,
    *,
    threshold: float | None = None,
) -> go.Figure:
    """Horizontal bars of the probability of each class, on an axis that is always 0 to 100 %.

    probabilities : class -> probability in [0, 1], drawn in the order given, the first on top.
    threshold : in [0, 1], a mark on the bar of the positive class from where on it is answered.

    How to read it: the longest bar is the answer; compare its length with the others, not with the last image.
    No network is certain: what would round to 100 % is written as > 99.9 %.
    """
    names = list(probabilities)
    values = [float(probabilities[name]) for name in names]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker={"color": template.choose_class_colours(names, positive_class), "line": {"width": 0}},
            text=[template.describe_share(value) for value in values],
            textposition="outside",
            textfont={"size": template.FONT_SIZE_PX},
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"], fixedrange=True)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, fixedrange=True)
    figure.update_yaxes(tickfont_size=template.FONT_SIZE_PX, tickfont_color=template.find_palette(theme).ink)
    if threshold is not None:
        place, half = names.index(positive_class), 0.46
        figure.add_shape(type="line", x0=threshold, x1=threshold, y0=place - half, y1=place + half)
        figure.update_shapes(line={"width": 2, "color": template.find_palette(theme).ink, "dash": "dot"})
    figure.update_layout(height=BAR_PX * len(names) + 40, margin={"r": 66})
    return template.apply_template(figure, theme)

"""The learning rate over the epochs."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = "How large the steps of the training are in each epoch."
READING = (
    "A warm-up begins carefully, and small steps at the end let it settle. This is the plan: a schedule that follows "
    "the validation loss is only known as far as it has gone."
)
NOTHING_YET = "The learning rate will stand here."
HEIGHT_PX = 150
ON_THE_FLOOR = 0.05  # of the highest rate: on an even axis such a rate cannot be told from nothing
NEARLY_NOTHING = 0.005  # of the highest rate: less than a line's width above the floor
MOSTLY = 1 / 3  # of the epochs: with so many on the floor, the axis goes by powers of ten


def figure_learning_rate(
    rates: Sequence[float], *, theme: template.Theme, points_per_epoch: int = 1, epochs_done: int | None = None
) -> go.Figure:
    """Learning rate (larger = larger steps) against epochs, as a line of steps.

    rates : one for each of `points_per_epoch` equal parts of an epoch, in order, 0 or more. epochs_done : the epochs
        that are over, marked by a dotted line; None for a plan.

    How to read it: the height is the size of a step; the axis goes by powers of ten where many rates would lie on the
    floor of an even one, as in a fine-tuning at a hundredth of the first rate.
    """
    palette = template.find_palette(theme)
    ends = [number / points_per_epoch for number in range(len(rates) + 1)]
    heights = [*map(float, rates), *map(float, rates[-1:])]  # the last step has a width, too
    line = {"color": palette.accent, "width": 2, "shape": "hv"}
    figure = go.Figure(
        go.Scatter(x=ends if len(rates) else [], y=heights, mode="lines", line=line, name="learning rate")
    )
    figure.update_traces(hovertemplate="after %{x:.3~g} epochs: %{y:.3~g}<extra></extra>", cliponaxis=False)
    figure.update_xaxes(range=[0, max(1.0, ends[-1])], title_text="epoch", nticks=10)
    figure.update_yaxes(**_choose_axis(rates))
    figure.update_layout(height=HEIGHT_PX, margin={"t": 20, "r": 60}, uirevision="learning-rate")
    if not len(rates):
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING_YET)
    else:
        _label_last(figure, rates, ends[-1])
    if epochs_done is not None and len(rates):
        figure.add_shape(
            type="line", x0=epochs_done, x1=epochs_done, y0=0, y1=1, yref="paper", line_dash="dot", opacity=0.6
        )
    return template.apply_template(figure, theme)


def needs_powers_of_ten(rates: Sequence[float]) -> bool:
    """Whether so many rates are far below the highest that an even axis would show them as nothing."""
    positive = [rate for rate in rates if rate > 0]
    if not positive or len(positive) < len(rates):
        return False
    low = [rate for rate in rates if rate < ON_THE_FLOOR * max(positive)]
    return len(low) >= MOSTLY * len(rates)


def _choose_axis(rates: Sequence[float]) -> dict[str, object]:
    if needs_powers_of_ten(rates):
        return {"type": "log", "dtick": 1, "tickformat": ".0e", "exponentformat": "none"}
    highest = max(rates, default=0.0) or 1.0
    return {"range": [0, highest * 1.08], "tickvals": [0, highest / 2, highest], "tickformat": ".2~g"}


def _label_last(figure: go.Figure, rates: Sequence[float], end: float) -> None:
    """The last rate where the line ends."""
    last = float(rates[-1])
    # On an axis by powers of ten Plotly wants the exponent as an annotation's place.
    place = math.log10(last) if needs_powers_of_ten(rates) else last
    words = "nearly 0" if 0 < last < NEARLY_NOTHING * max(rates) and not needs_powers_of_ten(rates) else f"{last:.2g}"
    figure.add_annotation(x=end, y=place, text=words, xanchor="left", yanchor="middle", xshift=6)

"""How many images each class has, in each split."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Each bar is the number of images of a class in one part of the data set."
READING = (
    "Bars of very different length mean that a model can look accurate by favouring the larger class; "
    "the picture cannot tell how many patients stand behind the images."
)
UNSPLIT = "not split"
BAR_PX = 24
HEADING_PX = 34


def figure_class_counts(
    counts: Mapping[str, Mapping[str, int]],
    class_names: Sequence[str],
    positive_class: str,
    theme: template.Theme,
) -> go.Figure:
    """Horizontal bars of the number of images: one block a class, one bar a split in it.

    counts : split -> class -> number of images; a class that a split lacks counts 0. The split "" is images without
        one: "not split", or no label where it is the only one.

    How to read it: compare blocks to see whether one class is much larger, and bars within a block to see how
    it was divided.
    """
    splits = list(counts)
    figure = go.Figure()
    largest = max((count for split in counts.values() for count in split.values()), default=0)
    ticks: dict[float, str] = {}
    y = 0.0
    for name, colour in zip(class_names, template.choose_class_colours(class_names, positive_class), strict=True):
        numbers = [int(counts[split].get(name, 0)) for split in splits]
        _add_heading(figure, f"<b>{name}</b>  {sum(numbers):,}" if len(splits) > 1 else f"<b>{name}</b>", y)
        y += HEADING_PX
        rows = [y + BAR_PX * index for index in range(len(splits))]
        figure.add_trace(_draw_class(name, colour, numbers, rows, splits))
        ticks |= {row: (split or UNSPLIT) if splits != [""] else "" for row, split in zip(rows, splits, strict=True)}
        y += BAR_PX * len(splits)
    bottom = y - BAR_PX / 2 + 4
    figure.update_xaxes(visible=False, range=[0, max(largest, 1)])
    figure.update_yaxes(
        range=[bottom, -BAR_PX / 2],
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        showgrid=False,
        ticklabelstandoff=4,
    )
    figure.update_layout(height=bottom + BAR_PX / 2 + 16, margin={"r": 64}, barmode="overlay")
    return template.apply_template(figure, theme)


def _add_heading(figure: go.Figure, text: str, y: float) -> None:
    """The class (and its total, where bars divide it) above its bars, so that long names take no room from them."""
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=y + 6,
        yanchor="middle",
        text=text,
        font_size=template.FONT_SIZE_PX,
    )


def _draw_class(name: str, colour: str, numbers: list[int], rows: list[float], splits: list[str]) -> go.Bar:
    return go.Bar(
        x=numbers,
        y=rows,
        orientation="h",
        width=BAR_PX * 0.72,
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        text=[f"{number:,}" for number in numbers],
        textposition="outside",
        textfont={"size": template.SMALL_SIZE_PX},
        cliponaxis=False,
        customdata=[split or UNSPLIT for split in splits],
        hovertemplate="%{customdata}: %{x:,} images<extra>%{fullData.name}</extra>",
    )

"""What the model answered, against the truth."""

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = "Rows are the true classes, columns the answers; right answers lie on the diagonal."
READING = (
    "Per cent are of the row. The table cannot tell how sure the model was, nor whether its errors come from few "
    "patients."
)
CELL_PX, SMALL_CELL_PX = 84, 56
MANY = 6  # classes, from which on cells and what stands in them are small
STRONGEST = 0.5  # opacity of a full cell: ink on it keeps a contrast of 4.5 : 1 in both themes
WRAP_AT = 12
NO_BOX = "<extra></extra>"  # Plotly's second hover box, with the name of the trace
HALF = 0.485  # of a cell, to the edge that is drawn around a chosen one


def figure_confusion(
    confusion: Sequence[Sequence[int]],
    class_names: Sequence[str],
    theme: template.Theme,
    *,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Confusion matrix with the count and the per cent of the row in each cell.

    confusion : (K, K) counts, row = truth, column = answer. chosen : (row, column) of a cell to frame.

    A cell of a heatmap cannot be selected in the browser; a point in the middle of each can, wherever in the cell the
    click is. Its `customdata` begins with count, row and column.

    How to read it: go along a row; the darker a cell, the larger the share of that class that got this answer.
    """
    totals = [sum(row) for row in confusion]
    # A class without images has shares of 0, not an error: its row says n = 0.
    shares = [[cell / total if total else 0.0 for cell in row] for row, total in zip(confusion, totals, strict=True)]
    text = [
        [_describe_cell(cell, share) for cell, share in zip(*pair, strict=True)]
        for pair in zip(confusion, shares, strict=True)
    ]
    figure = go.Figure([_draw_cells(shares, text, theme), _place_targets(shares, confusion, class_names)])
    if chosen is not None:
        _frame(figure, chosen, theme)
    places = list(range(len(class_names)))
    names = [wrap_name(html.escape(name, quote=False)) for name in class_names]
    rows = [f"{name}<br>n = {total:,}" for name, total in zip(names, totals, strict=True)]
    figure.update_xaxes(
        tickvals=places,
        ticktext=names,
        range=[-0.5, len(names) - 0.5],
        side="top",
        showline=False,
        title_text="the model answers",
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=places,
        ticktext=rows,
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        title_text="truth",
        fixedrange=True,
    )
    figure.update_layout(
        height=_find_cell_px(class_names) * len(class_names) + 90, hovermode="closest", hoverdistance=-1
    )
    return template.apply_template(figure, theme)


def _find_cell_px(class_names: Sequence[str]) -> int:
    return CELL_PX if len(class_names) < MANY else SMALL_CELL_PX


def _describe_cell(count: int, share: float) -> str:
    """Count over per cent; "100 %" only where it is all of them, and no per cent under a zero."""
    if not count:
        return "<b>0</b>"
    return f"<b>{count:,}</b><br>{'100 %' if share == 1 else template.describe_share(share)}"


def wrap_name(name: str) -> str:
    """A class name on several lines, broken at its spaces, `_` and `-`, so that columns can stay narrow."""
    lines = [""]
    for word in name.replace("_", "_ ").replace("-", "- ").split():
        joint = "" if not lines[-1] or lines[-1].endswith(("_", "-")) else " "
        if lines[-1] and len(lines[-1]) + len(joint) + len(word) > WRAP_AT:
            lines.append(word)
        else:
            lines[-1] += joint + word
    return "<br>".join(lines)


def _draw_cells(shares: list[list[float]], text: list[list[str]], theme: template.Theme) -> go.Heatmap:
    palette = template.find_palette(theme)
    return go.Heatmap(
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=[[0, f"rgba({palette.accent_rgb},0.05)"], [1, f"rgba({palette.accent_rgb},{STRONGEST})"]],
        showscale=False,
        xgap=3,
        ygap=3,
        text=text,
        texttemplate="%{text}",
        textfont={
            "color": palette.ink,
            "size": template.FONT_SIZE_PX if len(shares) < MANY else template.SMALL_SIZE_PX,
        },
        hoverinfo="skip",
    )


def _place_targets(
    shares: list[list[float]], confusion: Sequence[Sequence[int]], class_names: Sequence[str]
) -> go.Scatter:
    """An invisible point in the middle of each cell. With `hoverdistance` -1 the nearest one answers to the pointer."""
    cells = [(row, column) for row in range(len(class_names)) for column in range(len(class_names))]
    unseen = {"marker": {"opacity": 0}}
    names = [html.escape(name, quote=False) for name in class_names]
    return go.Scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        mode="markers",
        marker={"opacity": 0, "size": 4},
        selected=unseen,
        unselected=unseen,
        customdata=[
            [confusion[row][column], row, column, names[row], names[column], shares[row][column]]
            for row, column in cells
        ],
        hovertemplate="%{customdata[0]:,} images of %{customdata[3]}<br>answered %{customdata[4]} "
        "(%{customdata[5]:.1%})" + NO_BOX,
    )


def _frame(figure: go.Figure, chosen: tuple[int, int], theme: template.Theme) -> None:
    row, column = chosen
    figure.add_shape(
        type="rect",
        x0=column - HALF,
        x1=column + HALF,
        y0=row - HALF,
        y1=row + HALF,
        line={"color": template.find_palette(theme).accent, "width": 3},
    )

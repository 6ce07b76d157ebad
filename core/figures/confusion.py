"""What the model answered, against the truth."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures import template

CAPTION = (
    "Each row holds the images of one true class, each column what the model answers; right answers lie on the "
    "diagonal, and per cent are of the row. The table cannot tell how sure the model was, nor whether its errors come "
    "from few patients."
)
CELL_PX = 84
STRONGEST = 0.5  # opacity of a full cell: ink on it keeps a contrast of 4.5 : 1 in both themes
WRAP_AT = 12
NO_BOX = "<extra></extra>"  # Plotly's second hover box, with the name of the trace


def figure_confusion(
    confusion: Sequence[Sequence[int]], class_names: Sequence[str], theme: template.Theme
) -> go.Figure:
    """Confusion matrix with the count and the per cent of the row in each cell.

    confusion : (K, K) counts, row = truth, column = answer.

    How to read it: go along a row; the darker a cell, the larger the share of that class that got this answer.
    """
    totals = [sum(row) for row in confusion]
    # A class without images has shares of 0, not an error: its row says n = 0.
    shares = [[cell / total if total else 0.0 for cell in row] for row, total in zip(confusion, totals, strict=True)]
    text = [
        [_describe_cell(cell, share) for cell, share in zip(*pair, strict=True)]
        for pair in zip(confusion, shares, strict=True)
    ]
    figure = go.Figure(_draw_cells(shares, text, confusion, class_names, theme))
    places = list(range(len(class_names)))
    names = [wrap_name(name) for name in class_names]
    rows = [f"{name}<br>n = {total:,}" for name, total in zip(names, totals, strict=True)]
    figure.update_xaxes(
        tickvals=places, ticktext=names, side="top", showline=False, title_text="the model answers", fixedrange=True
    )
    figure.update_yaxes(
        tickvals=places, ticktext=rows, autorange="reversed", showgrid=False, title_text="truth", fixedrange=True
    )
    figure.update_layout(height=CELL_PX * len(class_names) + 90)
    return template.apply_template(figure, theme)


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


def _draw_cells(
    shares: list[list[float]],
    text: list[list[str]],
    confusion: Sequence[Sequence[int]],
    class_names: Sequence[str],
    theme: template.Theme,
) -> go.Heatmap:
    palette = template.find_palette(theme)
    truth_and_answer = [
        [[cell, truth, answer] for cell, answer in zip(row, class_names, strict=True)]
        for row, truth in zip(confusion, class_names, strict=True)
    ]
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
        textfont={"color": palette.ink, "size": template.FONT_SIZE_PX},
        customdata=truth_and_answer,
        hovertemplate="%{customdata[0]:,} images of %{customdata[1]}<br>answered %{customdata[2]} (%{z:.1%})" + NO_BOX,
    )

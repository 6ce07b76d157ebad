"""How right a model is when its images are changed step by step, and what its gate refuses: a small chart a change."""

import pandas as pd
import plotly.graph_objects as go
from plotly import subplots

from core.figures import template

CAPTION = "Each chart is one change, from the images as they came (left) to much of it (right)."
READING = (
    "The line: how many answers would be right if every image were answered, with the 95 % interval. Bars: how many "
    "the gate refuses (solid) or answers with caution (faint). Where the line falls and no bar rises, the model is "
    "wrong and does not know it."
)
COLUMNS = 3
ROW_PX = 190
START = "as is"


def figure_stress(table: pd.DataFrame, theme: template.Theme) -> go.Figure:
    """Small multiples of `stress.tabulate`'s table; its first row are the images as they came.

    How to read it: see CAPTION and READING.
    """
    palette = template.find_palette(theme)
    first, others = table.iloc[:1], table.iloc[1:]
    changes = list(dict.fromkeys(others["change"]))
    rows = max(1, -(-len(changes) // COLUMNS))
    figure = subplots.make_subplots(
        rows=rows,
        cols=COLUMNS,
        subplot_titles=changes,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=0.32 / rows,
    )
    for place, change in enumerate(changes):
        at = {"row": place // COLUMNS + 1, "col": place % COLUMNS + 1}
        shown = pd.concat([first.assign(step=START), others[others["change"] == change]])
        for trace in _draw(shown, palette):
            figure.add_trace(trace, **at)
    figure.update_yaxes(range=[0, 1.02], tickvals=[0, 0.5, 1], tickformat=".0%")
    figure.update_xaxes(type="category", tickangle=0, tickfont={"size": template.SMALL_SIZE_PX - 1})
    figure.update_annotations(font={"size": template.FONT_SIZE_PX, "color": palette.ink})
    figure.update_layout(height=ROW_PX * rows + 40, barmode="stack", bargap=0.55, margin={"t": 36, "r": 12})
    return template.apply_template(figure, theme)


def _draw(shown: pd.DataFrame, palette: template.Palette) -> list[go.Bar | go.Scatter]:
    steps = shown["step"].tolist()
    bars = [
        go.Bar(
            x=steps,
            y=shown[column].tolist(),
            marker={"color": palette.muted, "opacity": opacity},
            hovertemplate=f"%{{x}}: %{{y:.1%}} {words}<extra></extra>",
        )
        for column, words, opacity in (("refused", "refused", 0.75), ("with_caution", "with caution", 0.25))
        if shown[column].notna().all()
    ]
    value = shown["accuracy"].astype(float)
    line = go.Scatter(
        x=steps,
        y=value.tolist(),
        mode="lines+markers",
        line={"color": palette.accent, "width": 2.5},
        marker={"size": 6},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (shown["high"].astype(float) - value).tolist(),
            "arrayminus": (value - shown["low"].astype(float)).tolist(),
            "thickness": 1.2,
            "width": 3,
        },
        customdata=shown[["low", "high", "n"]].to_numpy(dtype=float).tolist(),
        hovertemplate="%{x}: %{y:.1%} right (%{customdata[0]:.1%} to %{customdata[1]:.1%}), n = %{customdata[2]:,}"
        "<extra></extra>",
        cliponaxis=False,
    )
    return [*bars, line]

"""Two models on the same images: how far apart they are, around zero, and in which cells of the table they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures import confusion, template

CAPTION = "How much better B is than A, in points, with the 95 % interval of each difference on the same images."
READING = (
    "Points are of the AUC in hundredths. A filled mark's interval leaves out zero; an open one's does not, so which "
    "model is better there cannot be told from these images."
)
CHANGE_CAPTION = "How many images more (+) or fewer (−) B puts into each cell than A."
CHANGE_READING = (
    "Rows are the truth, columns the answer. More on the diagonal is better, more beside it is worse. It cannot tell "
    "which images these are: see Disagreements."
)
ROW_PX = 46
LEAST_SPAN = 1.0  # points to each side of zero
STRONGEST = 0.45


@dataclass(frozen=True)
class Difference:
    """How much better B is in one metric, in [-1, 1]; None where it is not defined. low <= value <= high, None = not
    known. said : the difference in words.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    said: str

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def figure_differences(
    rows: Sequence[Difference], theme: template.Theme, *, names: tuple[str, str] = ("A", "B")
) -> go.Figure:
    """A dot a metric around zero: right of it B is better, left of it A is. names : what the two are called.

    How to read it: a bar that touches the middle line leaves open which model is better in that metric.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    for place, row in enumerate(rows):
        _draw_row(figure, row, place, palette)
    span = _choose_span(rows)
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", layer="below")
    for anchor, shift, words in (("right", -12, f"← {names[0]} is better"), ("left", 12, f"{names[1]} is better →")):
        figure.add_annotation(
            x=0, y=1, yref="paper", text=words, xanchor=anchor, yanchor="bottom", xshift=shift, yshift=4
        )
    figure.update_xaxes(
        range=[-span, span], title_text=f"difference in points, {names[1]} less {names[0]}", fixedrange=True
    )
    template.name_rows(figure, [row.name for row in rows], palette)
    figure.update_layout(height=ROW_PX * max(1, len(rows)) + 84, margin={"r": 150, "t": 30})
    return template.apply_template(figure, theme)


def _draw_row(figure: go.Figure, row: Difference, place: int, palette: template.Palette) -> None:
    figure.add_annotation(
        x=1, xref="paper", y=place, text=row.said, xanchor="left", yanchor="middle", xshift=8, align="left"
    )
    if row.low is not None and row.high is not None:
        figure.add_trace(
            go.Scatter(
                x=[100 * row.low, 100 * row.high],
                y=[place, place],
                mode="lines",
                line={"width": 12, "color": f"rgba({palette.accent_rgb},0.2)"},
                hoverinfo="skip",
            )
        )
    if row.value is not None:
        figure.add_trace(
            go.Scatter(
                x=[100 * row.value],
                y=[place],
                mode="markers",
                marker={
                    "size": 12,
                    "symbol": "circle" if row.is_told else "circle-open",
                    "color": palette.accent,
                    "line": {"width": 2, "color": palette.accent},
                },
                hovertemplate=f"{row.name}: {row.said}<extra></extra>",
                cliponaxis=False,
            )
        )


def _choose_span(rows: Sequence[Difference]) -> float:
    """Points to each side of zero: as many left as right, so that neither model looks nearer."""
    seen = [abs(edge) for row in rows for edge in (row.value, row.low, row.high) if edge is not None]
    return max(LEAST_SPAN, 115 * max(seen, default=0.0))


def figure_change(change: Sequence[Sequence[int]], class_names: Sequence[str], theme: template.Theme) -> go.Figure:
    """The confusion matrix of B less that of A. change : (K, K) counts with sign, row = truth, column = answer.

    How to read it: go along a row; what B adds in one cell it takes from the others, so that each row sums to zero.
    """
    palette = template.find_palette(theme)
    largest = max([abs(cell) for row in change for cell in row], default=0) or 1
    places = list(range(len(class_names)))
    names = [confusion.wrap_name(name) for name in class_names]
    figure = go.Figure(
        go.Heatmap(
            z=[[abs(cell) / largest for cell in row] for row in change],
            zmin=0,
            zmax=1,
            colorscale=[[0, f"rgba({palette.accent_rgb},0.04)"], [1, f"rgba({palette.accent_rgb},{STRONGEST})"]],
            showscale=False,
            xgap=3,
            ygap=3,
            text=[[f"<b>{_sign(cell)}</b>" for cell in row] for row in change],
            texttemplate="%{text}",
            textfont={"color": palette.ink, "size": template.FONT_SIZE_PX},
            hovertemplate="%{text} images<extra></extra>",
        )
    )
    figure.update_xaxes(
        tickvals=places, ticktext=names, side="top", showline=False, title_text="the models answer", fixedrange=True
    )
    figure.update_yaxes(
        tickvals=places, ticktext=names, autorange="reversed", showgrid=False, title_text="truth", fixedrange=True
    )
    figure.update_layout(height=confusion.CELL_PX * len(class_names) + 90)
    return template.apply_template(figure, theme)


def _sign(cell: int) -> str:
    return "0" if not cell else f"{cell:+,}".replace("-", "−")

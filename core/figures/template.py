"""The one look of all figures: colours with fixed meanings, type, axes, margins. Light and dark."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

Theme = Literal["light", "dark"]

# Fixed meanings, safe for colour-blind eyes (Okabe and Ito 2008). They fill bars and draw lines; text is always ink,
# since not all of them reach a contrast of 4.5 : 1 against the paper.
POSITIVE = "#D55E00"
NEGATIVE = "#0072B2"
REFERRED = "#7A7F87"
TRAINING = "#56B4E9"
VALIDATION = "#0072B2"
COMPARISON = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

TRANSPARENT = "rgba(0,0,0,0)"
# Families whose digits are all equally wide, so that numbers under each other line up.
FONT_FAMILY = '"Source Sans", "Source Sans 3", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
FONT_SIZE_PX = 14
SMALL_SIZE_PX = 12
ALMOST = 0.001


@dataclass(frozen=True)
class Palette:
    """Colours that depend on the theme. `paper` is the page behind the figure, which is itself transparent."""

    ink: str
    muted: str
    paper: str
    raised: str
    grid: str
    line: str
    accent: str
    accent_rgb: str  # "r,g,b", for shades of the accent


LIGHT = Palette(
    ink="#1F2430",
    muted="#5B6270",
    paper="#FBFAF8",
    raised="#FFFFFF",
    grid="#E6E3DD",
    line="#B4B2AD",
    accent="#3556A8",
    accent_rgb="53,86,168",
)
DARK = Palette(
    ink="#E8E6E1",
    muted="#A6ABB5",
    paper="#15181F",
    raised="#262B35",
    grid="#2A303B",
    line="#565D6A",
    accent="#8FA8E8",
    accent_rgb="143,168,232",
)


def find_palette(theme: Theme) -> Palette:
    """The colours of a theme. Raises KeyError for any other word than "light" and "dark"."""
    return {"light": LIGHT, "dark": DARK}[theme]


def choose_class_colours(class_names: Sequence[str], positive_class: str) -> list[str]:
    """One colour a class, in order: the fixed two of two classes, else the comparison colours, over again."""
    if len(class_names) == 2 and positive_class in class_names:
        return [POSITIVE if name == positive_class else NEGATIVE for name in class_names]
    return [COMPARISON[index % len(COMPARISON)] for index in range(len(class_names))]


def apply_template(figure: go.Figure, theme: Theme) -> go.Figure:
    """Give the figure the common look, in place, and return it: call it last, own settings of the figure stay."""
    figure.layout.template = _build_template(theme)  # which takes a copy
    return figure


@functools.cache
def _build_template(theme: Theme) -> go.layout.Template:
    """Once: Plotly looks at each of its settings, which takes longer than to draw many a figure."""
    return go.layout.Template(layout=_build_layout(find_palette(theme)))


def _build_layout(palette: Palette) -> go.Layout:
    """Layout defaults: no box, thin axes, light horizontal grid only, transparent background."""
    small = {"size": SMALL_SIZE_PX, "color": palette.muted}
    axis = {
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 4,
        "tickfont": small,
        "title": {"font": small, "standoff": 8},
    }
    return go.Layout(
        font={"family": FONT_FAMILY, "size": FONT_SIZE_PX, "color": palette.ink},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        xaxis={**axis, "showgrid": False, "showline": True, "linecolor": palette.line, "linewidth": 1},
        yaxis={**axis, "showgrid": True, "gridcolor": palette.grid, "gridwidth": 1, "showline": False},
        hoverlabel={
            "bgcolor": palette.raised,
            "bordercolor": palette.line,
            "font": {"family": FONT_FAMILY, "size": SMALL_SIZE_PX + 1, "color": palette.ink},
            "align": "left",
        },
        annotationdefaults={"showarrow": False, "font": {"size": SMALL_SIZE_PX, "color": palette.ink}},
        shapedefaults={"line": {"color": palette.muted, "width": 1}},
        bargap=0.3,
        barcornerradius=2,
        modebar={"bgcolor": TRANSPARENT, "color": palette.muted, "activecolor": palette.accent},
    )


def name_rows(figure: go.Figure, names: Sequence[str], palette: Palette) -> None:
    """Names at the places 0, 1, ... of the upright axis, the first on top, in ink: for figures with a row a name."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        tickfont={"size": FONT_SIZE_PX, "color": palette.ink},
    )


def describe_share(value: float) -> str:
    """Per cent of a share in [0, 1] with one decimal; what would round to none or all is written as nearly so."""
    if value > 1 - ALMOST / 2:
        return "> 99.9 %"
    return "< 0.1 %" if value < ALMOST / 2 else f"{100 * value:.1f} %"

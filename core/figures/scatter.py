"""The map of a data set: one point an image, images that are alike near each other."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures import template

ColourBy = Literal["class", "patient", "brightness"]
COLOURS: tuple[ColourBy, ...] = ("class", "patient", "brightness")
CAPTION = "Each point is an image; images that are alike lie near each other."
READING = (
    "Hold the pointer over a point to see its picture, draw around points to see them all. Groups by class mean that "
    "the classes differ in what the map was made from; **groups by patient rather than by class are a warning**: a "
    "network could learn the stain or the camera instead of the cell."
)
READING_PCA = (
    "Principal components keep distances as well as two directions can; the axes say how much of all differences they "
    "show, and what they do not show may still part the classes."
)
READING_TSNE = (
    "t-SNE keeps who is near whom. The distance between two far groups, the size of a group and the directions mean "
    "nothing, and another seed draws another map."
)
SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up", "x")
# A dozen that can be told from each other; patients beyond the twelfth begin again at the first.
PATIENT_COLOURS = (
    *template.COMPARISON,
    *("#332288", "#999933", "#882255", "#44AA99", "#661100", "#8D8D8D"),
)
OTHER = "not known"
HEIGHT_PX = 540
SIZES_PX = ((1_000, 8.0, 0.85), (5_000, 6.0, 0.75))  # up to so many points: size, opacity
CROWD = {"size": 4.0, "opacity": 0.6}
LAYERS, MANY_POINTS = 4, 200  # each layer of a class is drawn by itself, which costs the browser time
FADED = 0.12


def figure_map(
    points: pd.DataFrame,
    class_names: Sequence[str],
    positive_class: str,
    theme: template.Theme,
    *,
    colour_by: ColourBy = "class",
    explained: tuple[float, float] | None = None,
) -> go.Figure:
    """WebGL points, one marker a class, coloured by class, patient or brightness.

    points : a row a point, in order; columns x, y float; label int (place in class_names); group str ("" = not known);
        brightness float in [0, 1]. The row number is the point's `customdata`.
    explained : shares of the variance along x and y, written at the axes; None where the axes mean nothing.

    How to read it: groups by colour mean that what the colour stands for shows in what the map was made from. It
    cannot tell whether a network would use it.
    """
    figure = go.Figure()
    values, axis = _choose_colours(points, colour_by, theme)
    colours = template.choose_class_colours(class_names, positive_class)
    labels = points["label"].to_numpy()
    for layer in _deal(len(points)):
        for label, (name, colour) in enumerate(zip(class_names, colours, strict=True)):
            chosen = layer[labels[layer] == label]
            own = {"color": colour} if values is None else {"color": values[chosen], "coloraxis": "coloraxis"}
            marker = {**own, **_choose_size(len(points)), "symbol": SYMBOLS[label % len(SYMBOLS)]}
            figure.add_trace(_draw_points(points, chosen, name, marker))
    for label, (name, colour) in enumerate(zip(class_names, colours, strict=True)):
        shown = colour if values is None else template.find_palette(theme).muted
        text = f"{name} ({np.count_nonzero(labels == label):,})"
        figure.add_trace(_draw_key(text, name, SYMBOLS[label % len(SYMBOLS)], shown))
    _lay_out(figure, explained, theme)
    figure.update_layout(coloraxis=axis)
    return template.apply_template(figure, theme)


def _deal(count: int) -> list[np.ndarray]:
    """The points in layers, at random: drawn one over the other, no class hides the classes before it."""
    order = np.random.default_rng(0).permutation(count)
    return [np.sort(layer) for layer in np.array_split(order, LAYERS if count >= MANY_POINTS else 1)]


def _choose_size(count: int) -> dict[str, float]:
    """Large points where there are few; small and clear ones in a crowd, where they must not hide each other."""
    return next(({"size": size, "opacity": opacity} for most, size, opacity in SIZES_PX if count <= most), CROWD)


def _draw_points(points: pd.DataFrame, chosen: np.ndarray, name: str, marker: dict[str, Any]) -> go.Scattergl:
    return go.Scattergl(
        x=points["x"].to_numpy(np.float32)[chosen],
        y=points["y"].to_numpy(np.float32)[chosen],
        customdata=chosen.astype(np.int32),
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=False,
        hoverinfo="none",  # the page shows a picture instead; the event still comes
        marker={"line": {"width": 0}, **marker},
        unselected={"marker": {"opacity": FADED}},
    )


def _draw_key(text: str, name: str, symbol: str, colour: str) -> go.Scatter:
    """The entry of a class in the legend: in its own size, whatever the points are coloured by."""
    marker = {"symbol": symbol, "color": colour, "size": 10}
    return go.Scatter(x=[None], y=[None], mode="markers", name=text, legendgroup=name, marker=marker, hoverinfo="skip")


def _choose_colours(
    points: pd.DataFrame, colour_by: ColourBy, theme: template.Theme
) -> tuple[np.ndarray | None, dict[str, Any]]:
    """One number a point, and the axis that makes a colour of it; no numbers where each class has its own colour."""
    if colour_by == "patient":
        return _colour_by_patient(points["group"], theme)
    if colour_by == "brightness":
        return _colour_by_brightness(points["brightness"].to_numpy(np.float32), theme)
    return None, {}


def _colour_by_patient(groups: pd.Series, theme: template.Theme) -> tuple[np.ndarray, dict[str, Any]]:
    """One of twelve colours a patient, in the order of their names, and grey for those not known."""
    palette = [*PATIENT_COLOURS, template.find_palette(theme).line]
    known = sorted(set(groups) - {""})
    places = {name: number % len(PATIENT_COLOURS) for number, name in enumerate(known)}
    codes = groups.map(lambda name: places.get(name, len(PATIENT_COLOURS))).to_numpy(np.uint8)
    edges = np.linspace(0, 1, len(palette) + 1)
    scale = [[float(edges[i + side]), colour] for i, colour in enumerate(palette) for side in (0, 1)]
    return codes, {"colorscale": scale, "cmin": -0.5, "cmax": len(palette) - 0.5, "showscale": False}


def _colour_by_brightness(brightness: np.ndarray, theme: template.Theme) -> tuple[np.ndarray, dict[str, Any]]:
    """An even scale between the 1st and the 99th per cent, so that a few odd images do not flatten the rest."""
    low, high = (float(value) for value in np.percentile(brightness, (1, 99))) if len(brightness) else (0.0, 1.0)
    small = {"size": template.SMALL_SIZE_PX, "color": template.find_palette(theme).muted}
    title = {"text": "brightness", "side": "right", "font": small}
    bar = {"title": title, "tickfont": small, "thickness": 10, "outlinewidth": 0, "tickformat": ".2f"}
    return brightness, {"colorscale": "Cividis", "cmin": low, "cmax": max(high, low + 1e-6), "colorbar": bar}


def _lay_out(figure: go.Figure, explained: tuple[float, float] | None, theme: template.Theme) -> None:
    """No numbers at the axes, a legend on top, the lasso at hand."""
    palette = template.find_palette(theme)
    for update, place in ((figure.update_xaxes, 0), (figure.update_yaxes, 1)):
        share = f"{template.describe_share(explained[place])} of all differences" if explained else ""
        update(showticklabels=False, showgrid=False, showline=False, title={"text": share})
    outline = {"line": {"color": palette.accent, "width": 2, "dash": "solid"}}
    figure.update_layout(
        height=HEIGHT_PX,
        dragmode="lasso",
        hovermode="closest",
        hoverdistance=12,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "itemsizing": "trace"},
        newselection=outline,
        activeselection={"fillcolor": palette.accent, "opacity": 0.08},
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
    )

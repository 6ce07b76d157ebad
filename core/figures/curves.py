"""Loss and accuracy while a network trains."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures import template

CAPTION = "Pale: training images; strong: validation images, which the network never learns from."
READING = (
    "Pale is drawn batch by batch and per epoch; the dotted line is the best epoch, the ring the last. Where only the "
    "pale curve goes on improving, it overfits. The curves choose the epoch that is kept, so they cannot tell how well "
    "it does on new images: the test images do."
)
MOST_POINTS = 400
HEIGHT_PX = 320
LABEL_GAP = 0.075  # of the axis: the height of one label

Metric = Literal["loss", "accuracy"]
Points = tuple[NDArray[np.float64], NDArray[np.float64]]


def figure_training_curves(
    history: Mapping[str, Any], *, metric: Metric, epochs: int, theme: template.Theme
) -> go.Figure:
    """Loss (lower is better) or accuracy (higher is better) against epochs, for batches, training and validation.

    history : {"batches": rows of step, epoch, loss, accuracy; "epochs": rows of epoch, loss, accuracy, validation_loss,
        validation_accuracy; "best_epoch": int or None; "segments" (may be absent): rows of epoch and changes, a dict
        of setting -> [before, after]}. Each list may be empty; values that are None or not finite are left out.
    epochs : how many were asked for; the x axis ends there while data arrive.

    How to read it: the thin line is each batch (means of neighbours where there are many), points are whole epochs, the
    dotted line is the epoch whose weights are kept, the ring is the last one. A thin line through the picture is where
    somebody changed the settings.
    """
    batches = thin_out(read_points(history["batches"], "epoch", metric))
    training = read_points(history["epochs"], "epoch", metric)
    validation = read_points(history["epochs"], "epoch", f"validation_{metric}")
    figure = go.Figure(
        [_draw_batches(batches), _draw_epochs(training, "training"), _draw_epochs(validation, "validation")]
    )
    figure.update_traces(
        hovertemplate="epoch %{x:.4~g}: %{y:" + number_format(metric) + "}<extra>%{fullData.name}</extra>"
    )
    bottom, top = choose_range(metric, batches, training, validation)
    figure.update_xaxes(range=[0, epochs], title_text="epoch", tick0=0, dtick=choose_step(epochs))
    figure.update_yaxes(range=[bottom, top], **choose_ticks(metric, bottom, top))
    figure.update_layout(
        height=HEIGHT_PX, margin={"r": 86, "t": 30}, uirevision=f"curves-{metric}", hovermode="closest"
    )
    _label_ends(figure, {"each batch": batches, "training": training, "validation": validation}, top - bottom)
    _mark_last(figure, validation)
    _mark_best(figure, history.get("best_epoch"), validation, epochs, metric)
    _mark_segments(figure, history.get("segments") or (), metric)
    if not any(len(x) for x, _ in (batches, training, validation)):
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text="The curve starts with the first batch.")
    return template.apply_template(figure, theme)


def thin_out(points: Points, most: int = MOST_POINTS) -> Points:
    """At most `most` points: means of 2, 4, 8, ... neighbours, so that finished bins stay put as data arrive."""
    x, y = points
    width = 1
    while math.ceil(len(x) / width) > most:
        width *= 2
    if width == 1:
        return points
    starts = np.arange(0, len(x), width)
    sizes = np.diff(np.append(starts, len(x)))
    return np.add.reduceat(x, starts) / sizes, np.add.reduceat(y, starts) / sizes


def read_points(rows: Sequence[Mapping[str, Any]], x_key: str, y_key: str) -> Points:
    """Finite points of the rows, as two float64 arrays of equal length."""
    pairs = [(row[x_key], row[y_key]) for row in rows if row.get(y_key) is not None]
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    table = table[np.isfinite(table).all(1)]
    return table[:, 0], table[:, 1]


def _draw_batches(points: Points) -> go.Scatter:
    line = {"color": template.TRAINING, "width": 1}
    return go.Scatter(
        x=points[0].tolist(), y=points[1].tolist(), name="each batch", mode="lines", line=line, opacity=0.6
    )


def _draw_epochs(points: Points, name: str) -> go.Scatter:
    """One strong line with a marker an epoch; the shape of the marker tells the two apart without colour."""
    strong = name == "validation"
    colour = template.VALIDATION if strong else template.TRAINING
    return go.Scatter(
        x=points[0].tolist(),
        y=points[1].tolist(),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 3 if strong else 2},
        marker={"color": colour, "size": 8 if len(points[0]) <= 40 else 4, "symbol": "circle" if strong else "square"},
        cliponaxis=False,
    )


def choose_range(metric: Metric, *curves: Points) -> tuple[float, float]:
    """Ends of the y axis in round steps, so that it stays as it is while data arrive."""
    batches = curves[0][1]
    # A single wild batch may leave the picture; the start of the curve or a whole epoch may not.
    usual = np.median([batches[:-2], batches[1:-1], batches[2:]], axis=0) if len(batches) > 2 else batches
    seen = np.concatenate([usual, *(curve[1] for curve in curves[1:])])
    if metric == "accuracy":
        lowest = float(seen.min()) if len(seen) else 1.0
        return max(0.0, min(0.4, math.floor(lowest * 10) / 10)), 1.0
    highest = float(seen.max()) if len(seen) else 0.0
    return 0.0, max(0.75, math.ceil(highest * 1.1 * 4) / 4)


def choose_step(epochs: int) -> int:
    """Epochs between ticks: 1, 2, 5, 10, ... with at most ten ticks."""
    steps = (factor * 10**power for power in range(9) for factor in (1, 2, 5))
    step: int = next(step for step in steps if epochs <= 10 * step)
    return step


def choose_ticks(metric: Metric, bottom: float, top: float) -> dict[str, Any]:
    """Ticks of the y axis: every 20 % for accuracy, for loss few enough to read."""
    if metric == "accuracy":
        values = [tenth / 10 for tenth in range(0, 11, 2) if tenth / 10 >= bottom]
        return {"tickvals": values, "ticktext": [f"{100 * value:.0f} %" for value in values]}
    steps = (step for limit, step in ((1, 0.25), (2.5, 0.5), (5, 1.0)) if top <= limit)
    return {"tick0": 0, "dtick": next(steps, None), "nticks": 6}


def number_format(metric: Metric) -> str:
    """How a value of the metric is written."""
    return ".1%" if metric == "accuracy" else ".3f"


def _label_ends(figure: go.Figure, curves: dict[str, Points], span: float) -> None:
    """Write each name beside the front of the data, moved apart where lines end close together."""
    ends = {name: float(y[-1]) for name, (x, y) in curves.items() if len(x)}
    if len(ends) > 1:
        ends.pop("each batch", None)  # the same colour as training, and no room for both
    if not ends:
        return
    front = max(float(x[-1]) for x, _ in curves.values() if len(x))
    low, high = sorted(ends, key=lambda name: ends[name])[0], sorted(ends, key=lambda name: ends[name])[-1]
    missing = max(0.0, LABEL_GAP * span - (ends[high] - ends[low])) / 2 if low != high else 0.0
    for name, y in ends.items():
        shift = missing * ((name == high) - (name == low))
        figure.add_annotation(x=front, y=y + shift, text=name, xanchor="left", yanchor="middle", xshift=9)


def _mark_last(figure: go.Figure, validation: Points) -> None:
    """A ring around the last epoch's validation point."""
    figure.add_trace(
        go.Scatter(
            x=validation[0][-1:].tolist(),
            y=validation[1][-1:].tolist(),
            mode="markers",
            name="last epoch",
            marker={"color": template.VALIDATION, "size": 15, "symbol": "circle-open", "line": {"width": 2}},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )


def _mark_best(figure: go.Figure, best: int | None, validation: Points, epochs: int, metric: Metric) -> None:
    """A dotted line at the epoch whose weights are kept; its validation value, and that of the last epoch."""
    at_best = np.flatnonzero(validation[0] == best) if best is not None else np.empty(0, dtype=np.int64)
    if best is None or not len(at_best):
        return
    figure.add_shape(type="line", x0=best, x1=best, y0=0, y1=1, yref="paper", line_dash="dot", opacity=0.6)
    side = "left" if best <= epochs / 2 else "right"
    text = f"best epoch {best}: {_write(validation[1][at_best[-1]], metric)}"
    if validation[0][-1] != best:
        text += f", last {validation[0][-1]:.0f}: {_write(validation[1][-1], metric)}"
    figure.add_annotation(x=best, y=1, yref="paper", text=text, xanchor=side, yanchor="bottom", yshift=6)


def _write(value: float, metric: Metric) -> str:
    return format(float(value), number_format(metric)).replace("%", " %")


def _mark_segments(figure: go.Figure, segments: Sequence[Mapping[str, Any]], metric: Metric) -> None:
    """A thin line where the settings were changed on the way; how, where the curves of the metric leave room."""
    end: dict[str, Any] = {"y": 1, "yanchor": "top"} if metric == "loss" else {"y": 0, "yanchor": "bottom"}
    for segment in segments:
        x = segment["epoch"]
        figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", opacity=0.45)
        text = "<br>".join(say_changes(segment["changes"]))
        figure.add_annotation(x=x, yref="paper", text=text, align="left", xanchor="left", xshift=4, **end)


def say_changes(changes: Mapping[str, Sequence[Any]]) -> list[str]:
    """`learning rate 0.001 → 0.0001`, one for each setting that a segment changed."""
    return [f"{name.replace('_', ' ')} {before} → {after}" for name, (before, after) in changes.items()]

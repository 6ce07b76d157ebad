"""Several trainings in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.figures import curves, template

CAPTION = "Each training has a colour, a dash and a mark of its own; the ring is its best epoch."
READING = (
    "A short upright stroke is where its settings were changed. A lower loss or a higher accuracy is better, but only "
    "between trainings with the same validation images; where those differ, the heights cannot be compared, only the "
    "shapes."
)
BATCH_CAPTION = "The same against batches trained, which is what the work costs."
BATCH_READING = (
    "Thin: the training batches (means of neighbours); marks: the validation images after each epoch. An epoch of "
    "larger batches has fewer of them, so a curve further left has learnt with fewer steps; how long a step takes it "
    "cannot tell."
)
NOTHING_YET = "The curves start with the first epoch."
MOST = len(template.COMPARISON)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
HEIGHT_PX, LEGEND_ROW_PX = 300, 21
MOST_BATCH_POINTS = 120
NEAR = 1 / 2  # the same for a close look: from there on the curves must be seen, whatever they were before
ROOM, LEAST_ROOM = 0.12, 0.004  # above and below curves that are looked at closely, of their span and in all
SETTLED = 1 / 3  # of a curve: its steep start may leave the picture, where six ends lie close together

Against = Literal["epoch", "batches"]
Part = Literal["settled", "close", "whole"]


@dataclass(frozen=True)
class Curve:
    """One training: the name in the legend, its history (see `curves.figure_training_curves`), and epochs asked for."""

    name: str
    history: Mapping[str, Any]
    epochs: int


def figure_overlay(
    runs: Sequence[Curve],
    *,
    metric: curves.Metric,
    against: Against,
    theme: template.Theme,
    part: Part = "settled",
) -> go.Figure:
    """Validation loss (lower is better) or accuracy (higher is better) of at most MOST trainings.

    against : "epoch", or "batches" for the batches trained since the start, with the training batches as thin lines.
    part : of the upright axis: "settled", from 0 (of accuracy, to 1) to what the curves are after their steep starts;
    "close", as far as the curves reach in their second halves and at their best, and no further; "whole".
    Raises ValueError for more trainings than there are colours.

    How to read it: follow one colour; hide others with a click on their names.
    """
    if len(runs) > MOST:
        raise ValueError(f"expected at most {MOST} trainings, found {len(runs)}")
    figure = go.Figure()
    lines = [_read_validation(run, metric, against) for run in runs]
    for number, (run, line) in enumerate(zip(runs, lines, strict=True)):
        style = _Style(run.name, template.COMPARISON[number], DASHES[number], SYMBOLS[number], f"run-{number}")
        if against == "batches":
            figure.add_trace(_draw_batches(run, metric, style))
        figure.add_traces(_draw_line(run, line, style, metric=metric, against=against))
    bottom, top = _choose_range(metric, lines) if part == "settled" else _enclose(metric, lines, whole=part == "whole")
    figure.update_xaxes(**_choose_x_axis(runs, against))
    near = {"nticks": 6, "tickformat": curves.number_format(metric)}
    ticks = near if part == "close" else curves.choose_ticks(metric, bottom, top)
    figure.update_yaxes(range=[bottom, top], **ticks)
    figure.update_layout(
        height=HEIGHT_PX + LEGEND_ROW_PX * len(runs),
        margin={"t": 16, "r": 16},
        uirevision=f"overlay-{metric}-{against}-{part}",
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "v", "x": 0, "y": -0.24, "yanchor": "top", "traceorder": "normal"},
    )
    if not any(len(x) for x, _ in lines):
        figure.add_annotation(x=0.5, xref="paper", y=0.5, yref="paper", text=NOTHING_YET)
    return template.apply_template(figure, theme)


@dataclass(frozen=True)
class _Style:
    name: str
    colour: str
    dash: str
    symbol: str
    group: str  # what a click in the legend hides together


def count_steps(history: Mapping[str, Any]) -> int | None:
    """Batches an epoch, from the last batch; None where no batch is known, as in a model's own history."""
    batches = history["batches"]
    return max(1, round(batches[-1]["step"] / batches[-1]["epoch"])) if batches else None


def _read_validation(run: Curve, metric: curves.Metric, against: Against) -> curves.Points:
    x, y = curves.read_points(run.history["epochs"], "epoch", f"validation_{metric}")
    return _place(run, x, against), y


def _place(run: Curve, epochs: Any, against: Against) -> Any:
    """Where epochs stand on the axis; nowhere where their batches are not known."""
    if against == "epoch":
        return epochs
    steps = count_steps(run.history)
    return epochs * steps if steps else np.full(len(epochs), np.nan)


def _draw_batches(run: Curve, metric: curves.Metric, style: _Style) -> go.Scatter:
    points = curves.thin_out(curves.read_points(run.history["batches"], "step", metric), MOST_BATCH_POINTS)
    return go.Scatter(
        x=points[0].tolist(),
        y=points[1].tolist(),
        name=f"{style.name}, training batches",
        mode="lines",
        line={"color": style.colour, "width": 1},
        opacity=0.55,
        legendgroup=style.group,
        showlegend=False,
        hoverinfo="skip",
    )


def _draw_line(
    run: Curve, line: curves.Points, style: _Style, *, metric: curves.Metric, against: Against
) -> list[go.Scatter]:
    """The validation line, the ring around its best epoch, and a stroke at each change of course."""
    x, y = line
    known = np.isfinite(x)
    x, y = x[known], y[known]
    shown = "%{y:" + curves.number_format(metric) + "}"
    where = "epoch %{x:.0f}" if against == "epoch" else "%{x:,.0f} batches"
    common = {"legendgroup": style.group, "name": style.name}
    best = np.flatnonzero(x == _place(run, np.array([run.history.get("best_epoch") or -1.0]), against)[0])
    segments = _find_segments(run, x, y, against)
    return [
        go.Scatter(
            x=x.tolist(),
            y=y.tolist(),
            mode="lines+markers",
            line={"color": style.colour, "width": 2, "dash": style.dash},
            marker={"symbol": style.symbol, "size": 7 if len(x) <= 40 else 4},
            hovertemplate=f"{where}: {shown}<extra>%{{fullData.name}}</extra>",
            **common,
        ),
        _draw_marks(x[best].tolist(), y[best].tolist(), [f"best, {where}: {shown}"] * len(best), "circle-open", style),
        _draw_marks(
            [s[0] for s in segments], [s[1] for s in segments], [s[2] for s in segments], "line-ns-open", style
        ),
    ]


def _draw_marks(x: list[float], y: list[float], words: list[str], symbol: str, style: _Style) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        name=style.name,
        legendgroup=style.group,
        showlegend=False,
        marker={"symbol": symbol, "size": 16, "color": style.colour, "line": {"width": 2, "color": style.colour}},
        hovertemplate=[f"{said}<extra>%{{fullData.name}}</extra>" for said in words],
        cliponaxis=False,
    )


def _find_segments(run: Curve, x: Any, y: Any, against: Against) -> list[tuple[float, float, str]]:
    """(x, y on the validation line, words) of each change of course."""
    found = []
    for segment in run.history.get("segments") or ():
        place = float(_place(run, np.array([float(segment["epoch"])]), against)[0])
        if len(x) and np.isfinite(place):
            words = "<br>".join(curves.say_changes(segment["changes"]))
            found.append((place, float(np.interp(place, x, y)), f"after epoch {segment['epoch']}: {words}"))
    return found


def _choose_range(metric: curves.Metric, lines: Sequence[curves.Points]) -> tuple[float, float]:
    """Ends of the y axis, in round steps, from what the curves are after their steep starts."""
    settled = [y[int(len(y) * SETTLED) :] for _, y in lines if len(y)]
    seen = np.concatenate(settled) if settled else np.empty(0)
    if metric == "accuracy":
        lowest = float(seen.min()) if len(seen) else 1.0
        return max(0.0, min(0.9, np.floor(lowest * 20 - 0.2) / 20)), 1.0
    highest = float(seen.max()) if len(seen) else 0.0
    return 0.0, max(0.25, float(np.ceil(highest * 1.1 * 4) / 4))


def _enclose(metric: curves.Metric, lines: Sequence[curves.Points], *, whole: bool) -> tuple[float, float]:
    """Ends of the y axis a little beyond the curves: all of them, or their second halves and best epochs."""
    best = np.min if metric == "loss" else np.max
    parts = [y if whole else np.append(y[int(len(y) * NEAR) :], best(y)) for _, y in lines if len(y)]
    if not parts:
        return _choose_range(metric, lines)
    seen = np.concatenate(parts)
    low, high = float(seen.min()), float(seen.max())
    room = max(LEAST_ROOM, ROOM * (high - low))
    return max(0.0, low - room), min(1.0, high + room) if metric == "accuracy" else high + room


def _choose_x_axis(runs: Sequence[Curve], against: Against) -> dict[str, Any]:
    epochs = max((run.epochs for run in runs), default=1)
    if against == "epoch":
        return {"range": [0, epochs + 0.3], "title_text": "epoch", "tick0": 0, "dtick": curves.choose_step(epochs)}
    last = max((run.epochs * (count_steps(run.history) or 0) for run in runs), default=0)
    return {"range": [0, max(1, last) * 1.02], "title_text": "batches trained", "nticks": 8, "tickformat": ",d"}

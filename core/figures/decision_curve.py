"""The decision curve: what flagging is worth (benefit) over how much one minds a false alarm (preference)."""

import math

import pandas as pd
import plotly.graph_objects as go

from core.figures import template

CAPTION = "Find your preference, then see which line is highest there."
READING = (
    "Right: you mind false alarms more; left: you mind misses more. Up: what flagging so is worth, in images found "
    "without any false alarm, where each false alarm takes off what you say it costs. Choose your place first; the "
    "pale band is the 95 % interval at each place. It cannot tell what your preference should be, nor what the "
    "flagging costs in time and money."
)
HEIGHT_PX = 380
BAND = 0.16
ROOM_BELOW, ROOM_ABOVE = 0.18, 1.08
TICKS = (99.0, 19.0, 4.0, 1.0, 1 / 4, 1 / 19)  # so few that they stand upright on a phone
SHOWN = 1000


def figure_benefit(table: pd.DataFrame, theme: template.Theme, *, chosen: float | None = None) -> go.Figure:
    """Benefit per 1,000 images over preference, of the model with its band, its answers as now, all, and none.

    table : columns alarms (falling), model, model_low, model_high, answers, all (shares of the
        images), as `core.statistics.decision_curve.compute_curve` gives them. chosen : the preference that is marked,
        as false alarms for one found. Lines that fall far below 0 leave the picture. How to read it: see CAPTION and
        READING.
    """
    palette = template.find_palette(theme)
    figure = go.Figure()
    places = [_place(alarms) for alarms in table["alarms"]]
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "x": places}
    figure.add_trace(go.Scatter(y=SHOWN * table["model_low"], name="95 % low", **edge))
    shade = f"rgba({palette.accent_rgb},{BAND})"
    figure.add_trace(
        go.Scatter(y=SHOWN * table["model_high"], name="95 % high", fill="tonexty", fillcolor=shade, **edge)
    )
    lines = (
        ("all", "flag every image", {"color": palette.muted, "width": 1.5, "dash": "dash"}),
        ("answers", "its answers as they are now", {"color": palette.ink, "width": 1.5, "dash": "dot"}),
        ("model", "flag by its probability", {"color": palette.accent, "width": 2.5}),
    )
    said = [f"{_say(alarms)}, from {100 / (1 + alarms):.3g} %" for alarms in table["alarms"]]
    for column, name, style in lines:
        hover = "%{text}<br>worth %{y:.0f} of 1,000<extra>%{fullData.name}</extra>"
        values = SHOWN * table[column]
        figure.add_trace(
            go.Scatter(x=places, y=values, text=said, name=name, mode="lines", line=style, hovertemplate=hover)
        )
    _set_axes(figure, table, palette)
    if chosen is not None:
        _mark(figure, table, chosen, palette)
    return template.apply_template(figure, theme)


def _set_axes(figure: go.Figure, table: pd.DataFrame, palette: template.Palette) -> None:
    figure.add_hline(y=0, line={"color": palette.muted, "width": 1.5}, layer="below")
    figure.add_annotation(
        xref="paper", x=0, xanchor="left", y=0, yanchor="top", text="flag none", font_size=template.SMALL_SIZE_PX
    )
    top = SHOWN * max(table[["model", "model_high", "answers", "all"]].max().max(), 0.0) if len(table) else 0.0
    top = top or 1.0
    figure.update_yaxes(title_text="benefit: found of 1,000 images", range=[-ROOM_BELOW * top, ROOM_ABOVE * top])
    figure.update_xaxes(
        title_text="preference: false alarms accepted : found<br>and the probability to flag from",
        range=[_place(TICKS[0]), _place(TICKS[-1])],
        tickvals=[_place(alarms) for alarms in TICKS],
        ticktext=[f"{_say_short(alarms)}<br>{100 / (1 + alarms):.0f} %" for alarms in TICKS],
    )
    figure.update_layout(
        height=HEIGHT_PX,
        margin={"l": 8, "r": 24, "t": 8, "b": 8},  # room for the last tick's words, which are hidden without
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "traceorder": "reversed", "x": 0, "y": 1.02, "yanchor": "bottom"}
        | {"font_size": template.SMALL_SIZE_PX},
    )


def _mark(figure: go.Figure, table: pd.DataFrame, chosen: float, palette: template.Palette) -> None:
    """A line at the preference, and a dot where it meets the model's curve."""
    place = _place(chosen)
    figure.add_vline(x=place, line={"color": palette.muted, "width": 1, "dash": "dot"}, layer="below")
    if not len(table):
        return
    nearest = int((table["alarms"] - chosen).abs().to_numpy().argmin())
    figure.add_trace(
        go.Scatter(
            x=[place],
            y=[SHOWN * table["model"].iloc[nearest]],
            mode="markers",
            name="your preference",
            marker={"symbol": "diamond", "size": 12, "color": palette.accent},
            hovertemplate=f"{_say(chosen)}<br>worth %{{y:.0f}} of 1,000<extra>your preference</extra>",
            showlegend=False,
        )
    )


def _place(alarms: float) -> float:
    """Log odds of the probability to flag from."""
    return -math.log(alarms)


def _say_short(alarms: float) -> str:
    return f"{alarms:.0f} : 1" if alarms >= 1 else f"1 : {1 / alarms:.0f}"


def _say(alarms: float) -> str:
    alarm, found = (f"{alarms:.3g}", "1") if alarms >= 1 else ("1", f"{1 / alarms:.3g}")
    return f"{alarm} false alarm{'' if alarm == '1' else 's'} for {found} found"

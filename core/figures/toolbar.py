"""How a browser draws any figure of ours, on a page or in a report: without a way off this machine.

Plotly's toolbar has a button, *Share chart...*, that uploads a figure with its numbers to a cloud, and a logo that
leads to its makers' site. Both are off here, and the address that a figure would be sent to is empty. Every figure
takes its settings from here; tests/test_architecture.py holds that.
"""

from typing import Any

# Each button is a stop for those who go by keyboard. What a drag or a double click does as well needs none.
NEEDLESS = ("zoom2d", "pan2d", "autoScale2d", "zoomIn2d", "zoomOut2d")
AWAY = ("sendChartToCloud", "sendDataToCloud", "editInChartStudio")


def configure(*, toolbar: bool = True, remove: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The settings for `Plotly.newPlot`, `Plotly.react` or `st.plotly_chart`.

    toolbar : whether the buttons come with the pointer. remove : names of buttons that this figure does without.
    more : further settings of Plotly, which cannot bring back what leads away; with scrollZoom the buttons that zoom
    stay, for those who have no wheel.
    """
    kept_here = {
        "displaylogo": False,
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "modeBarButtonsToRemove": [*AWAY, *(() if more.get("scrollZoom") else NEEDLESS), *remove],
    }
    return {"displayModeBar": "hover" if toolbar else False, **more, **kept_here}

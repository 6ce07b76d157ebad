"""How a browser draws any figure of ours, on a page or in a report: without a way off this machine.

Plotly's toolbar has a button, *Share chart...*, that uploads a figure with its numbers to a cloud, and a logo that
leads to its makers' site. Both are off here, and the address that a figure would be sent to is empty. Every figure
takes its settings from here; tests/test_architecture.py holds that.
"""

from typing import Any

AWAY = ("sendChartToCloud", "sendDataToCloud", "editInChartStudio")


def configure(*, toolbar: bool = True, remove: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The settings for `Plotly.newPlot`, `Plotly.react` or `st.plotly_chart`.

    toolbar : whether the buttons come with the pointer. remove : names of buttons that this figure does without.
    more : further settings of Plotly, which cannot bring back what leads away.
    """
    kept_here = {
        "displaylogo": False,
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "modeBarButtonsToRemove": [*AWAY, *remove],
    }
    return {"displayModeBar": "hover" if toolbar else False, **more, **kept_here}

"""A curve on which a point can be set: drawn in place, so that it does not blink while a marker moves along it.

`st.plotly_chart` with `on_select` would take the chart off the page at each step of the marker; see live_chart. Here
too Plotly.js draws, from the same local copy. A click tells the `customdata` of the nearest point of the one trace that
has any.
"""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from pages.kit import live_chart

HTML = '<div class="point-chart" style="width:100%;height:100%"></div>'
SCRIPT = (
    live_chart.LOADER
    + live_chart.write_options(remove=("select2d", "lasso2d"))
    + """
function findNearest(holder, point) {
  const line = holder._fullData.find((trace) => trace.customdata?.length);
  if (!line) return undefined;
  let nearest = 0, least = Infinity;
  for (let i = 0; i < line.x.length; i += 1) {
    const distance = (line.x[i] - point.x) ** 2 + (line.y[i] - point.y) ** 2;
    if (distance < least) { least = distance; nearest = i; }
  }
  return line.customdata[nearest];
}

export default function ({ data, parentElement, setTriggerValue }) {
  const holder = parentElement.querySelector(".point-chart");
  holder.tell = (threshold) => setTriggerValue("clicked", threshold);
  library().then(async (plotly) => {
    const layout = { ...data.figure.layout, uirevision: data.revision, autosize: true };
    await plotly.react(holder, data.figure.data, layout, OPTIONS);
    if (holder.listening) return;
    holder.listening = true;
    holder.on("plotly_click", (event) => {
      const threshold = findNearest(holder, event.points[0]);
      if (typeof threshold === "number") holder.tell(threshold);
    });
  }).catch((error) => { holder.textContent = error.message; });
  return () => { if (window.Plotly && !holder.isConnected) window.Plotly.purge(holder); };
}
"""
)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_point_chart", html=HTML, js=SCRIPT, isolate_styles=False)


def show_point_chart(figure: Any, *, key: str, revision: str, height_px: int, on_click: Callable[[], None]) -> None:
    """Draw or update a figure in place; `read_click(key)` in `on_click` is the threshold of the point clicked."""
    content = {"figure": json.loads(figure.to_json()), "revision": revision}
    _component()(key=key, data=content, height=height_px, on_clicked_change=on_click)


def read_click(key: str) -> float | None:
    """The threshold that was clicked just now, in (0, 1); None where none was."""
    clicked = (st.session_state.get(key) or {}).get("clicked")
    return float(clicked) if isinstance(clicked, int | float) and 0 < clicked < 1 else None

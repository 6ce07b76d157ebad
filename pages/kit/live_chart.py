"""The curve that grows: Plotly drawn in place, so that zoom and hidden traces stay while data arrive.

`st.plotly_chart` takes the chart off the page and puts a new one there on every change; this does not. The other
pieces of JavaScript of the project are named *_component. plotly.js is served from static/: the
build that writes no code of its own while it draws with WebGL, which our rules for the browser forbid.
"""

import json
from typing import Any

import streamlit as st
import streamlit.components.v2 as components
from plotly import graph_objects as go

from core.figures import toolbar

HTML = '<div class="live-chart" style="width:100%;height:100%"></div>'
LIBRARY = "plotly-strict.min.js"
LOADER = """
const library = () => window.secondLookPlotly ??= new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = "./app/static/LIBRARY";
  script.onload = () => resolve(window.Plotly);
  script.onerror = () => reject(new Error("LIBRARY could not be loaded"));
  document.head.append(script);
});
""".replace("LIBRARY", LIBRARY)


def write_options(**settings: Any) -> str:
    """JavaScript that names OPTIONS, the settings with which each piece of ours calls Plotly."""
    return f"const OPTIONS = {json.dumps(toolbar.configure(responsive=True, **settings))};\n"


SCRIPT = (
    LOADER
    + write_options(remove=("select2d", "lasso2d"))
    + """
export default function ({ data, parentElement }) {
  const holder = parentElement.querySelector(".live-chart");
  library().then((plotly) => {
    const layout = { ...data.figure.layout, uirevision: data.revision, autosize: true };
    plotly.react(holder, data.figure.data, layout, OPTIONS);
  }).catch((error) => { holder.textContent = error.message; });
  return () => { if (window.Plotly && !holder.isConnected) window.Plotly.purge(holder); };
}
"""
)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_live_chart", html=HTML, js=SCRIPT, isolate_styles=False)


def show_live_chart(figure: go.Figure, *, key: str, revision: str, height_px: int = 320) -> None:
    """Draw or update a figure in place. The same `revision` keeps what the person zoomed or hid."""
    content = {"figure": json.loads(figure.to_json()), "revision": revision}
    _component()(key=key, data=content, height=height_px)

"""Figures in a page of their own, which stands without this program: Plotly's library, and figures as data for it."""

import base64
import gzip

import plotly.graph_objects as go
import plotly.offline
from jinja2 import utils


def read_library() -> str:
    """The source of plotly.js as it comes with the installed package, about 4.8 MB; it asks no host for anything.

    The package has the whole library only: no smaller bundle with the few kinds of trace that are drawn here.
    """
    library: str = plotly.offline.get_plotlyjs()
    return library


def pack(library: str) -> str:
    """A script as base64 of its gzip, two fifths of its size; the same bytes each time."""
    return base64.b64encode(gzip.compress(library.encode(), 9, mtime=0)).decode()


def write_data(figure: go.Figure) -> str:
    """A figure as JSON for `Plotly.newPlot`, safe inside a <script> whatever its texts hold, and marked as such.

    Dragging does nothing in it: on a phone a finger that moves over a figure scrolls the page.
    """
    still = go.Figure(figure).update_layout(dragmode=False)
    return utils.htmlsafe_json_dumps(still, dumps=go.Figure.to_json)


def find_height_px(figure: go.Figure, usual: int = 360) -> int:
    """How high a figure wants to be drawn."""
    height = figure.layout.height
    return int(height) if height else usual

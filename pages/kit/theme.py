"""The page's frame: title, one sentence, and the colours that figures need to know."""

import streamlit as st

from core.base import asides
from core.figures import template
from pages.kit import address

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 2.6rem 3rem 3rem; max-width: 1360px; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricValue"], [data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
[data-testid="stImage"] img { border-radius: 4px; }
@media (max-width: 1100px) {
  [data-testid="stMainBlockContainer"] { padding: 2.2rem 1.4rem 2rem; }
  [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: min(100%, 190px); }
}
.lead { font-size: 1.05rem; opacity: .85; max-width: 62ch; margin: -.4rem 0 .6rem; }
.result { font-size: 1.05rem; line-height: 1.55; max-width: 62ch; }
.verdict { font-size: 1.8rem; line-height: 1.25; font-weight: 600; margin: 0; }
</style>
"""
# White on the pale accent of the dark theme has a contrast of 2.4 : 1; this has 7 : 1.
DARK_STYLE = """
<style>
[data-testid="stBaseButton-primary"]:not(:disabled) *,
[data-testid="stMultiSelectTagsContainer"] [data-tag] * { color: #15181F !important; }
</style>
"""


def show_title(title: str, lead: str) -> None:
    """The head of a page."""
    _sweep_once()
    st.html(STYLE + (DARK_STYLE if current() == "dark" else ""))
    st.title(title)
    st.html(f'<p class="lead">{lead}</p>')
    address.make_room()


@st.cache_resource(show_spinner=False)
def _sweep_once() -> None:
    """As the server starts: what programs left that were killed goes."""
    asides.sweep_home()


def current() -> template.Theme:
    """ "light" or "dark", as the person's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"

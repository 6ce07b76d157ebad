"""The page's frame: title, one sentence, and the colours that figures need to know."""

import streamlit as st
from streamlit.runtime import pages_manager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.base import asides
from core.figures import template
from pages.kit import address

DISCOVERY_LEFT = "discovery-left"
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
.verdict { font-size: 1.4rem; line-height: 1.35; font-weight: 600; margin: 0; }
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
    _leave_discovery()
    _sweep_once()
    st.html(STYLE + (DARK_STYLE if current() == "dark" else ""))
    st.title(title)
    st.html(f'<p class="lead">{lead}</p>')
    address.make_room()


@st.cache_resource(show_spinner=False)
def _sweep_once() -> None:
    """As the server starts: what programs left that were killed goes."""
    asides.sweep_home()


def _leave_discovery() -> None:
    """Run again through app.py where Streamlit ran this page by itself.

    A folder called `pages` makes Streamlit discover pages, with names and an order of its own and app.py as one of
    them, until `st.navigation` has been called once in the life of the server: so it was for all who opened the first
    links to pages after a start. There is no setting against it (streamlit 1.67). Once in a session is enough.
    """
    context = get_script_run_ctx()
    if context is None or st.session_state.get(DISCOVERY_LEFT):
        return
    st.session_state[DISCOVERY_LEFT] = True
    found = context.pages_manager.get_pages().values()
    if len(found) > 1 and context.pages_manager.main_script_path in {page["script_path"] for page in found}:
        pages_manager.PagesManager.uses_pages_directory = False
        st.rerun()


def current() -> template.Theme:
    """ "light" or "dark", as the person's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"

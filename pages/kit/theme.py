"""The page's frame: title, one sentence, and the colours that figures need to know."""

import functools

import streamlit as st

from core.base import asides
from core.figures import template
from pages.kit import address

# Streamlit writes captions and labels in ink of 60 %, which has a contrast of 4.1 : 1; look.md's muted ink has 5.9 : 1.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1.4rem 3rem 3rem; max-width: 1360px; }
[data-testid="stHeader"] { background: transparent; height: 2.6rem; min-height: 2.6rem; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricValue"], [data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
[data-testid="stImage"] img { border-radius: 4px; }
[data-testid="stCaptionContainer"], [data-testid="stImageCaption"], [data-testid="stMetricLabel"],
[data-testid="stFileUploaderDropzoneInstructions"], [data-testid="stFileUploaderDropzoneInstructions"] *,
[data-testid="stWidgetLabel"]:has([disabled]) { color: MUTED !important; opacity: 1 !important; }
a:focus-visible, button:focus-visible, summary:focus-visible, [tabindex="0"]:focus-visible {
  outline: 2px solid ACCENT !important; outline-offset: 2px; border-radius: 6px; }
@media (max-width: 1100px) {
  [data-testid="stMainBlockContainer"] { padding: 1.4rem 1.4rem 2rem; }
  [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: min(100%, 190px); }
}
[data-testid="stSidebarHeader"]::before { content: "Second Look"; order: 1; flex: 1; margin-left: .6rem;
  font-size: 1.15rem; font-weight: 600; white-space: nowrap; }
[data-testid="stSidebarHeader"] > :last-child { order: 2; }
[data-testid="stSidebarNavLink"][aria-current] { font-weight: 600; }
@media (min-width: 769px) and (max-width: 1100px) {  /* the sidebar is a rail of icons; names stay for screen readers */
  [data-testid="stSidebar"] { width: 4.25rem !important; min-width: 4.25rem !important; }
  [data-testid="stSidebarHeader"]::before, [data-testid="stSidebarCollapseButton"] { display: none; }
  [data-testid="stSidebarHeader"] { padding: 1rem .6rem; justify-content: center; }
  [data-testid="stSidebarHeader"] [data-testid="stSidebarLogo"] { height: 2rem; min-width: 2rem; max-width: none; }
  [data-testid="stSidebarContent"] { padding-inline: .6rem !important; }
  [data-testid="stSidebarNav"] *, [data-testid="stSidebarNav"] { padding-inline: 0 !important; }
  [data-testid="stSidebarNavLink"] { justify-content: center; height: 2.4rem; width: 100%; margin: 0; }
  [data-testid="stSidebarNavLink"] > span[label] { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  [data-testid="stSidebarNavLink"]:is(:hover, :focus-visible) > span[label] { z-index: 9; left: 3.6rem; width: auto;
    height: auto; clip-path: none; padding: .2rem .6rem; border-radius: 6px; background: INK; }
  [data-testid="stSidebarNavLink"]:is(:hover, :focus-visible) > span[label] p { color: PAPER; }
  [data-testid="stSidebarContent"], [data-testid="stSidebar"], [data-testid="stSidebarNav"] { overflow: visible; }
}
@media (max-width: 768px) {  /* the button that opens the sidebar stands above the page */
  [data-testid="stMainBlockContainer"] { padding-top: 3.2rem; }
  [data-testid="stHeader"] { background: PAPER; height: 3rem; min-height: 3rem; }
}
@media (hover: none) { .modebar-container { display: none; } }  /* a tap would lay it over the figure's own words */
.lead { color: MUTED; max-width: 100ch; margin: -.9rem 0 .2rem; }
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
    st.html(write_style(current()))
    st.title(title)
    st.html(f'<p class="lead">{lead}</p>')
    address.make_room()


@functools.cache
def write_style(look: template.Theme) -> str:
    """What Streamlit's own settings of a theme do not reach, in the colours of this one."""
    palette = template.find_palette(look)
    style = STYLE
    for word, colour in (
        ("MUTED", palette.muted),
        ("ACCENT", palette.accent),
        ("INK", palette.ink),
        ("PAPER", palette.paper),
    ):
        style = style.replace(word, colour)
    return style + DARK_STYLE * (look == "dark")


@st.cache_resource(show_spinner=False)
def _sweep_once() -> None:
    """As the server starts: what programs left that were killed goes."""
    asides.sweep_home()


def current() -> template.Theme:
    """ "light" or "dark", as the person's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"

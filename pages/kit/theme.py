"""The page's frame: title, one sentence, and the colours that figures need to know."""

import functools

import streamlit as st

from core.base import asides
from core.figures import template
from pages.kit import address, attention_component

# Streamlit writes captions in ink of 60 %, which has a contrast of 4.1 : 1; of 78 % it has 7 : 1.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1rem 3rem 3rem; max-width: 1360px; }
[data-testid="stHeader"] { background: transparent; height: 2.6rem; min-height: 2.6rem; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricValue"], [data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
[data-testid="stImage"] img { border-radius: 4px; }
[data-testid="stCaptionContainer"], [data-testid="stImageCaption"], [data-testid="stMetricLabel"],
.lead { color: inherit !important; opacity: .78; }
[data-testid="stFileUploaderDropzoneInstructions"] span { color: light-dark(LIGHT_INK, DARK_INK); opacity: .78; }
[data-testid="stImageCaption"] [data-testid="stCaptionContainer"] { opacity: 1; }
/* White on the pale accent of the dark theme has a contrast of 2.4 : 1; this has 7 : 1. */
[data-testid="stBaseButton-primary"]:not(:disabled) *,
[data-testid="stMultiSelectTagsContainer"] [data-tag] * { color: light-dark(#FFFFFF, DARK_PAPER) !important; }
a:focus-visible, button:focus-visible, summary:focus-visible, [tabindex="0"]:focus-visible {
  outline: 2px solid !important; outline-offset: 2px; border-radius: 6px; }
@media (max-width: 1100px) {
  [data-testid="stMainBlockContainer"] { padding: 1rem 1.4rem 2rem; }
  [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] { min-width: min(100%, 190px); }
}
[data-testid="stSidebarHeader"]::before { content: "Second Look"; order: 1; flex: 1; margin-left: .6rem;
  font-size: 1.15rem; font-weight: 600; white-space: nowrap; }
[data-testid="stSidebarHeader"] > :last-child { order: 2; }
[data-testid="stSidebarHeader"] [data-testid="stSidebarLogo"] { height: 2rem; min-width: 2rem; max-width: none; }
[data-testid="stLogoLink"] { flex-shrink: 0; }
[data-testid="stSidebarNavLink"][aria-current] { font-weight: 600; }
@media (min-width: 769px) and (max-width: 1100px) {  /* the sidebar is a rail of icons; names stay for screen readers */
  [data-testid="stSidebar"] { width: 4.25rem !important; min-width: 4.25rem !important; }
  [data-testid="stSidebarHeader"]::before, [data-testid="stSidebarCollapseButton"] { display: none; }
  [data-testid="stSidebarHeader"] { padding: 1rem .6rem; justify-content: center; }
  [data-testid="stSidebarContent"] { padding-inline: .6rem !important; }
  [data-testid="stSidebarNav"] *, [data-testid="stSidebarNav"] { padding-inline: 0 !important; }
  [data-testid="stSidebarNavLink"] { justify-content: center; height: 2.4rem; width: 100%; margin: 0; }
  [data-testid="stSidebarNavLink"] > span[label] { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  [data-testid="stSidebarNavLink"]:is(:hover, :focus-visible) > span[label] { z-index: 9; left: 3.6rem; width: auto;
    height: auto; clip-path: none; padding: .2rem .6rem; border-radius: 6px;
    background: light-dark(LIGHT_INK, DARK_INK); }
  [data-testid="stSidebarNavLink"]:is(:hover, :focus-visible) > span[label] p {
    color: light-dark(LIGHT_PAPER, DARK_PAPER); }
  [data-testid="stSidebarContent"], [data-testid="stSidebar"], [data-testid="stSidebarNav"] { overflow: visible; }
}
@media (max-width: 768px) {  /* the button that opens the sidebar stands above the page */
  [data-testid="stMainBlockContainer"] { padding-top: 3.2rem; }
  [data-testid="stHeader"] { background: light-dark(LIGHT_PAPER, DARK_PAPER); height: 3rem; min-height: 3rem; }
}
@media (hover: none) { .modebar-container { display: none; } }  /* a tap would lay it over the figure's own words */
.lead { max-width: 100ch; margin: -.9rem 0 .2rem; }
.result { font-size: 1.05rem; line-height: 1.55; max-width: 62ch; }
h2.verdict { font-size: 1.8rem; line-height: 1.25; font-weight: 600; margin: 0; padding: .2rem 0 0;
  text-wrap: balance; }
@media (max-width: 640px) { h2.verdict { font-size: 1.35rem; } }
</style>
"""


def show_title(title: str, lead: str) -> None:
    """The head of a page."""
    _sweep_once()
    st.html(write_style())
    attention_component.attend()
    st.title(title)
    st.html(f'<p class="lead">{lead}</p>')
    address.make_room()


@functools.cache
def write_style() -> str:
    """What Streamlit's settings of a theme do not reach. It holds for both themes, since a browser may change from one
    to the other while no page is run."""
    style = STYLE
    for name, palette in (("LIGHT", template.LIGHT), ("DARK", template.DARK)):
        for part in ("ink", "paper"):
            style = style.replace(f"{name}_{part.upper()}", getattr(palette, part))
    return style


@st.cache_resource(show_spinner=False)
def _sweep_once() -> None:
    """As the server starts: what programs left that were killed goes."""
    asides.sweep_home()


def current() -> template.Theme:
    """ "light" or "dark", as the person's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"

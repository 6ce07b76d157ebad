"""A line that says what has come, also to those who do not see it: a live region that stays while it changes.

`st.html` puts a new element there at each change, which screen readers pass over.
"""

from typing import Any

import streamlit as st
import streamlit.components.v2 as components

HTML = '<p role="status" aria-live="polite" class="spoken"></p>'
STYLE = """
.spoken { margin: 0; color: var(--st-text-color);
  font: 14px/1.5 var(--st-font); }
"""
SCRIPT = """
export default function ({ data, parentElement }) {
  const line = parentElement.querySelector(".spoken");
  if (line.textContent !== data.words) line.textContent = data.words;
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_spoken", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


def say(words: str, *, key: str) -> None:
    """Show `words`, plain text, and have them read out when they change."""
    _component()(key=key, data={"words": words})

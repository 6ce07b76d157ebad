"""An image from the clipboard, given to a file uploader of the page as if it had been dropped there.

Streamlit's uploader takes no paste. What is pasted goes the uploader's own way, so all of its limits hold.
"""

from typing import Any

import streamlit as st
import streamlit.components.v2 as components

HTML = '<button type="button" class="paste-button" hidden></button>'
STYLE = """
.paste-button { all: unset; cursor: pointer; font: 14px/1.6 var(--st-font); color: var(--st-link-color); }
.paste-button[hidden] { display: none; }
.paste-button:hover { text-decoration: underline; }
.paste-button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""
SCRIPT = """
const KINDS = ["image/png", "image/jpeg", "image/bmp", "image/webp", "image/tiff"];

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".paste-button");
  const give = (file) => {
    const input = document.querySelector(`.st-key-${data.into} input[type=file]`);
    if (!input) return;
    const carried = new DataTransfer();
    carried.items.add(file);
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const paste = (event) => {
    const file = [...event.clipboardData.files].find((one) => KINDS.includes(one.type));
    if (!file) return;
    event.preventDefault();
    give(file);
  };
  const read = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const kind = item.types.find((type) => KINDS.includes(type));
        if (kind) return give(new File([await item.getType(kind)], `pasted.${kind.split("/")[1]}`, { type: kind }));
      }
      button.textContent = "No image in the clipboard";
    } catch {
      button.textContent = "The browser does not allow it: press Ctrl+V";
    }
    setTimeout(() => { button.textContent = data.label; }, 4000);
  };
  button.textContent = data.label;
  button.hidden = !navigator.clipboard?.read;  // absent where the page comes over a network without encryption
  button.onclick = read;
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_paste", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


def take_pasted(into: str) -> None:
    """Have the file uploader of the key `into` take images that are pasted on the page, or by a button."""
    _component()(key=f"paste-{into}", data={"into": into, "label": "Paste from the clipboard (Ctrl+V)"})

"""An image of a person's own that one page takes and Predict answers: handed over within the session, never stored."""

from typing import NamedTuple

import streamlit as st

from pages.kit import paste_component, uploads

KEY = "handed-image"


class Handed(NamedTuple):
    """A file as it came: its name, and its bytes."""

    name: str
    content: bytes


def input_image(label: str, key: str) -> Handed | None:
    """Take an image that is dropped, chosen or pasted; None until there is one. Raises `UploadTooLarge`."""
    file = uploads.input_file(label, uploads.IMAGE_TYPES, most_mb=uploads.MOST_IMAGE_MB, key=key)
    paste_component.take_pasted(key)
    return Handed(file.name, file.getvalue()) if file else None


def hand_over(image: Handed) -> None:
    """Go to Predict, which answers it."""
    st.session_state[KEY] = image
    st.switch_page("pages/predict/page.py", query_params={"from": "own"})


def recall() -> Handed | None:
    """What was handed over last in this session."""
    handed: Handed | None = st.session_state.get(KEY)
    return handed


def forget() -> None:
    """Let go of it."""
    st.session_state.pop(KEY, None)

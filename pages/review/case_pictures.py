"""The pictures of cases as the browser gets them: pixels alone, with nothing that stood in the file beside them."""

import hashlib
import io

import numpy as np
import streamlit as st
from PIL import Image

from core.base import errors
from core.datasets.index import decoding, thumbnails
from core.explanation import overlay
from core.review import case_images
from pages.kit import reading_picture, zoom_component


@st.cache_data(max_entries=48, show_spinner=False)
def load_picture(sha256: str) -> reading_picture.Picture:
    """The image of a case, upright, its longer side at most `zoom_component.MOST_PX`; or why it cannot be shown."""
    key = name_picture(sha256)
    try:
        image_rgb = load_pixels(sha256)
    except (errors.CaseBroken, errors.UnreadableImage) as error:
        return reading_picture.Picture(key, b"", (1, 1), f"This image cannot be shown: {error}")
    if max(image_rgb.shape) <= zoom_component.SHOWN_PX:
        return reading_picture.Picture(key, thumbnails.encode_picture(image_rgb), image_rgb.shape[:2])
    shown = overlay.fit(image_rgb, min(zoom_component.MOST_PX, max(image_rgb.shape)))
    content = io.BytesIO()
    Image.fromarray(shown).save(content, "JPEG", quality=zoom_component.QUALITY)
    return reading_picture.Picture(key, content.getvalue(), shown.shape[:2])


@st.cache_data(max_entries=8, show_spinner=False)
def load_pixels(sha256: str) -> np.ndarray:
    """Its pixels, uint8 (H, W, 3), RGB. Raises CaseBroken, UnreadableImage."""
    return decoding.decode_image(case_images.read(sha256), where="the image of the case")


def name_picture(sha256: str) -> str:
    """What the browser calls it."""
    return hashlib.blake2b(sha256.encode(), digest_size=8).hexdigest()

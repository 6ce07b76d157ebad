"""Explore's input normalisation: images cut from their ground and brought to one stain, as they came beside it."""

import functools

import numpy as np
import streamlit as st

from core.datasets.index import index, pixels
from core.models import normalisation
from pages.kit import pictures, state, text

SAMPLE_IMAGES = 9
MEASURED_IMAGES = 300
FORMS = {normalisation.CELLS: "Cells", normalisation.X_RAYS: "X-rays"}
OWN, TOGETHER = "own", "together"
STAINS = {OWN: "Each image's own", TOGETHER: "That of this data set"}
MEANING = {
    normalisation.CELLS: "The cell is cut from its ground, the ground made black, and its colour moved to that of the "
    "images chosen as home: background removal and stain normalisation.",
    normalisation.X_RAYS: "Rows and columns that are dark from end to end are cut away, and the contrast is "
    "evened out, tile by tile (CLAHE).",
}
WHY = (
    "A network that learnt one laboratory's stain and ground answers another laboratory's as if it had seen them "
    "before. Brought to one form, images differ in what matters alone. Where nothing stands out from the border, an "
    "image stays as it came. Nothing of this is done to your files; a training does it where its recipe says so."
)


def show_normalised(data: index.Index) -> None:
    """One image in full and nine small ones, as they came and brought home."""
    first, *others = st.columns([3, 4, 6], gap="medium", vertical_alignment="bottom")
    kind = first.segmented_control(
        "Form",
        list(FORMS),
        required=True,
        wrap=True,
        format_func=FORMS.__getitem__,
        **state.follow("form", normalisation.CELLS, key="normalised-form", options=list(FORMS)),
    )
    form = normalisation.Form(kind)
    if kind == normalisation.CELLS:
        with others[0]:
            wanted = _input_home(data, kind)
        with others[1]:
            form = normalisation.Form(kind, wanted, _input_shared(data, kind))
    st.caption(MEANING[kind], help=WHY)
    top = st.container()
    rows, large = pictures.input_sample(data, "normalised", [SAMPLE_IMAGES])
    with top:
        if large is None:
            st.info("No image of this class. Its normalised copy will stand here.", icon=":material/hourglass_empty:")
            return
        _show_one(data, large, form)
    small = {"longest_px": pictures.SMALL_PX}
    pairs = {
        "As they came": functools.partial(pictures.load_filtered, data, key=pictures.ORIGINAL, settings={}, **small),
        "Normalised": functools.partial(pictures.load_normalised, data, form=form, **small),
    }
    pictures.show_side_by_side(data, rows, pairs)
    st.caption(f"{len(rows)} images drawn at random (seed {pictures.find_seed()}), at the same place in both.")


def _input_home(data: index.Index, kind: str) -> tuple[float, float, float] | None:
    """The colours that cells are brought to: those of a data set that the person chooses."""
    names = [row["name"] for row in index.list_datasets() if row["status"] == "ready"]
    followed = state.follow("home", data.name, key=f"normalised-home-{data.name}", options=names, about=state.DATASET)
    home = st.selectbox("Home: the colours of", names, **followed)
    wanted = _measure(data if home == data.name else index.read_index(home), kind)
    if wanted is None:
        st.caption(f"No cell stands out from its ground in {text.plain(home)}: colours stay as they are.")
    return wanted


def _input_shared(data: index.Index, kind: str) -> tuple[float, float, float] | None:
    """The colours that cells are brought from: None for each cell's own, else one for the whole data set."""
    stain = st.segmented_control(
        "Stain",
        list(STAINS),
        required=True,
        wrap=True,
        format_func=STAINS.__getitem__,
        **state.follow("stain", OWN, key="normalised-stain", options=list(STAINS)),
    )
    return _measure(data, kind) if stain == TOGETHER else None


def _measure(data: index.Index, kind: str) -> tuple[float, float, float] | None:
    return _measure_once(data, data.fingerprint, kind)


@st.cache_data(max_entries=16, show_spinner="Measuring the stain")
def _measure_once(_data: index.Index, fingerprint: str, kind: str) -> tuple[float, float, float] | None:
    rows = _data.usable.index.to_numpy()
    chosen = np.sort(np.random.default_rng(0).permutation(rows)[:MEASURED_IMAGES])
    images = pixels.open_pixels(_data, pixels.INDEX_PX, pixels.INDEX_PX)
    return normalisation.measure_images(np.asarray(images[chosen]), kind)


def _show_one(data: index.Index, row: int, form: normalisation.Form) -> None:
    large = {"longest_px": pictures.LARGE_PX}
    shown = {
        f"As it came · {pictures.describe_row(data, row)}": functools.partial(
            pictures.load_filtered, data, key=pictures.ORIGINAL, settings={}, **large
        ),
        "Normalised": functools.partial(pictures.load_normalised, data, form=form, **large),
    }
    with pictures.begin_row(4):
        for caption, make in shown.items():
            pictures.show_picture(make, row, caption, alt=caption)

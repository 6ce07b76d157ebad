"""Explore's augmentation: one image changed many times, by the very function that training calls. No TensorFlow."""

import shlex
from typing import Any

import numpy as np
import streamlit as st

from core.base import errors
from core.datasets.index import index, pixels, thumbnails
from core.models import augmentation
from pages.kit import address, cache, guards, state, text

VERSIONS = 15
COLUMNS = 4
ENLARGED = 3
ALL = "All"
OWN = "own"
CHOSEN = "augmentation-for-training"
AUGMENTATION = "augmentation"  # in the address
MEANING = (
    "Training images are changed at random each time they are shown, so that the network learns what stays the same. "
    "Validation and test images are never changed."
)
TITLES = {**augmentation.TITLES, OWN: "Your own"}
# "Both ways" is also upside down; the words of the settings, under the pictures, say so
FLIPS = {"none": "None", "horizontal": "Left to right", "both": "Both ways"}
FILLS = {"black": "Black", "mirror": "Mirrored"}
SLIDERS: dict[str, tuple[str, str, float]] = {
    "rotation_degrees": ("Turn, degrees", "At most this far, either way.", 1),
    "zoom_fraction": ("Zoom, %", "At most this much larger or smaller.", 100),
    "shift_fraction": ("Move, %", "At most this share of the image's height and width.", 100),
    "brightness": ("Brightness, %", "At most this much brighter or darker. Black stays black.", 100),
    "contrast": ("Contrast, %", "At most this much more or less, about the image's mean.", 100),
    "hue_degrees": ("Hue, degrees", "At most this far around the circle of colours, either way.", 1),
    "saturation": ("Saturation, %", "At most this much more or less colour.", 100),
    "gamma": ("Gamma, %", "At most this much darker or paler between black and white, which stay.", 100),
    "blur_px": ("Blur, pixels", "Half of the images: at most this standard deviation of a Gaussian.", 1),
    "jpeg_loss": ("JPEG, % less quality", "Half of the images, compressed as cameras and programs do.", 100),
}
FRAME = "<style>.st-key-augment-original img { border: 3px solid currentcolor; }</style>"


def show_augmentation(data: index.Index) -> None:
    """The settings, and what they do to one image."""
    guards.fragment(_show)(data)


def recall_choice() -> augmentation.Augmentation | None:
    """The settings that the person took over to Train in this session."""
    found: augmentation.Augmentation | None = st.session_state.get(CHOSEN)
    return found


def _show(data: index.Index) -> None:
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        settings = _input_settings()
        _show_way_to_train(settings)
    with eye, guards.faults_as_messages():
        row = _input_image(data)
        if row is None:
            st.info("No image of this class. Its versions will stand here.", icon=":material/hourglass_empty:")
            return
        _show_versions(data, row, settings)
    with eye:
        _show_risks(settings)


def _input_image(data: index.Index) -> int | None:
    """The row of the image to change; None where the class has none."""
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    classes = [ALL, *data.class_names]
    followed = state.follow("class", ALL, key=f"augmenting-class-{data.name}", options=classes, about=state.DATASET)
    name = left.selectbox("Class", classes, **followed)
    rows = cache.select_rows(data, class_name=None if name == ALL else name)
    if not len(rows):
        return None
    followed = state.follow("number", 1, key=f"augmenting-{data.name}-{name}", between=(1, len(rows)))
    number = middle.number_input(f"Image, of {len(rows):,}", 1, len(rows), **followed)
    right.button("Draw anew", icon=":material/shuffle:", on_click=state.count_up, args=("seed",), width="stretch")
    return int(rows[int(number) - 1])


def _input_settings() -> augmentation.Augmentation:
    """A preset to start from, and a widget for each setting."""
    asked = _find_asked()
    _put(asked or recall_choice() or augmentation.PRESETS["cells"])
    st.pills(
        "Start from",
        list(augmentation.PRESETS),
        format_func=TITLES.__getitem__,
        key=_key("preset"),
        on_change=_take_preset,
        wrap=True,
        help="Sets everything below.",
    )
    wanted: dict[str, Any] = {
        "flip": st.segmented_control(
            "Flip",
            augmentation.FLIPS,
            format_func=FLIPS.__getitem__,
            key=_key("flip"),
            required=True,
            wrap=True,
            on_change=_take_settings,
        )
    }
    left, right = st.columns(2, gap="medium")
    for place, (name, (label, meaning, scale)) in enumerate(SLIDERS.items()):
        most = round(scale * augmentation.LIMITS[name][1])
        with left if place % 2 == 0 else right:
            set_to = st.slider(label, 0, most, help=meaning, key=_key(name), on_change=_take_settings)
            wanted[name] = set_to / scale
    with right:
        wanted["fill"] = st.segmented_control(
            "Gaps",
            augmentation.FILLS,
            format_func=FILLS.__getitem__,
            key=_key("fill"),
            required=True,
            wrap=True,
            on_change=_take_settings,
        )
    return augmentation.Augmentation(**wanted)


def _find_asked() -> augmentation.Augmentation | None:
    """The settings that the address names: a preset, or setting by setting; None where it names none that is usable."""
    words = state.recall(AUGMENTATION)
    found = None
    if words in augmentation.PRESETS:
        found = augmentation.PRESETS[words]
    elif words:
        try:
            found = augmentation.Augmentation.from_json(_parse(words))
        except (ValueError, errors.RecipeNotUsable):
            said = f"The address asks for the augmentation “{address.quote(words)}”, which cannot be read."
            address.refuse(AUGMENTATION, text.plain(said))
    if found is not None:
        address.accept(AUGMENTATION)
    address.say_fault(AUGMENTATION)
    return found


def _parse(words: str) -> dict[str, Any]:
    """`flip:both,rotation_degrees:10` as settings. Raises ValueError."""
    pairs = [part.split(":") for part in words.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("expected name:value")
    return {name: float(value) if name in SLIDERS else value for name, value in pairs}


def _remember(settings: augmentation.Augmentation) -> None:
    """Into the address: a preset by its name, anything else setting by setting."""
    preset = augmentation.find_preset(settings)
    changed = {name: value for name, value in settings.to_json().items() if value != getattr(augmentation.NONE, name)}
    state.remember(AUGMENTATION, preset or ",".join(f"{name}:{value}" for name, value in changed.items()))


def _take_settings() -> None:
    """What the widgets say now; a widget's callback."""
    wanted = {name: st.session_state[_key(name)] for name in ("flip", "fill")}
    wanted |= {name: st.session_state[_key(name)] / scale for name, (_, _, scale) in SLIDERS.items()}
    _remember(augmentation.Augmentation(**wanted))


def _take_preset() -> None:
    name = st.session_state[_key("preset")]
    if name is not None:
        _remember(augmentation.PRESETS[name])


def _put(settings: augmentation.Augmentation) -> None:
    """Set the widgets."""
    st.session_state[_key("preset")] = augmentation.find_preset(settings)
    for name in ("flip", "fill"):
        st.session_state[_key(name)] = getattr(settings, name)
    for name, (_, _, scale) in SLIDERS.items():
        st.session_state[_key(name)] = round(scale * getattr(settings, name))


def _key(name: str) -> str:
    return f"augmenting-{name}"


def _show_way_to_train(settings: augmentation.Augmentation) -> None:
    """Take the settings over to Train, or to a terminal."""
    st.button(
        "Use these in Train",
        icon=":material/check:",
        type="primary",
        on_click=_choose,
        args=(settings,),
        disabled=recall_choice() == settings,
    )
    if recall_choice() == settings:
        st.page_link("pages/train/page.py", label="Train starts from these settings", icon=":material/arrow_forward:")
    with st.expander("In a terminal"):
        st.code(f"--augmentation {shlex.quote(augmentation.as_argument(settings))}", language=None, wrap_lines=True)


def _choose(settings: augmentation.Augmentation) -> None:
    st.session_state[CHOSEN] = settings


def _show_versions(data: index.Index, row: int, settings: augmentation.Augmentation) -> None:
    """The image as it is, then its versions."""
    seed = int(state.find("seed", 0, between=(0, state.MOST_SEED)))
    pictures = _pictures(data, row, data.content, settings.to_json(), seed)
    st.html(FRAME)
    with st.grid(COLUMNS, min_column_width=72, gap="xsmall"):
        for number, picture in enumerate(pictures):
            label = f"Version {number}" if number else "As it is"
            with st.container(key=None if number else "augment-original"):
                st.image(picture, width="stretch", alt=label)
    name = text.plain(data.class_names[data.find_label(row)])
    side = pixels.INDEX_PX
    st.caption(
        f"Class {name}: framed as it is, then {len(pictures) - 1} versions. Would you still give each the same label?",
        help=f"One image as the network sees it ({side} x {side} pixels), and versions of it by the function that "
        f"training calls (seed {seed}). {augmentation.describe(settings)}. It cannot tell whether augmentation helps; "
        "train with and without, and compare.",
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _pictures(_data: index.Index, row: int, content: str, settings: dict[str, Any], seed: int) -> list[bytes]:
    opened = pixels.open_pixels(_data, pixels.INDEX_PX, pixels.INDEX_PX)
    image_rgb = np.array(opened[row])
    wanted = augmentation.Augmentation.from_json(settings)
    copies = np.repeat(image_rgb[None], VERSIONS, axis=0)
    versions = augmentation.augment(copies, wanted, seed=(seed,))
    return [
        thumbnails.encode_picture(shown.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1))
        for shown in (image_rgb, *versions)
    ]


def _show_risks(settings: augmentation.Augmentation) -> None:
    """Where the settings could make an image untrue to its label."""
    risks = augmentation.find_risks(settings)
    if risks:
        said = "\n".join(f"- {risk}" for risk in risks)
        st.warning(f"Would the label still be true?\n\n{said}", icon=":material/warning:")

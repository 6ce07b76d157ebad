"""Explore's filters: what blur, sharpening, edges and contrast do to an image, and to what a network sees of it."""

import functools

import streamlit as st

from core.datasets.index import index, pixels
from core.datasets.views import filters
from pages.kit import address, pictures, state

SAMPLE_IMAGES = 9


def show_filters(data: index.Index) -> None:
    """One filter with its settings, before and after: on one image, as a network sees it, and on nine."""
    key = st.segmented_control(
        "Filter",
        list(filters.FILTERS),
        required=True,
        wrap=True,
        format_func=lambda one: filters.FILTERS[one].title,
        **state.follow("filter", "gaussian", key="filters-key", options=list(filters.FILTERS), then=_forget_settings),
    )
    top = st.container()
    settings = _input_settings(key)
    rows, large = pictures.input_sample(data, "filters", [SAMPLE_IMAGES])
    with top:
        if large is None:
            st.info("No image of this class. Its filtered copies will stand here.", icon=":material/hourglass_empty:")
            return
        _show_one(data, large, key, settings)
    _show_sample(data, rows, key, settings)


def _forget_settings() -> None:
    for one in filters.FILTERS.values():
        for setting in one.settings:
            state.forget(address.SETTING + setting.name)


def _input_settings(key: str) -> dict[str, pictures.Number]:
    """A slider a setting."""
    chosen = filters.FILTERS[key].settings
    columns = st.columns(max(2, len(chosen)), gap="large")
    return {
        setting.name: column.slider(
            setting.label,
            setting.low,
            setting.high,
            step=setting.step,
            help=setting.help,
            **state.follow(
                address.SETTING + setting.name,
                setting.default,
                key=f"filters-{key}-{setting.name}",
                options=_list_steps(setting),
            ),
        )
        for column, setting in zip(columns, chosen, strict=False)
    }


def _list_steps(setting: filters.Setting) -> list[pictures.Number]:
    """The values that a setting can have."""
    count = round((setting.high - setting.low) / setting.step)
    steps = [setting.low + number * setting.step for number in range(count + 1)]
    return steps if isinstance(setting.step, int) else [round(float(step), 6) for step in steps]


def _show_one(data: index.Index, row: int, key: str, settings: dict[str, pictures.Number]) -> None:
    """Before and after, in full and at the input size of a network."""
    title = filters.FILTERS[key].title
    large = functools.partial(pictures.load_filtered, data, settings=settings, longest_px=pictures.LARGE_PX)
    shown = {
        f"Before · {pictures.describe_row(data, row)}": (pictures.ORIGINAL, 0),
        f"After: {title}": (key, 0),
        "Before, as a network sees it": (pictures.ORIGINAL, pixels.INDEX_PX),
        "After, as a network sees it": (key, pixels.INDEX_PX),
    }
    with pictures.begin_row(4):
        for caption, (one, network_px) in shown.items():
            make = functools.partial(large, key=one, network_px=network_px)
            pictures.show_picture(make, row, caption, alt=caption)
    first, _, rest = filters.FILTERS[key].caption.partition(". ")
    st.caption(
        f"{first.rstrip('.')}.",
        help=f"{rest} Nothing of this is done to your files, nor in training. The first two: the image, its longer "
        f"side shrunk to {pictures.LARGE_PX} pixels where it is larger. The other two: the same at {pixels.INDEX_PX} x "
        f"{pixels.INDEX_PX} pixels, all that a network of this input size gets. Where these two look alike, the filter "
        "took nothing that such a network had; where they differ, the picture cannot tell whether it answers better or "
        "worse.",
    )


def _show_sample(data: index.Index, rows: list[int], key: str, settings: dict[str, pictures.Number]) -> None:
    """Nine images before and after."""
    as_network = st.toggle(
        f"Show these as a network sees them ({pixels.INDEX_PX} x {pixels.INDEX_PX})",
        **state.follow("network", False, key="filters-network"),
    )
    small = functools.partial(
        pictures.load_filtered,
        data,
        settings=settings,
        longest_px=pictures.SMALL_PX,
        network_px=pixels.INDEX_PX if as_network else 0,
    )
    pairs = {
        "Before": functools.partial(small, key=pictures.ORIGINAL),
        f"After: {filters.FILTERS[key].title}": functools.partial(small, key=key),
    }
    pictures.show_side_by_side(data, rows, pairs)
    st.caption(
        f"{len(rows)} images drawn at random (seed {pictures.find_seed()}), at the same place before and after.",
        help=f"Shrunk to {pictures.SMALL_PX} pixels where larger. Nine images cannot show what a filter does to rare "
        "ones.",
    )

"""Explore's colours: images in their hue, saturation and other parts, and the hues of each class and patient."""

import functools
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.base import progress
from core.datasets.index import index, pixels
from core.datasets.views import colour_spaces, colours
from core.figures import histograms, template
from core.jobs import jobs
from pages.kit import cache, charts, guards, pictures, state, text, theme

USUAL_VIEWS = ["hue", "saturation", "value"]
GRID_SIZES = [9, 16, 25]
AT_ONCE_IMAGES = 40_000  # a few seconds; more are counted in the background
MOST_LINES, USUAL_GROUPS, MOST_GROUPS = 6, 20, 60
ALL = "All classes"


def show_colours(data: index.Index) -> None:
    """One image in several views, a sample in one of them, and histograms of the whole data set."""
    keys = st.pills(
        "Views",
        list(colour_spaces.COLOUR_VIEWS),
        selection_mode="multi",
        format_func=_title,
        **state.follow("views", USUAL_VIEWS, key="colours-views", options=list(colour_spaces.COLOUR_VIEWS)),
    )
    top = st.container()
    rows, large = pictures.input_sample(data, "colours", GRID_SIZES)
    with top:
        if large is not None:
            _show_one(data, large, keys)
        else:
            st.info("No image of this class. Its colours will stand here.", icon=":material/hourglass_empty:")
    if large is not None:
        _show_sample(data, rows, keys)
    st.header("Colours of the whole data set")
    found = _require_histograms(data)
    if found is not None:
        _show_classes(data, found)
        _show_groups(data, found)


def _title(key: str) -> str:
    return "As it is" if key == pictures.ORIGINAL else colour_spaces.COLOUR_VIEWS[key].title


def _show_one(data: index.Index, row: int, keys: list[str]) -> None:
    """One image as it is, then in each chosen view with its scale."""
    with pictures.begin_row(min(5, 1 + len(keys))):
        for key in [pictures.ORIGINAL, *keys]:
            with st.container():
                make = functools.partial(pictures.load_view, data, key=key, longest_px=pictures.LARGE_PX)
                title = (
                    pictures.describe_row(data, row) if key == pictures.ORIGINAL else f"**{text.plain(_title(key))}**"
                )
                pictures.show_picture(make, row, title, alt=_title(key))
                if key != pictures.ORIGINAL:
                    view = colour_spaces.COLOUR_VIEWS[key]
                    st.image(pictures.load_scale(key), width="stretch", alt=f"Scale from {view.low} to {view.high}")
                    st.caption(f"Scale: {text.plain(view.low)} to {text.plain(view.high)}.", help=view.caption)


def _show_sample(data: index.Index, rows: list[int], keys: list[str]) -> None:
    """The sample as it is beside the sample in one view."""
    if not keys:
        return
    followed = state.follow("shown", keys[0], key=f"colours-grid-{keys}", options=keys)
    key = st.segmented_control("The sample in one view", keys, required=True, wrap=True, format_func=_title, **followed)
    make = functools.partial(pictures.load_view, data, longest_px=pictures.SMALL_PX)
    pairs = {_title(one): functools.partial(make, key=one) for one in (pictures.ORIGINAL, key)}
    pictures.show_side_by_side(data, rows, pairs)
    st.caption(
        f"{len(rows)} images drawn at random (seed {pictures.find_seed()}), at the same place left and right.",
        help="A few images show what is usual; they cannot show what is rare, nor that two classes differ.",
    )


def _require_histograms(data: index.Index) -> colours.Histograms | None:
    """The histograms of the data set: read, else built at once where that takes seconds, else offered as a job."""
    path = colours.histogram_path(data)
    found = _read(data, path.stat().st_mtime_ns, *_identity(data)) if path.exists() else None
    if found is not None:
        return found
    if len(data.usable) <= AT_ONCE_IMAGES:
        return _build_now(data)
    st.info(
        f"The hues of {len(data.usable):,} images will stand here; counting them takes a minute or more and goes on "
        "when you leave this page.",
        icon=":material/hourglass_empty:",
    )
    if st.button("Count the colours", key="colours-build"):
        with guards.faults_as_messages():
            jobs.start_job("colours", data.name)
        st.rerun()
    return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(_data: index.Index, stamp: int, *identity: str) -> colours.Histograms | None:
    return colours.read_histograms(_data)


def _build_now(data: index.Index) -> colours.Histograms:
    bar = st.empty()

    def write(row: dict[str, float]) -> None:
        share = row["done"] / row["total"] if row["total"] else 0.0
        bar.progress(min(1.0, share), text=f"{row['what']}: {row['done']:,} of {row['total']:,}")

    report = progress.Throttled(write)
    with guards.faults_as_messages():
        opened = pixels.open_pixels(data, pixels.INDEX_PX, pixels.INDEX_PX, report=report)
        found = colours.build_histograms(data, opened, report)
    bar.empty()
    return found


def _show_classes(data: index.Index, found: colours.Histograms) -> None:
    """Hue and saturation of each class, or of up to six where there are more."""
    images = dict(zip(data.class_names, found.images.sum(axis=1).tolist(), strict=True))
    names = list(data.class_names)
    if len(names) > MOST_LINES:
        most = sorted(names, key=lambda name: -images[name])[:MOST_LINES]
        followed = state.follow("classes", most, key="colours-classes", options=names, about=state.DATASET)
        names = st.multiselect("Classes", names, max_selections=MOST_LINES, **followed)
    if not names:
        return
    left, right = st.columns([3, 2], gap="medium")
    drawn = _draw_classes(found, tuple(names), data.positive_class, theme.current(), *_identity(data))
    with left:
        charts.show_chart(drawn[0], key="colours-hues")
        thinned = " Counted was every second pixel of every second row." if found.step_px > 1 else ""
        st.caption(histograms.HUE_CAPTION, help=histograms.HUE_READING + thinned)
        _offer(functools.partial(colours.tabulate_classes, found), f"{data.name}-hues-by-class.csv")
    with right:
        charts.show_chart(drawn[1], key="colours-saturations")
        st.caption(histograms.SATURATION_CAPTION, help=histograms.SATURATION_READING)


@st.cache_resource(max_entries=16, show_spinner=False)
def _draw_classes(
    _found: colours.Histograms, names: tuple[str, ...], positive_class: str, theme: template.Theme, *identity: str
) -> list[Any]:
    """The figures of hue and saturation of these classes, drawn once."""
    classes = _found.class_names
    images = dict(zip(classes, _found.images.sum(axis=1).tolist(), strict=True))
    figures = []
    for draw, counts in ((histograms.figure_hues, _found.hue), (histograms.figure_saturations, _found.saturation)):
        of_class = dict(zip(classes, colours.compute_shares(counts.sum(axis=1)), strict=True))
        shares = {name: of_class[name] for name in names}
        figures.append(draw(shares, images, positive_class, theme, class_names=classes))
    return figures


def _show_groups(data: index.Index, found: colours.Histograms) -> None:
    """Hue of the patients with the most images, or of chosen ones."""
    if not data.has_groups:
        st.caption("No patients are known, so their colours cannot be compared.", help=cache.explain("group"))
        return
    st.header("Hue by patient")
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    classes = [ALL, *data.class_names]
    followed = state.follow("of", ALL, key="colours-group-class", options=classes, about=state.DATASET)
    class_name = left.selectbox("Images of", classes, **followed)
    label = None if class_name == ALL else data.class_names.index(class_name)
    images, _ = colours.sum_groups(found, label=label)
    counts = {name: int(n) for name, n in zip(found.groups, images, strict=True) if n and name != colours.OTHERS}
    chosen = right.multiselect(
        "Patients",
        list(counts),
        max_selections=MOST_GROUPS,
        **state.follow("patients", [], key=f"colours-groups-{data.name}", options=list(counts), about=state.DATASET),
        placeholder=f"The {min(USUAL_GROUPS, len(counts))} with the most images",
        format_func=lambda name: f"{name} (n={counts[name]:,})",
    )
    most = sorted(counts, key=lambda name: -counts[name])[:USUAL_GROUPS]
    names = colours.order_groups(found, chosen or most, label=label)
    if not names:
        st.info("No coloured pixel in these images, so there is no hue to compare.", icon=":material/hourglass_empty:")
        return
    figure = _draw_groups(found, tuple(names), label, theme.current(), *_identity(data))
    charts.show_chart(figure, key="colours-groups-figure")
    st.caption(f"{histograms.GROUP_CAPTION} {len(names)} of {len(counts):,} patients.", help=histograms.GROUP_READING)
    _offer(functools.partial(colours.tabulate_groups, found, label=label), f"{data.name}-hues-by-patient.csv")


@st.cache_resource(max_entries=16, show_spinner=False)
def _draw_groups(
    _found: colours.Histograms, names: tuple[str, ...], label: int | None, theme: template.Theme, *identity: str
) -> Any:
    """The figure of the hues of these patients, drawn once."""
    images, hue = colours.sum_groups(_found, label=label)
    shares = dict(zip(_found.groups, colours.compute_shares(hue), strict=True))
    counts = {name: int(n) for name, n in zip(_found.groups, images, strict=True)}
    return histograms.figure_hues_by_group({name: shares[name] for name in names}, counts, theme)


def _identity(data: index.Index) -> tuple[str, str, str]:
    """What the histograms of a data set depend on; names as well, since two sets may hold the same images."""
    return data.name, data.fingerprint, data.group_rule


def _offer(tabulate: Callable[[], pd.DataFrame], file_name: str) -> None:
    """A table to take away, written when somebody asks for it."""
    content = functools.partial(_as_csv, tabulate)
    st.download_button("CSV", content, file_name, type="tertiary", key=file_name, on_click="ignore")


def _as_csv(tabulate: Callable[[], pd.DataFrame]) -> bytes:
    return cache.as_csv(tabulate())

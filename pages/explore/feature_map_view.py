"""The map of a data set: what lies near what, a picture under the pointer, and a grid of what a lasso caught."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import index
from core.datasets.views import embedding, lasso
from core.figures import scatter
from core.jobs import jobs
from core.models import package
from core.prediction import feature_map
from pages.explore import gallery
from pages.kit import cache, guards, headline, image_grid, model_names, scatter_component, state, theme

VERB = "map"
PAGE_IMAGES = 48
TOP_GROUPS = 8
METHOD_NAMES: dict[embedding.Method, str] = {"pca": "Principal components", "tsne": "t-SNE"}
COLOUR_NAMES: dict[scatter.ColourBy, str] = {"class": "Class", "patient": "Patient", "brightness": "Brightness"}
WAITS = {
    ("pca", False): "It loads the model and takes about a minute.",
    ("tsne", True): "It takes about a minute on two processor cores.",
    ("tsne", False): "It loads the model and takes one to two minutes on two processor cores.",
}


def show_map(data: index.Index) -> None:
    """The map; or, where the address names an image, that image."""
    if not gallery.show_opened(data, "Back to the map"):
        _show_map(data)


@guards.fragment
def _show_map(data: index.Index) -> None:
    """The map where it has been made, and beside it the choices."""
    if state.recall(state.IMAGE):  # a picture was clicked, which stands in the place of the whole map
        st.rerun()
    top = st.container()
    eye, hand = st.columns([5, 3], gap="medium")
    with hand:
        features, method, colour_by = _input_choices(data)
    with eye, guards.faults_as_messages():
        kept_as = features if features == embedding.PIXELS else feature_map.name_features(features)
        found = _load(data, method, kept_as)
        if found is None and (method, features) == ("pca", embedding.PIXELS):
            with st.spinner("Laying out the images …"):
                embedding.build_embedding(data, method="pca")
            found = _load(data, method, kept_as)
    if found is None:
        with eye:
            _offer(data, method, features)
        return
    with top:
        _show_agreement(data, found)
    _show_found(data, found, colour_by, eye, hand)


def _input_choices(data: index.Index) -> tuple[str, embedding.Method, scatter.ColourBy]:
    """What the map is made from, how, and what the colours stand for."""
    models = {found.id: found for found in package.list_packages()}
    sources = [embedding.PIXELS, *models]
    features = st.selectbox(
        "Made from",
        sources,
        **state.follow("features", embedding.PIXELS, key="map-features", options=sources),
        format_func=lambda source: (
            "The pixels" if source == embedding.PIXELS else model_names.name_model(models, source)
        ),
        help="The pixels: each image as 16 x 16 points in colour. A model: what its last layer before the answer "
        "gives, so images lie together that are the same to the model.",
    )
    method = st.segmented_control(
        "Method",
        list(METHOD_NAMES),
        format_func=METHOD_NAMES.__getitem__,
        required=True,
        wrap=True,
        **state.follow("method", "pca", key="map-method", options=list(METHOD_NAMES)),
    )
    ways = [way for way in scatter.COLOURS if way != "patient" or data.has_groups]
    colour_by = st.segmented_control(
        "Colour",
        ways,
        format_func=COLOUR_NAMES.__getitem__,
        required=True,
        wrap=True,
        **state.follow("colour", "class", key=f"map-colour-{len(ways)}", options=ways),
    )
    return features, method, colour_by


def _load(data: index.Index, method: embedding.Method, kept_as: str) -> embedding.Embedding | None:
    """The map as it is on disk, read once for each state of its file."""
    path = embedding.embedding_path(data, method, kept_as)
    return _read(data, method, kept_as, str(path), path.stat().st_mtime_ns) if path.exists() else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(
    _data: index.Index, method: embedding.Method, kept_as: str, path: str, stamp: int
) -> embedding.Embedding | None:
    return embedding.read_embedding(_data, method, kept_as)


def _offer(data: index.Index, method: embedding.Method, features: str) -> None:
    """The button that makes a map which takes a while; while it is made, a word instead."""
    if any(
        (job.verb, job.dataset, job.arguments) == (VERB, data.name, jobs.Arguments(method=method, features=features))
        for job in jobs.list_jobs()
        if job.state.is_active
    ):
        headline.show_headline("This map is being made", note="It will stand here. You can go on with something else.")
        return
    with_pixels = features == embedding.PIXELS
    with guards.faults_as_messages():
        shown = len(embedding.choose_rows(data, method, with_features=not with_pixels))
    of_all = "all images" if shown == len(data.usable) else f"{shown:,} of {len(data.usable):,} images, drawn by class"
    note = f"The map will stand here: {of_all}. {WAITS[method, with_pixels]}"
    headline.show_headline("This map is not made yet", note=note)
    if st.button("Make this map", type="primary", key="map-make"):
        with guards.faults_as_messages():
            jobs.start_job(VERB, data.name, method=method, features=features)
        st.rerun()


def _show_found(
    data: index.Index,
    found: embedding.Embedding,
    colour_by: scatter.ColourBy,
    eye: DeltaGenerator,
    hand: DeltaGenerator,
) -> None:
    identity = f"{data.identity[:16]}-{found.method}-{found.features}"
    with eye:
        content = _prepare(data, found, identity, colour_by, theme.current())
        caught_now = scatter_component.show_picture_map(
            content, points=len(found.rows), key=f"map-{identity}", height_px=scatter.HEIGHT_PX
        )
        st.caption(_describe(found), help=_say_reading(found, colour_by))
    positions = _recall_caught(identity, caught_now)
    with hand:
        if positions:
            _show_counts(data, found, lasso.list_points(data, found), positions)
        else:
            st.markdown(
                ":material/lasso_select: **Draw around some points** to see their images, classes and patients."
            )
    if positions:
        _show_pictures(data, found.rows[np.asarray(positions)], key=f"map-page-{identity}-{hash(tuple(positions))}")


def _recall_caught(identity: str, caught_now: list[int] | None) -> list[int]:
    """What the lasso holds; after an image was opened and closed again, what it held before."""
    key = f"map-caught-{identity}"
    if caught_now is not None:
        st.session_state[key] = caught_now
    return list(st.session_state.get(key, []))


@st.cache_resource(max_entries=6, show_spinner=False)
def _prepare(
    _data: index.Index, _found: embedding.Embedding, identity: str, colour_by: scatter.ColourBy, shown_in: Any
) -> scatter_component.Content:
    """The content of the map for the browser, made once for each way to colour it."""
    points = lasso.list_points(_data, _found)
    figure = scatter.figure_map(
        points,
        _data.class_names,
        _data.positive_class,
        shown_in,
        colour_by=colour_by,
        explained=_found.explained,
    )
    classes = [_data.class_names[label] for label in points["label"]]
    groups = [f"Patient {group}" if group else "" for group in points["group"]]
    return scatter_component.pack_content(figure, _found.sheets, [classes, groups], identity=identity)


def _describe(found: embedding.Embedding) -> str:
    """What is drawn, in a sentence with its n."""
    shown, usable = len(found.rows), found.settings["usable"]
    drawn = f" of {usable:,}, drawn at random with the classes in proportion (seed {found.settings['seed']})"
    return f"{scatter.CAPTION} n = {shown:,} images{drawn if shown < usable else ''}."


def _say_reading(found: embedding.Embedding, colour_by: scatter.ColourBy) -> str:
    """How to read it, and what it cannot tell."""
    parts = [scatter.READING, scatter.READING_PCA if found.method == "pca" else scatter.READING_TSNE]
    if found.features != embedding.PIXELS:
        parts.append("Images that the model was trained on lie in tidier groups than new ones would.")
    if colour_by == "patient":
        parts.append("Twelve colours serve all patients, so two far apart may share one; grey is not known.")
    if colour_by == "brightness":
        parts.append(
            "Brightness is the mean of an image's pixels, 0 black to 1 white; the scale ends where 1 in 100 is darker "
            "or brighter."
        )
    return " ".join(parts)


def _show_agreement(data: index.Index, found: embedding.Embedding) -> None:
    """What the map says before anything is caught: do neighbours share their class, or their patient?"""
    rows = [
        (words, found.settings[key])
        for words, key in (("class", "same_class"), ("patient", "same_group"))
        if key in found.settings
    ]
    if not rows:
        return
    shares = ", ".join(f"{_per_cent(numbers['share'])} share its {words}" for words, numbers in rows)
    chance = "; ".join(
        f"its {words} {_per_cent(numbers['by_chance'])} (n = {numbers['images']:,})" for words, numbers in rows
    )
    reading = "Counted are the 10 nearest neighbours of each image on this map; n is the number of images."
    if data.has_groups:
        reading += (
            " Where far more neighbours are of the same patient than by chance, the images show whose they are: "
            "only a split by patient tells whether a network learnt the class."
        )
    note = f"By chance it would be {chance}."
    headline.show_headline(f"Of an image's neighbours, {shares}", note=note, reading=reading)


def _show_counts(data: index.Index, found: embedding.Embedding, points: pd.DataFrame, positions: list[int]) -> None:
    """Classes and patients among the caught, against the whole map, and all of it as a table to take away."""
    st.markdown(f"**{len(positions):,} of {len(points):,} images caught**")
    classes = lasso.count_by(points, "label", positions)
    classes["label"] = [data.class_names[label] for label in classes["label"]]
    _show_table(classes, "label", "Class")
    if data.has_groups:
        groups = lasso.count_by(points, "group", positions)
        _show_table(groups.head(TOP_GROUPS).replace({"group": {"": "not known"}}), "group", "Patient")
        known = int((groups["group"] != "").sum())
        more = f"; the {TOP_GROUPS} with the most are listed" if len(groups) > TOP_GROUPS else ""
        st.caption(
            f"{known:,} patients{more}.",
            help="Where a share here is far from its share of the map, this spot is special.",
        )
    st.download_button(
        "CSV",
        lambda: cache.as_csv(lasso.tabulate(data, found, positions)),
        f"{data.name}-caught.csv",
        type="tertiary",
        key="map-csv",
        on_click="ignore",
    )


def _show_table(counted: pd.DataFrame, column: str, head: str) -> None:
    shown = pd.DataFrame(
        {
            head: counted[column],
            "Caught": counted["caught"],
            "Share": counted["share_of_caught"].map(_per_cent),
            "On map": counted["share_on_map"].map(_per_cent),
        }
    )
    number = st.column_config.NumberColumn(format="localized")
    st.dataframe(shown, hide_index=True, height="content", column_config={"Caught": number})


def _show_pictures(data: index.Index, rows: np.ndarray, *, key: str) -> None:
    """A page of the caught images; only those that are shown are read."""
    rows = np.random.default_rng(0).permutation(rows)  # the first page is a fair sample, not one patient
    pages = -(-len(rows) // PAGE_IMAGES)
    page = state.input_page(pages, of=key)
    shown = rows[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    image_grid.show_cells(data, shown)
    st.caption(
        f"{len(rows):,} images caught, {len(shown)} shown.",
        help="In a fixed random order. Under each: class, and patient where known. Click an image to open it.",
    )


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"

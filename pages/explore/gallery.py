"""Explore's images: a grid of samples, and one of them opened: full size, facts, links, and what to do with it."""

import numpy as np
import streamlit as st

from core.base import errors
from core.datasets.index import browsing, index
from core.datasets.quality import findings
from core.figures import zoom
from pages.kit import (
    address,
    cache,
    charts,
    dataset_summary,
    finding_list,
    guards,
    image_actions,
    image_grid,
    state,
    text,
    theme,
)

ALL = "All"
SIDES, USUAL_SIDE = [3, 4, 5, 6, 7, 8], 6
STATUS_NAMES = {
    "usable": "Readable",
    "excluded": "Excluded",
    "proposed": "Proposed for another class",
    "unreadable": "Unreadable",
}


def show_images(data: index.Index) -> None:
    """The grid; or, where the address names an image, that image."""
    if not show_opened(data, "Back to the grid"):
        _show_grid(data)


def show_opened(data: index.Index, back: str) -> bool:
    """The image that the address names, and a button with the words `back`; False where it names none that is here."""
    opened = state.recall(state.IMAGE)
    address.depend(state.IMAGE, state.DATASET)
    row = browsing.find_row(data, opened) if opened else None
    if opened and row is None:
        address.refuse(state.IMAGE, "The address names an image that is not in this data set.")
    address.say_fault(state.IMAGE)
    if row is None:
        return False
    address.accept(state.IMAGE)
    _show_image(data, row, back)
    return True


def _input_filters(data: index.Index) -> tuple[np.ndarray, findings.Finding | None]:
    """The filters; returns the rows that pass, in their order, and the finding that they are about, if any."""
    noticed = finding_list.list_with_pictures(data)
    columns = st.columns([3, 3, 3, 5, 2.6, 3.2], vertical_alignment="bottom")
    classes = [ALL, *data.class_names]
    class_name = columns[0].selectbox(
        "Class", classes, **state.follow("class", ALL, key="explore-class", options=classes, about=state.DATASET)
    )
    splits = [ALL, *data.given_splits]
    split = columns[1].selectbox(
        "Split",
        splits,
        **state.follow("split", ALL, key=f"explore-split-{data.name}", options=splits, about=state.DATASET),
        disabled=len(splits) == 1,
        help="As the folder came. " + cache.explain("split"),
    )
    groups = [ALL, *cache.list_groups(data)]
    group = columns[2].selectbox(
        "Patient",
        groups,
        **state.follow("patient", ALL, key=f"explore-group-{data.name}", options=groups, about=state.DATASET),
        disabled=len(groups) == 1,
        help=cache.explain("group"),
    )
    with columns[3]:
        status = _input_status(data, noticed)
    grid = state.follow("grid", USUAL_SIDE, key="explore-side", options=SIDES)
    columns[4].selectbox("Grid", SIDES, format_func=lambda n: f"{n} x {n}", **grid)
    columns[5].button(
        "Shuffle",
        icon=":material/shuffle:",
        key="explore-shuffle",
        on_click=state.count_up,
        args=("seed",),
        disabled=status in noticed,
    )
    chosen = {
        "class_name": None if class_name == ALL else class_name,
        "split": None if split == ALL else split,
        "group": None if group == ALL else group,
    }
    if status in noticed:
        rows = noticed[status].rows["row"].to_numpy(np.int64)
        return browsing.filter_rows(data, rows, **chosen), noticed[status]
    seed = find_seed()
    return cache.select_rows(data, **chosen, status=status, seed=seed), None


def _input_status(data: index.Index, noticed: dict[str, findings.Finding]) -> str:
    """Which images: a state, or the kind of a finding of the doctor. It stands in the address, unless it is usual."""
    counts = browsing.count_statuses(data)
    offered = [status for status in browsing.STATUSES if counts[status] or status == "usable"]
    titles: dict[str, str] = {status: f"{STATUS_NAMES[status]} ({counts[status]:,})" for status in offered}
    titles |= {kind: f"{found.title} ({found.n:,})" for kind, found in noticed.items()}
    key = f"explore-status-{data.name}"
    wanted = state.recall(finding_list.FINDING) or "usable"
    if wanted not in titles:
        said = findings.TITLES.get(wanted, STATUS_NAMES.get(wanted, wanted))
        st.caption(f":material/info: “{text.plain(said)}” is not, or no longer, reported of this data set.")
        state.forget(finding_list.FINDING)
    chosen: str = st.selectbox(
        "State or finding",
        list(titles),
        format_func=titles.__getitem__,
        help="Findings are those of the Data doctor on the Datasets page: what stands out, worst first.",
        **state.follow(finding_list.FINDING, "usable", key=key, options=list(titles), about=state.DATASET),
    )
    return chosen


def find_seed() -> int:
    """The seed of the order; every shuffle adds one."""
    return int(state.find("seed", 0, between=(0, state.MOST_SEED)))


def _show_grid(data: index.Index) -> None:
    with guards.faults_as_messages():
        rows, finding = _input_filters(data)
    if not len(rows):
        st.info("No image passes all of these filters.", icon=":material/hourglass_empty:")
        return
    if finding is not None:
        st.markdown(f"**{finding.title}**: {finding.count}. {text.plain(finding.words)}")
    side = int(state.find("grid", USUAL_SIDE, options=SIDES))
    shown_at_once = side * side
    pages = -(-len(rows) // shown_at_once)
    kind = finding.kind if finding else ""
    page = state.input_page(pages, of=f"explore-page-{data.name}-{side}-{len(rows)}-{kind}")
    shown = rows[(page - 1) * shown_at_once : page * shown_at_once]
    if finding is not None:
        image_grid.show_cells(data, shown, words=finding_list.list_captions(data, finding, shown))
    else:
        image_grid.show_cells(data, shown, side=side)
    st.caption(_describe_grid(len(rows), len(shown), finding))


def _describe_grid(found: int, shown: int, finding: findings.Finding | None) -> str:
    """How to read the grid, and what it cannot tell."""
    frame = "Sizes are made equal here; the files are as you brought them. Click an image to open it."
    if finding is not None:
        order = "set by set" if finding.kind in findings.IN_GROUPS else "what stands out most first"
        return (
            f"{found:,} images, {order}; {shown} shown. Under each: class, patient where known, and why it is here. "
            f"{frame} What stands out need not be wrong, and what is wrong need not stand out. The Data doctor on the "
            "Datasets page is the place to decide about them."
        )
    seed = find_seed()
    return (
        f"{found:,} images in a random order (seed {seed}); {shown} shown. Under each: class, and patient where "
        f"known. {frame} A few dozen images show what is usual; they cannot show what is rare."
    )


def _close() -> None:
    state.forget(state.IMAGE)


def _show_image(data: index.Index, row: int, back: str) -> None:
    """One image, as large as the page allows."""
    entry = data.table.loc[row]
    image_id, group = str(entry["image_id"]), str(entry["group"])
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        st.button(back, icon=":material/arrow_back:", key="close-image", on_click=_close)
        dataset_summary.show_image_facts(data, row)
        if group and state.recall(state.VIEW) in (None, "images"):
            st.button(
                "More of this patient",
                icon=":material/person_search:",
                key="more-of-patient",
                on_click=_show_group,
                args=(group,),
            )
        if not entry["problem"] and st.button("Predict this", icon=":material/biotech:", key="predict-this"):
            st.switch_page("pages/predict/page.py", query_params={state.DATASET: data.name, state.IMAGE: image_id})
        image_actions.show_panel(data, row, _find_prompt())
        st.caption(
            "Files are never changed: decisions are kept beside the data set. An excluded image takes no part in any "
            "count, split or training; a proposal waits until somebody has reviewed it."
        )
    with eye:
        try:
            picture, size_px = cache.load_full_picture(data, row, _input_channels())
        except errors.SecondLookError as error:
            st.error(text.plain(str(error)), icon=":material/broken_image:")
            return
        figure = zoom.figure_zoom(picture, size_px, theme.current())
        charts.show_chart(figure, key=f"zoom-{image_id}", scroll_zoom=True)
        st.caption(zoom.CAPTION)


def _input_channels() -> str:
    followed = state.follow("channel", ALL, key="explore-channel", options=list(cache.CHANNELS))
    shown = st.segmented_control("Shown", list(cache.CHANNELS), required=True, help="One channel as grey.", **followed)
    return str(shown)


def _show_group(group: str) -> None:
    _close()
    state.forget(finding_list.FINDING)
    state.remember("patient", group)
    state.forget("class")


def _find_prompt() -> image_actions.Prompt:
    """Why a person looks at an image of the grid: the finding that it is filtered by, if any."""
    finding = state.recall(finding_list.FINDING) or ""
    if finding not in findings.KINDS:
        return image_actions.Prompt()
    return image_actions.Prompt(why=findings.TITLES[finding], finding=finding)

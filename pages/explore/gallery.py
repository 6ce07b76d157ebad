"""Explore's images: a grid of samples, and one of them opened: full size, facts, links, and what to do with it."""

from dataclasses import dataclass

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
    headline,
    image_actions,
    image_grid,
    state,
    text,
    theme,
)

ALL = "All"
FEWEST, USUAL_SIDE, MOST = 3, 8, 10  # images in a row, and rows of a page
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


@dataclass(frozen=True)
class _Chosen:
    """The rows that pass the filters, in their order; the finding that they are about, if any; what is filtered by."""

    rows: np.ndarray
    finding: findings.Finding | None
    filters: tuple[str, ...]


def _input_filters(data: index.Index, noticed: dict[str, findings.Finding], titles: dict[str, str]) -> _Chosen:
    """What to show, and how large. noticed, titles : findings, and all that the grid can be about, by kind."""
    classes = [ALL, *data.class_names]
    class_name = _input_filter("class", "Class", classes, key="explore-class")
    splits = [ALL, *data.given_splits]
    meaning = "As the folder came. " + cache.explain("split")
    split = _input_filter("split", "Split", splits, key=f"explore-split-{data.name}", meaning=meaning)
    groups = [ALL, *cache.list_groups(data)]
    meaning = cache.explain("group")
    group = _input_filter("patient", "Patient", groups, key=f"explore-group-{data.name}", meaning=meaning)
    status = _input_status(data, titles)
    followed = state.follow("grid", USUAL_SIDE, key="explore-side", between=(FEWEST, MOST))
    st.slider("Images in a row", FEWEST, MOST, help="Fewer are larger.", **followed)
    chosen = {
        "class_name": None if class_name == ALL else class_name,
        "split": None if split == ALL else split,
        "group": None if group == ALL else group,
    }
    said = (*((STATUS_NAMES[status],) if status not in noticed and status != "usable" else ()), *chosen.values())
    filtered = tuple(one for one in said if one)
    if status in noticed:
        rows = noticed[status].rows["row"].to_numpy(np.int64)
        return _Chosen(browsing.filter_rows(data, rows, **chosen), noticed[status], filtered)
    return _Chosen(cache.select_rows(data, **chosen, status=status, seed=find_seed()), None, filtered)


def _input_filter(name: str, label: str, options: list[str], *, key: str, meaning: str | None = None) -> str:
    """One of `options`, the first of which is all of them; no box where there is nothing else to choose."""
    followed = state.follow(name, ALL, key=key, options=options, about=state.DATASET)
    if len(options) == 1:
        return ALL
    return str(st.selectbox(label, options, help=meaning, **followed))


def _list_states(data: index.Index, noticed: dict[str, findings.Finding]) -> dict[str, str]:
    """What the grid can be about, a state of images or the kind of a finding of the doctor, and what it is called."""
    counts = browsing.count_statuses(data)
    offered = [status for status in browsing.STATUSES if counts[status] or status == "usable"]
    titles: dict[str, str] = {status: f"{STATUS_NAMES[status]} ({counts[status]:,})" for status in offered}
    return titles | {kind: f"{found.title} ({found.n:,})" for kind, found in noticed.items()}


def _drop_lost_finding(titles: dict[str, str]) -> None:
    """Say so where what was asked for is not, or no longer, there."""
    wanted = state.recall(finding_list.FINDING) or "usable"
    if wanted not in titles:
        said = findings.TITLES.get(wanted, STATUS_NAMES.get(wanted, wanted))
        st.warning(
            f"“{text.plain(said)}” is not, or no longer, reported of this data set. All readable images are shown.",
            icon=":material/filter_alt_off:",
        )
        state.forget(finding_list.FINDING)


def _input_status(data: index.Index, titles: dict[str, str]) -> str:
    """Which images: a state, or the kind of a finding of the doctor. It stands in the address, unless it is usual."""
    chosen: str = st.selectbox(
        "State or finding",
        list(titles),
        format_func=titles.__getitem__,
        help="Findings are those of the Data doctor on the Datasets page: what stands out, worst first.",
        **state.follow(
            finding_list.FINDING,
            "usable",
            key=f"explore-status-{data.name}",
            options=list(titles),
            about=state.DATASET,
        ),
    )
    return chosen


def find_seed() -> int:
    """The seed of the order; every shuffle adds one."""
    return int(state.find("seed", 0, between=(0, state.MOST_SEED)))


@guards.fragment
def _show_grid(data: index.Index) -> None:
    """One row of what to show, then the pictures; drawn anew without the rest of the page."""
    if state.recall(state.IMAGE):  # a picture was clicked, which stands in the place of the whole grid
        st.rerun()
    noticed = finding_list.list_with_pictures(data)
    titles = _list_states(data, noticed)
    _drop_lost_finding(titles)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.popover("Filter", icon=":material/filter_alt:", key="explore-filter"):
                chosen = _input_filters(data, noticed, titles)
            st.button(
                "Shuffle",
                icon=":material/shuffle:",
                key="explore-shuffle",
                on_click=state.count_up,
                args=("seed",),
                disabled=chosen.finding is not None,
            )
            st.markdown(_say_summary(chosen), help=_say_reading(chosen.finding), width="stretch")
            side = int(state.find("grid", USUAL_SIDE, between=(FEWEST, MOST)))
            kind = chosen.finding.kind if chosen.finding else ""
            page = state.input_page(
                -(-len(chosen.rows) // side**2), of=f"explore-page-{data.name}-{side}-{len(chosen.rows)}-{kind}"
            )
        _show_page(data, chosen, side, page)


def _show_page(data: index.Index, chosen: _Chosen, side: int, page: int) -> None:
    """The pictures of a page, `side` rows of `side`; or what to do where there is none."""
    if not len(chosen.rows):
        headline.show_headline("No image passes all of these filters", note=" · ".join(map(text.plain, chosen.filters)))
        st.button("Show all images", icon=":material/restart_alt:", key="explore-all", on_click=_drop_filters)
        return
    first = (page - 1) * side**2
    shown = chosen.rows[first : first + side**2]
    words = finding_list.list_captions(data, chosen.finding, shown) if chosen.finding else ()
    news = f"Images {first + 1:,} to {first + len(shown):,} of {len(chosen.rows):,}."
    image_grid.show_cells(data, shown, across=side, words=words, news=news)


def _say_summary(chosen: _Chosen) -> str:
    """What is shown, in a line: how many images, filtered by what, in which order."""
    finding, count = chosen.finding, f"{len(chosen.rows):,} image{'s' if len(chosen.rows) != 1 else ''}"
    said = f"**{finding.title}**: {finding.count}" if finding else f"**{count}**"
    order = ("set by set" if finding.kind in findings.IN_GROUPS else "worst first") if finding else "in random order"
    filtered = "".join(f" · {text.plain(one)}" for one in chosen.filters)
    return f"{said}{filtered}, {order}"


def _say_reading(finding: findings.Finding | None) -> str:
    """How to read the grid, and what it cannot tell."""
    frame = "Sizes are made equal here; the files are as you brought them. Click an image to open it."
    if finding is not None:
        return (
            f"{text.plain(finding.words)} Under each: class, patient where known, and why it is here. {frame} "
            "What stands out need not be wrong, and what is wrong need not stand out. The Data doctor on the Datasets "
            "page is the place to decide about them."
        )
    return (
        f"The order is random (seed {find_seed()}). Under each: class, and patient where known. {frame} A few dozen "
        "images show what is usual; they cannot show what is rare."
    )


def _drop_filters() -> None:
    for name in ("class", "split", "patient", finding_list.FINDING):
        state.forget(name)


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
            "Files are never changed: decisions are kept beside the data set.",
            help="An excluded image takes no part in any count, split or training; a proposal waits until somebody has "
            "reviewed it.",
        )
    with eye:
        try:
            picture, size_px = cache.load_full_picture(data, row, _input_channels())
        except errors.SecondLookError as error:
            st.error(text.plain(str(error)), icon=":material/broken_image:")
            return
        figure = zoom.figure_zoom(picture, size_px, theme.current())
        charts.show_chart(figure, key=f"zoom-{image_id}", scroll_zoom=True)
        st.caption(zoom.CAPTION, help=zoom.READING)


def _input_channels() -> str:
    followed = state.follow("channel", ALL, key="explore-channel", options=list(cache.CHANNELS))
    shown = st.segmented_control(
        "Shown", list(cache.CHANNELS), required=True, wrap=True, help="One channel as grey.", **followed
    )
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

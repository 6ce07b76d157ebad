"""The doctor: what may be wrong with a data set, each finding with its pictures and a way out."""

from typing import Any

import streamlit as st

from core import errors, jobs, paths
from core.datasets import curation, doctor, findings, index
from pages.ui import cached, decisions, doubting, guards, muting, noticing, state, text

VERB = "doctor"
PAGE_IMAGES = 12
MOST_BUTTONS = 4  # classes that fit as a button each; more are chosen from a list
HOW_TO_READ = (
    "Under each picture: its class, its patient where known, and why it is here. What stands out need not be wrong, "
    "and what is wrong need not stand out. Nothing is deleted: an excluded image is left out until you take it back."
)


def show_doctor(data: index.Index) -> None:
    """The findings as a list, the chosen one with its pictures, and the decisions that have been made."""
    st.subheader("What may be wrong")
    _show_examine(data)
    with guards.faults_as_messages():
        found, hidden, muted = noticing.load_findings(data)
    if found:
        titles = {finding.kind: finding for finding in found}
        side, main = st.columns([2, 5], gap="large")
        with side:
            chosen = _input_finding(data, titles)
            muting.show_muted(hidden, muted, paths.muted_folder(data.name), _say_count)
            _show_download(data, found)
            doubting.show_judges(data)
        with main:
            _show_finding(data, titles[chosen])
    else:
        st.success("Nothing stands out.", icon=":material/check:")
        muting.show_muted(hidden, muted, paths.muted_folder(data.name), _say_count)
        doubting.show_judges(data)
    decisions.show_decisions(data)


def _show_examine(data: index.Index) -> None:
    """The button that starts the examination, until its results are there."""
    parts = ("light, colour and sharpness", "nearly identical pictures")
    missing = [part for part, stamp in zip(parts, noticing.read_stamps(data), strict=True) if not stamp]
    if not missing:
        return
    words, button = st.columns([5, 1], vertical_alignment="center")
    busy = any(job.verb == VERB and job.dataset == data.name and job.state.is_active for job in jobs.list_jobs())
    words.info(
        f"Not looked at yet: {' and '.join(missing)}. It takes some minutes for 20,000 images, and goes on when you "
        "leave the page.",
        icon=":material/stethoscope:",
    )
    if button.button("Examine", type="primary", disabled=busy, key="doctor-examine"):
        with guards.faults_as_messages():
            jobs.start_job(VERB, data.name)
        st.rerun()


def _input_finding(data: index.Index, found: dict[str, findings.Finding]) -> str:
    chosen = st.radio(
        "Findings",
        list(found),
        format_func=lambda kind: found[kind].title,
        captions=[f"{muting.ICONS[finding.check.severity]} {finding.count}" for finding in found.values()],
        **state.follow(
            noticing.FINDING,
            next(iter(found)),
            key=f"doctor-finding-{data.name}",
            options=list(found),
            about=state.DATASET,
        ),
    )
    return str(chosen)


def _say_count(finding: findings.Finding) -> str:
    return f"{finding.title}: {finding.count}"


def _show_download(data: index.Index, found: list[findings.Finding]) -> None:
    st.download_button(
        "All findings as CSV",
        lambda: cached.as_csv(doctor.to_table(found, data)),
        f"{data.name}-findings.csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_finding(data: index.Index, finding: findings.Finding) -> None:
    """What was found, why it matters, what to do, or to mute it; then its pictures, a page at a time."""
    words, button = st.columns([7, 1])
    words.markdown(f"**{finding.title}**: {finding.count}. {text.plain(finding.words)}")
    with button:
        muting.input_mute(finding.check, paths.muted_folder(data.name), "in this data set")
    if finding.kind == "unreadable":
        _show_files(data, finding)
    elif len(finding.rows):
        if finding.can_be_decided:
            _input_for_all(data, finding)
        _show_pictures(data, finding)
    if finding.can_be_decided or finding.kind == "unreadable":
        _show_way_to_grid(data, finding)


def _show_way_to_grid(data: index.Index, finding: findings.Finding) -> None:
    if st.button("See them in Explore", icon=":material/grid_view:", key=f"grid-{finding.kind}"):
        address = {state.DATASET: data.name, state.VIEW: "images", noticing.FINDING: finding.kind}
        st.switch_page("pages/explore.py", query_params=address)


def _show_files(data: index.Index, finding: findings.Finding) -> None:
    table = doctor.to_table([finding], data)[["path", "detail"]]
    st.dataframe(table.rename(columns={"path": "File", "detail": "Problem"}), hide_index=True)


def _show_pictures(data: index.Index, finding: findings.Finding) -> None:
    pages = -(-len(finding.rows) // PAGE_IMAGES)
    page = state.input_page(pages, of=f"doctor-page-{data.name}-{finding.kind}")
    first = (min(page, pages) - 1) * PAGE_IMAGES
    with st.grid("auto", min_column_width=130, gap="small"):
        for entry in finding.rows.iloc[first : first + PAGE_IMAGES].itertuples(index=False):
            with st.container(gap="xxsmall"):
                _show_picture(data, finding, entry)
    st.caption(HOW_TO_READ)


def _show_picture(data: index.Index, finding: findings.Finding, entry: Any) -> None:
    image = data.table.loc[entry.row]
    name = data.class_names[image["label"]]
    caption = noticing.say_caption(finding, entry, name, str(image["group"]))
    try:
        st.image(cached.load_thumbnail(data, entry.row), caption=caption, width="stretch", alt=f"Class {name}")
    except errors.SecondLookError as error:
        st.caption(f":material/broken_image: {caption}: its file cannot be shown.", help=text.plain(str(error)))
    if finding.can_be_decided:
        proposal = data.decided.proposals.get(image["image_id"])
        if proposal:
            st.caption(f":material/rate_review: Proposed: {text.plain(proposal.class_name)}")
        with st.popover("Decide", width="stretch", key=f"decide-{finding.kind}-{image['image_id']}"):
            _input_decision(data, finding, entry, str(image["image_id"]), name)


def _input_decision(data: index.Index, finding: findings.Finding, entry: Any, image_id: str, name: str) -> None:
    """What can be done about one picture. Every button is a callback, so that the page shows the outcome at once."""
    key = f"{finding.kind}-{image_id}"
    act = {"on_click": guards.attempt, "width": "stretch"}
    exclude = (curation.exclude, data.name, [image_id], finding.title)
    st.button("Exclude", key=f"exclude-{key}", icon=":material/block:", args=exclude, **act)
    others = [other for other in data.class_names if other != name]
    if len(others) > MOST_BUTTONS:
        place = others.index(entry.suggested) if entry.suggested in others else 0
        others = [st.selectbox("Another class", others, index=place, key=f"class-{key}")]
    for other in others:
        propose = (curation.propose, data.name, image_id, other, finding.title)
        label = f"Propose {text.plain(other)}"
        st.button(label, key=f"propose-{key}-{other}", icon=":material/rate_review:", args=propose, **act)
    ignore = (curation.ignore, data.name, finding.kind, [image_id])
    st.button("It is fine", key=f"ignore-{key}", icon=":material/check:", args=ignore, **act)


def _input_for_all(data: index.Index, finding: findings.Finding) -> None:
    """What can be done about all pictures of a finding at once."""
    ids = data.table.loc[finding.rows["row"], "image_id"].tolist()
    with st.container(horizontal=True):
        label, chosen = f"Exclude all {len(ids):,}", ids
        if finding.kind in findings.KEEPS_FIRST:
            chosen = data.table.loc[doctor.choose_copies(finding)["row"], "image_id"].tolist()
            label = f"Exclude all but the first of each set ({len(chosen):,})"
        if finding.kind != "suspect":  # without all that a model finds hard, a test would only be easier
            exclude = (curation.exclude, data.name, chosen, finding.title)
            st.button(label, key=f"exclude-all-{finding.kind}", on_click=guards.attempt, args=exclude)
        ignore = (curation.ignore, data.name, finding.kind, ids)
        st.button("All are fine", key=f"ignore-all-{finding.kind}", on_click=guards.attempt, args=ignore)

"""The doctor: what may be wrong with a data set, each finding with its pictures and a way out."""

from typing import Any

import streamlit as st

from core.base import paths
from core.datasets.index import acts, index
from core.datasets.quality import doctor, findings
from core.jobs import jobs
from core.review import review_sources
from pages.kit import (
    cache,
    decision_table,
    finding_list,
    guards,
    headline,
    image_actions,
    image_grid,
    label_issues,
    muting,
    reading_link,
    state,
    text,
    tile_component,
)

PAGE_IMAGES = 12
READING = (
    "Under each picture: its class, its patient where known, and why it is here. What is wrong need not stand out. "
    "Nothing is deleted: an excluded image is left out until you take it back."
)


def show_doctor(data: index.Index) -> None:
    """The findings as a list, the chosen one with its pictures, and the decisions that have been made."""
    with guards.faults_as_messages():
        found, hidden, muted = finding_list.load_findings(data)
    headline.show_headline(_say_verdict(found))
    _show_examine(data)
    if found:
        titles = {finding.kind: finding for finding in found}
        side, main = st.columns([2, 5], gap="large")
        with side:
            chosen = _input_finding(data, titles)
            muting.show_muted(hidden, muted, paths.muted_folder(data.name), _say_count)
            _show_download(data, found)
            label_issues.show_judges(data)
        with main:
            _show_finding(data, titles[chosen])
    else:
        muting.show_muted(hidden, muted, paths.muted_folder(data.name), _say_count)
        label_issues.show_judges(data)
    decision_table.show_decisions(data)


def _say_verdict(found: list[findings.Finding]) -> str:
    """How many kinds of findings there are, and how bad."""
    if not found:
        return "Nothing stands out."
    named = {"error": "must be mended", "warning": "should be looked at", "info": "to know"}
    counts = {severity: sum(one.check.severity == severity for one in found) for severity in named}
    said = ", ".join(f"{count} {named[severity]}" for severity, count in counts.items() if count)
    return f"{len(found)} thing{'s stand' if len(found) != 1 else ' stands'} out: {said}"


def _show_examine(data: index.Index) -> None:
    """The button that starts the examination, until its results are there."""
    parts = ("light, colour and sharpness", "nearly identical pictures")
    missing = [part for part, stamp in zip(parts, finding_list.read_stamps(data), strict=True) if not stamp]
    if not missing:
        return
    busy = finding_list.is_being_examined(data)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        words = (
            f"Not looked at yet: {' and '.join(missing)}. With 20,000 images it takes some minutes, and goes on when "
        )
        words += "you leave the page."
        st.badge("Not all examined", icon=":material/stethoscope:", color="orange", help=words)
        pressed = st.button("Examine", type="primary", disabled=busy, key="doctor-examine")
    if pressed:
        with guards.faults_as_messages():
            jobs.start_job(finding_list.EXAMINE, data.name)
        st.rerun()


def _input_finding(data: index.Index, found: dict[str, findings.Finding]) -> str:
    chosen = st.radio(
        "Findings",
        list(found),
        format_func=lambda kind: found[kind].title,
        captions=[f"{muting.ICONS[finding.check.severity]} {finding.count}" for finding in found.values()],
        **state.follow(
            finding_list.FINDING,
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
        lambda: cache.as_csv(doctor.to_table(found, data)),
        f"{data.name}-findings.csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_finding(data: index.Index, finding: findings.Finding) -> None:
    """What was found, why it matters, what to do, or to mute it; then its pictures, a page at a time."""
    words, button = st.columns([7, 1])
    words.markdown(f"**{finding.title}**: {finding.count}", help=text.plain(finding.words))
    with button:
        muting.input_mute(finding.check, paths.muted_folder(data.name), "in this data set")
    if finding.kind == "unreadable":
        _show_files(data, finding)
    elif len(finding.rows):
        if finding.can_be_decided:
            with st.container(horizontal=True):
                _input_for_all(data, finding)
                if finding.kind == "suspect":
                    reading_link.show_button(review_sources.SUSPECTS, "Have them read", dataset=data.name)
        _show_pictures(data, finding)
    if finding.can_be_decided or finding.kind == "unreadable":
        _show_way_to_grid(data, finding)


def _show_way_to_grid(data: index.Index, finding: findings.Finding) -> None:
    if st.button("See them in Explore", icon=":material/grid_view:", key=f"grid-{finding.kind}"):
        address = {state.DATASET: data.name, state.VIEW: "images", finding_list.FINDING: finding.kind}
        st.switch_page("pages/explore/page.py", query_params=address)


def _show_files(data: index.Index, finding: findings.Finding) -> None:
    table = doctor.to_table([finding], data)[["path", "detail"]]
    st.dataframe(table.rename(columns={"path": "File", "detail": "Problem"}), hide_index=True)


def _show_pictures(data: index.Index, finding: findings.Finding) -> None:
    pages = -(-len(finding.rows) // PAGE_IMAGES)
    page = state.input_page(pages, of=f"doctor-page-{data.name}-{finding.kind}")
    first = (min(page, pages) - 1) * PAGE_IMAGES
    tile_component.show_style()
    with st.grid("auto", min_column_width=130, gap="small"):
        for entry in finding.rows.iloc[first : first + PAGE_IMAGES].itertuples(index=False):
            with st.container(gap="xxsmall"):
                _show_picture(data, finding, entry)
    st.caption("What stands out need not be wrong.", help=READING)


def _show_picture(data: index.Index, finding: findings.Finding, entry: Any) -> None:
    caption = finding_list.say_caption(finding, entry, str(data.table.at[entry.row, "group"]))
    tile_component.show_tile(image_grid.make_tile(data, entry.row, caption))
    if finding.can_be_decided:
        why = f"{finding.title}: {entry.detail}" if entry.detail else finding.title
        image_actions.show_marks(data, entry.row)
        prompt = image_actions.Prompt(why, finding=finding.kind, suggested=entry.suggested)
        image_actions.show_menu(data, entry.row, prompt)


def _input_for_all(data: index.Index, finding: findings.Finding) -> None:
    """What can be done about all pictures of a finding at once."""
    ids = data.table.loc[finding.rows["row"], "image_id"].tolist()
    label, chosen = f"Exclude all {len(ids):,}", ids
    if finding.kind in findings.KEEPS_FIRST:
        chosen = data.table.loc[doctor.choose_copies(finding)["row"], "image_id"].tolist()
        label = f"Exclude all but the first of each set ({len(chosen):,})"
    choices = [
        image_actions.Choice(acts.EXCLUDE, label, chosen),
        image_actions.Choice(acts.SECOND_LOOK, "Send all to review", ids),
        image_actions.Choice(acts.KEEP, "All are fine", ids, finding.kind),
    ]
    if finding.kind == "suspect":  # without all that a model finds hard, a test would only be easier
        choices.pop(0)
    prompt = image_actions.Prompt(finding.title, finding=finding.kind)
    image_actions.show_menu_for_all(f"Decide about all {len(ids):,}", data, choices, prompt)

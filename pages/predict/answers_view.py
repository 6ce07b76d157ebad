"""The answers to many images: what they say together, how much of each smear, and every image, the doubtful first."""

import base64
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.base import errors
from core.figures import smear_shares, template
from core.models import package
from core.prediction import smear_rules
from core.reports import smear_report
from core.results import answer_table, kept_answers, smears
from pages.kit import cache, charts, downloads, guards, headline, state, text, theme
from pages.predict import review_view

PAGE_ROWS = 50
GONE = "Answered by a model that is not here any more."
ROW_PX, HEAD_PX, SEEN_ROWS = 60, 48, 8
SMEAR_COLUMNS = {
    "smear": "Name",
    "answered": "Answered",
    "flagged": "Flagged",
    "corrected": "Share",
    "corrected_low": "from",
    "corrected_high": "to",
    "detection_limit": "Limit",
}


def show(about: kept_answers.About) -> None:
    """All of it: the verdict, what to take away, the smears, the images."""
    rows = _load_rows(about.id, about.at)
    changed = kept_answers.describe_state(about)
    found = _find_model(about)
    summary = _load_summary(about.id, about.at, found.state, found) if found else None
    _show_verdict(about, rows, summary)
    if changed:
        st.warning(text.plain(changed), icon=":material/sync_problem:")
    _show_exits(about, rows, summary)
    can_be_sent = review_view.show_unsent(about, rows)
    smear = _show_smears(summary) if summary and len(summary.smears) > 1 else None
    _show_images(about, rows, smear)
    if can_be_sent:
        review_view.show_waiting()


@st.cache_data(max_entries=4, show_spinner=False)
def _load_rows(answers_id: str, at: str) -> pd.DataFrame:
    return kept_answers.read_rows(answers_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _load_thumbnails(answers_id: str, at: str, places: tuple[int, ...]) -> list[bytes]:
    return kept_answers.read_thumbnails(answers_id, places)


@st.cache_resource(max_entries=4, show_spinner="Putting the images together …")
def _load_summary(
    answers_id: str, at: str, model_state: tuple[str, str, float | None], _found: package.Package
) -> smears.Summary:
    return smears.summarise(_found, _load_rows(answers_id, at))


def _find_model(about: kept_answers.About) -> package.Package | None:
    """The model that answered, if it is still here."""
    try:
        return package.find_package(about.model)
    except (errors.ModelNotFound, errors.ModelBroken):
        return None


def name_sources(about: kept_answers.About) -> str:
    """What the images were handed in as, in a few words."""
    names = [Path(source).name for source in about.sources]
    return names[0] + (f" and {len(names) - 1:,} more" if len(names) > 1 else "")


def _show_verdict(about: kept_answers.About, rows: pd.DataFrame, summary: smears.Summary | None) -> None:
    said = smears.say_headline(summary, smear_rules.call_groups(about.rule)) if summary else GONE
    headline.show_line(said)
    counts = answer_table.count_kinds(rows)
    waiting = counts.get(answer_table.WAITING, 0)
    st.html(
        f'<p class="result"><strong>{waiting:,} of {len(rows):,}</strong> images need a person first. '
        f"Answered by {cache.as_text(about.model)}, {about.at[:16].replace('T', ' ')} UTC.</p>"
    )
    alone = summary.smears[0] if summary and len(summary.smears) == 1 else None
    _show_marks(alone.cautions if alone else [answer_table.say_seen(rows)])
    if about.ignored:
        left = sum(about.ignored.values())
        st.caption(f"{left:,} file{'s were' if left != 1 else ' was'} left aside: by their names they are no images.")


def _show_marks(cautions: Sequence[str]) -> None:
    """What weakens all this, a mark each; the whole sentence is behind it."""
    with st.container(horizontal=True, gap="small"):
        for words in filter(None, cautions):
            label = text.plain(words.partition(":")[0].rstrip("."))
            st.badge(label, icon=":material/warning:", color="orange", help=text.plain(words))


def _show_exits(about: kept_answers.About, rows: pd.DataFrame, summary: smears.Summary | None) -> None:
    """What can be taken away, and what comes next."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if summary:
            st.download_button(
                "Report",
                lambda: smear_report.write(about.id),
                f"{about.id}.html",
                "text/html",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
            )
            downloads.offer_csv(lambda: smears.tabulate(summary), f"{about.id}-shares.csv", label="Shares, CSV")
        classes = [name.removeprefix("p_") for name in rows.columns if name.startswith("p_")]
        downloads.offer_csv(lambda: answer_table.tabulate(rows, classes), f"{about.id}-images.csv", label="Images, CSV")
        st.button(
            "Ask about others", icon=":material/add:", type="tertiary", on_click=state.forget, args=(state.BATCH,)
        )
        if st.button("Delete", icon=":material/delete:", type="tertiary"):
            _confirm_delete(about.id)


@st.dialog("Delete these answers?")
def _confirm_delete(answers_id: str) -> None:
    st.write("The answers, the thumbnails and images that came through the browser are removed. Folders of yours stay.")
    st.button("Delete", type="primary", on_click=_delete, args=(answers_id,))


def _delete(answers_id: str) -> None:
    guards.attempt(kept_answers.delete, answers_id)
    state.forget(state.BATCH)


def _show_smears(summary: smears.Summary) -> str | None:
    """How much of each smear; returns the one whose images are wanted."""
    help_ = f"{smear_shares.CAPTION} {' '.join(smears.say_rates(summary))}"
    st.header("Each of them", help=text.plain(help_))
    ordered = smears.sort_by_share(summary.smears)
    drawn = [row for one in ordered if (row := _as_drawn(one))]
    if drawn:
        figure = smear_shares.figure_smear_shares(drawn, summary.positive, summary.subject, theme.current())
        charts.show_chart(figure, key="smear-shares", toolbar=False)
    else:
        st.caption(text.plain(summary.fault))
    left = f", {smear_shares.MOST_ROWS:,} of {len(drawn):,} drawn" if len(drawn) > smear_shares.MOST_ROWS else ""
    with st.expander(f"All {len(ordered):,} as a table{left}"):
        table = smears.tabulate(summary).set_index("smear").loc[[one.name for one in ordered]].reset_index()
        shares = ["corrected", "corrected_low", "corrected_high", "detection_limit"]
        st.dataframe(
            table[list(SMEAR_COLUMNS)].assign(**{name: 100 * table[name].astype(float) for name in shares}),
            hide_index=True,
            key="smear-table",
            column_config={
                name: st.column_config.NumberColumn(title, format="%.1f %%") if name in shares else title
                for name, title in SMEAR_COLUMNS.items()
            },
        )
    names = ["", *(one.name for one in ordered)]
    chosen = st.selectbox(
        "Images of",
        names,
        format_func=lambda name: name or "all",
        **state.follow("smear", "", key="smear-choice", options=names),
    )
    for one in ordered:
        if one.name == chosen:
            st.markdown(text.plain(smears.say_verdict(summary, one)))
            _show_marks(one.cautions)
    return str(chosen) if chosen else None


def _as_drawn(one: smears.Smear) -> smear_shares.Row | None:
    corrected = one.corrected
    share = corrected.share if corrected else None
    if corrected is None or share is None or share.value is None or share.ends is None:
        return None
    return smear_shares.Row(one.name, one.answered, share.value, *share.ends, corrected.limit, bool(corrected.told))


def _show_images(about: kept_answers.About, rows: pd.DataFrame, smear: str | None) -> None:
    """Every image, what needs a person first on top; a ticked one can be looked at on its own."""
    st.header("Images", help="Tick a row to look at its image alone: larger, with its heatmap.")
    of_smear = rows if smear is None else rows[rows["smear"] == smear]
    counts = answer_table.count_kinds(of_smear)
    kinds = list(counts)
    kind = st.segmented_control(
        "Which",
        kinds,
        format_func=lambda one: f"{text.plain(answer_table.say_kind(one))} {counts[one]:,}",
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **state.follow("kind", "", key=f"kind-{len(kinds)}", options=kinds),
    )
    chosen = answer_table.select(of_smear, str(kind))
    pages = -(-len(chosen) // PAGE_ROWS)
    place = st.container()
    page = state.input_page(pages, of=f"answers-{about.id}-{kind}-{smear}")
    shown = chosen.iloc[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    with place:
        _show_table(about, shown)


def _show_table(about: kept_answers.About, shown: pd.DataFrame) -> None:
    key = f"answered-{about.id}-{shown.index[0] if len(shown) else 'none'}-{len(shown)}"
    action = st.container()
    st.dataframe(
        _tabulate(about, shown),
        hide_index=True,
        key=key,
        row_height=ROW_PX,
        height=HEAD_PX + ROW_PX * min(SEEN_ROWS, max(1, len(shown))),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Picture": st.column_config.ImageColumn(width="small"),
            "Why": st.column_config.TextColumn(width="large"),
        },
    )
    ticked = [row for row in st.session_state[key]["selection"]["rows"] if row < len(shown)]
    with action:
        if not ticked:
            return
        row = shown.iloc[ticked[0]]
        if st.button(f"Look at {text.plain(Path(row['path']).name)}", icon=":material/zoom_in:", key="look-alone"):
            item = str(shown.index[ticked[0]])
            parts = {state.VIEW: "one", state.MODEL: about.model, state.BATCH: about.id, state.ITEM: item}
            st.switch_page("pages/predict/page.py", query_params=parts)


def _tabulate(about: kept_answers.About, shown: pd.DataFrame) -> pd.DataFrame:
    thumbnails = _load_thumbnails(about.id, about.at, tuple(shown.index))
    pictures = [f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else "" for jpeg in thumbnails]
    listed = [row for _, row in shown.iterrows()]
    return pd.DataFrame(
        {
            "Picture": pictures,
            "Answer": [answer_table.say_answer(row) for row in listed],
            "Probability": [_say_probability(answer_table.find_probability(row)) for row in listed],
            "Why": [answer_table.say_why(row) if row["needs"] else "" for row in listed],
            "Belongs to": shown["smear"],
            "Image": [Path(path).name for path in shown["path"]],
        }
    )


def _say_probability(value: float | None) -> str:
    return "" if value is None else template.describe_share(value)

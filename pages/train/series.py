"""Series: the same training over folds of the patients or over seeds, what they cost, and what came of them."""

from typing import Any

import streamlit as st

from core.base import background, progress
from core.datasets.index import index
from core.experiments import series, series_plans
from core.models import package
from core.training import duration, recipe, run
from pages.kit import guards, headline, state, text
from pages.train import recipe_form, series_results

POLL_SECONDS = 2.0
ONE_RUN = {"panel": "run"}  # the Train page's view of a single training (pages.train.chosen_run.VIEW)
KINDS = {"folds": "Folds of the {who}", "repeats": "Repeats over seeds"}
USUAL_COUNT = {"folds": 5, "repeats": 3}
MEANINGS = {
    "folds": "The {who} are dealt out in {count} parts. Each training is tested on one of them and never sees it "
    "before, so that together they test every image once. It says how good the recipe is, and how much that depends on "
    "the {who}.",
    "repeats": "The same settings {count} times, with seeds one after the other. It says how much of a result is the "
    "luck of the seed{split}.",
}


def input_series(data: index.Index, wanted: recipe.Recipe) -> None:
    """The kind and the number of a series of such trainings, what it costs, and the button that starts it."""
    who = "patients" if data.has_groups else "images"
    kind = st.segmented_control(
        "Kind of series",
        list(KINDS),
        format_func=lambda kind: KINDS[kind].format(who=who),
        default="folds",
        required=True,
        key="series-kind",
        label_visibility="collapsed",
    )
    low, high = series_plans.COUNTS[kind]
    label = "How many folds" if kind == "folds" else "How many trainings"
    count = int(st.number_input(label, low, high, USUAL_COUNT[kind], key=f"series-count-{kind}"))
    own_split = wanted.saved_split or wanted.split == "given"
    if kind == "folds" and own_split:
        st.info(f"Folds divide the {who} anew. Choose “By {who[:-1]}” as the split above.", icon=":material/info:")
    moved = "" if own_split else f" and of which {who} are tested, since each seed divides them anew"
    with guards.faults_as_messages():
        st.caption(_say_cost(data, wanted, kind, count), help=MEANINGS[kind].format(count=count, split=moved, who=who))
    if st.button(
        f"Train {count} models",
        icon=":material/stacks:",
        key="series-start",
        disabled=kind == "folds" and bool(own_split),
    ):
        with guards.faults_as_messages(), st.spinner("Dividing the images …"):
            name, log = recipe_form.recall_name(), recipe_form.recall_log()
            created = series.create_series(wanted, kind=kind, count=count, save_as=name, tensorboard=log)
        state.remember(state.SERIES, created.id)
        st.toast(f"{count} trainings wait in the queue.", icon=":material/stacks:")
        st.rerun()


def _say_cost(data: index.Index, wanted: recipe.Recipe, kind: str, count: int) -> str:
    """What a series takes, in words, from the trainings that ran here."""
    measured = duration.find_pace(wanted, run.list_runs())
    what = f"{count} trainings of at most {wanted.epochs:,} epochs each; they wait in the queue, and each makes a model"
    before = duration.describe_backbone_of_series(wanted, data, count, folds=kind == "folds")
    if measured is None:
        said = f"{what}. Their epochs take {count} times as long as one's."
    else:
        whole = progress.describe_seconds(measured.seconds_per_epoch * wanted.epochs * count)
        said = f"{what}. At most about {whole} here, one after the other, going by earlier trainings of this kind."
    return f"{said} {before}".strip()


def show_series() -> None:
    """The series of this machine: the chosen one's runs, their mean, spread and interval, and the pooled result."""
    found = {one.id: one for one in series.list_series()}
    for fault in series.list_broken():
        st.caption(text.plain(fault))
    if not found:
        headline.show_headline(
            "No series yet",
            note="Your series will stand here: several trainings of the same settings, and how far they lie apart. The "
            "form of a new training begins one.",
        )
        return
    chosen = found[state.input_choice(state.SERIES, "Series", list(found), show=lambda key: _say_title(found[key]))]
    active = any(one.state.is_active for one in chosen.read_runs())
    st.fragment(_show_live, run_every=POLL_SECONDS if active else None)(chosen, active)


def _say_title(found: series.Series) -> str:
    how = f"{found.facts.count} {'folds' if found.kind == 'folds' else 'repeats'}"
    started = f"{found.id[6:8]}.{found.id[4:6]}. {found.id[9:11]}:{found.id[11:13]}"
    return f"{found.recipe.architecture} on {found.recipe.dataset}, {how}, {started}"


def _show_live(found: series.Series, was_active: bool) -> None:
    states = {one.id: one.state for one in found.read_runs()}
    if was_active != any(one.is_active for one in states.values()):
        st.rerun()  # the whole page: what polls, and the queue beside it, are of its making
    here = {entry.id: entry.manifest.created for entry in package.list_packages()}
    models = {run_id: one.details.model_id for run_id, one in states.items()}
    stamp = tuple((run_id, states[run_id].name, here.get(model_id or "")) for run_id, model_id in models.items())
    with guards.faults_as_messages():
        summed = _summarise(found, found.id, stamp)
    series_results.show_verdict(summed)
    if summed["leaky"]:
        st.badge("Leaky split", icon=":material/warning:", color="red", help="These numbers are too good.")
    _show_progress(found, summed, states)
    series_results.show_spread(found, summed)
    series_results.show_means(summed)
    series_results.show_runs(found, summed)


@st.cache_data(max_entries=16, show_spinner="Summing up the trainings …")
def _summarise(_found: series.Series, series_id: str, stamp: tuple[tuple[str, str, Any], ...]) -> dict[str, Any]:
    """Summed up anew only when a run's state or model is another: the pooled interval takes a second or two."""
    return series.summarise(_found)


def _show_progress(found: series.Series, summed: dict[str, Any], states: dict[str, background.State]) -> None:
    """How far it is, a link to each training, and the buttons that stop and go on."""
    active = sum(one.is_active for one in states.values())
    waits = f", {active} under way or waiting" if active else ""
    st.markdown(f"**{summed['n_runs']} of {summed['planned']} trainings count{waits}.**")
    with st.container(horizontal=True):
        for row in summed["runs"]:
            label = f"{series_results.name_run(found, row)} · {row['status']}"
            if row["status"] == "missing":
                st.caption(label)
            else:
                st.page_link("pages/train/page.py", label=label, query_params={state.RUN: row["run_id"], **ONE_RUN})
    with st.container(horizontal=True):
        if active:
            st.button(
                "Stop all",
                icon=":material/stop:",
                key="series-stop",
                on_click=guards.attempt,
                args=(series.stop_series, found),
            )
        if any(one.can_resume for one in states.values()):
            st.button(
                "Resume what is left",
                icon=":material/play_arrow:",
                key="series-resume",
                on_click=guards.attempt,
                args=(series.resume_series, found),
            )

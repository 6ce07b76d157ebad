"""The next version of the data set: what would be in it, the button that makes it, and the training on it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import index
from core.datasets.intake import versions
from core.jobs import jobs
from core.models import package
from core.review import next_dataset, retraining, settled_cases
from pages.kit import cache, guards, headline, signature, state, text
from pages.review import challenge_data

WHO = "version-by"
HELP = (
    "New cases are dealt by patient, one in six into the test. Whoever the champion has seen stays on the side where "
    "it was; its test images stay as they are, whatever was settled about them. The data set of before is not touched."
)


def show(head: DeltaGenerator, beside: DeltaGenerator, champion: package.Package, data: index.Index) -> None:
    """What is settled and new; then making it, then training on it. beside : the data set."""
    base = cache.load_index(next_dataset.require_dataset(champion))
    chosen = settled_cases.list_reviews(base.class_names, versions.find_line(base.name))
    planned = challenge_data.load_plan(champion, base, chosen)
    name, _ = versions.suggest_next(versions.find_line(base.name))
    held = next_dataset.find_holder(base, planned)
    with head:
        if held:
            headline.show_headline(f"{held} has all that is settled", note="Train on it: a challenger comes of it.")
        elif planned.changes:
            said = f"{name} would have all of {text.plain(base.name)}, from which the champion learnt, and this."
            headline.show_headline(_say_changes(planned), note=said, reading=HELP)
        else:
            said = "Cases that people settle will stand here, for the next model to learn from."
            headline.show_headline("Nothing new is settled yet", note=said, reading=HELP)
        if planned.count("new") and planned.count("new", "test") == 0:
            st.badge("No new case in the test", icon=":material/warning:", color="orange", help=HELP)
    if planned.changes and not held:
        with beside:
            signature.input_name(WHO, "Who makes it")
        st.button(
            f"Make {name}",
            type="primary",
            icon=":material/library_add:",
            on_click=signature.decide,
            args=(WHO, lambda by: jobs.start_job("version", name, model=champion.id, by=by)),
        )
    _show_counts(planned)
    _show_versions(champion, base)


def _say_changes(planned: next_dataset.Plan) -> str:
    new, corrected, dropped = (planned.count(kind) for kind in ("new", "relabelled", "left out"))
    parts = [f"{new:,} new case{'s' * (new != 1)}"]
    parts += [f"{corrected:,} corrected label{'s' * (corrected != 1)}"] if corrected else []
    parts += [f"{dropped:,} left out"] if dropped else []
    return f"The next version would bring {', '.join(parts)}"


def _show_counts(planned: next_dataset.Plan) -> None:
    rows = [
        ("New, for training", planned.count("new", "train")),
        ("New, for validation", planned.count("new", "validation")),
        ("New, for the test", planned.count("new", "test")),
        ("Corrected labels, in training and validation", planned.count("relabelled")),
        ("Left out: no such image", planned.count("left out")),
        ("Not taken: of the frozen test, which stays as it is", planned.frozen),
        ("Not taken: settled without a class", planned.undecided),
        ("Not taken: tied to two sides", planned.torn),
        ("Nothing to change: settled as they are labelled", planned.known),
    ]
    shown = [{"Settled cases": name, "Images": count} for name, count in rows if count]
    if shown:
        st.dataframe(shown, hide_index=True, key="version-counts")


def _show_versions(champion: package.Package, base: index.Index) -> None:
    """Versions that were made from the champion's data set, and the training on each."""
    line = versions.find_line(base.name)
    made = [name for name in guards.list_ready() if name != line and versions.find_line(name) == line]
    if not made:
        return
    st.header("Train on a version")
    for name in made:
        said = versions.read_version(name)
        words, button = st.columns([4, 2], vertical_alignment="center")
        if said is not None:
            words.markdown(
                f"**{text.plain(name)}**: {len(said.changes):,} changes to {text.plain(said.made_from)}, made by "
                f"{text.plain(said.by)} on {said.at[:10]}."
            )
        button.button(
            "Train as the champion was",
            key=f"train-{name}",
            icon=":material/model_training:",
            help="The champion's recipe, from scratch, on the split that was kept. It runs in the background.",
            on_click=guards.attempt,
            args=(_train, champion, name),
        )
    st.page_link("pages/train/page.py", label="Watch it, or choose other settings", icon=":material/arrow_forward:")


def _train(champion: package.Package, name: str) -> None:
    created = retraining.start(champion, name)
    st.toast(f"{text.plain(created.id)} is on its way. Train shows how it learns.", icon=":material/model_training:")
    state.remember(state.DATASET, name)

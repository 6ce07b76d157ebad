"""What dividing at random adds: a model and its twin, the same network on the same data set divided the other way."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base import errors
from core.datasets.splits import split_words
from core.figures import split_gap
from core.models import choosing, package
from core.results import cross_evaluation, split_twins
from core.statistics import estimate, metrics_table, words
from core.training import recipe, run
from pages.compare import pairs
from pages.kit import charts, downloads, guards, headline, state, text, theme

LESSON = (
    "Images of one patient resemble each other: the same stain, the same camera, the same blood. Where they stand on "
    "both sides of the split, a network can recognise the patient instead of the finding, and the test cannot notice. "
    "The number that counts for new patients is the one with patients kept apart."
)
NOBODY_KNOWN = "No split can keep patients apart, so there is no effect to show."


def show_effect(models: list[package.Package]) -> None:
    """The lesson in one picture; where there is no twin, what would train it."""
    head = st.container()
    found = _input_model(models)
    twin = split_twins.find_twin(found, models)
    if not found.manifest.split.knows_patients:
        with head:
            headline.show_headline("No patient is known in these images", note=NOBODY_KNOWN)
    elif twin is None:
        _offer_twin(found, head)
    else:
        _show_effect(found, twin, head)
    with st.expander("Why patients are kept apart", icon=":material/school:"):
        st.markdown(LESSON)


def _input_model(models: list[package.Package]) -> package.Package:
    """The model whose split is asked about; at first one that has a twin."""
    found = {entry.id: entry for entry in models}
    if state.recall(pairs.A) not in found:
        twice = [entry.id for entry in models if split_twins.find_twin(entry, models) is not None]
        state.remember(pairs.A, (twice or list(found))[0])
    return found[state.input_choice(pairs.A, "Model", list(found), show=lambda name: _say_model(found[name]))]


def _say_model(found: package.Package) -> str:
    return f"{found.id} ({split_words.say_kind(found.manifest.split)}) · {choosing.say_origin(found)}"


def _show_effect(found: package.Package, twin: package.Package, head: DeltaGenerator) -> None:
    effect = _effect(found, twin, pairs.identify(found), pairs.identify(twin))
    honest, leaky = (twin, found) if found.is_leaky else (found, twin)
    with head:
        headline.show_headline(effect["headline"], note=text.plain(effect["basis"]))
    sides = [_make_side(entry) for entry in (honest, leaky)]
    if sides[0] is not None and sides[1] is not None:
        said = f"{100 * (sides[1].value - sides[0].value):+.1f} points".replace("-", "−")
        figure = split_gap.figure_split_gap(sides[0], sides[1], said, theme.current())
        charts.show_chart(figure, key="split-gap", toolbar=False)
        st.caption(split_gap.CAPTION, help=split_gap.READING)
    table = pd.DataFrame([_describe(entry) for entry in (honest, leaky)])
    st.dataframe(table, hide_index=True, key="split-table")
    downloads.offer_csv(lambda: table, f"{found.id}-split-effect.csv")


@st.cache_data(max_entries=32, show_spinner=False)
def _effect(_found: package.Package, _twin: package.Package, found: pairs.Key, twin: pairs.Key) -> dict[str, Any]:
    return split_twins.describe_effect(_found, _twin)


def _make_side(found: package.Package) -> split_gap.Side | None:
    """A model's accuracy for the picture; None where it has no test images."""
    accuracy = found.manifest.test.accuracy
    if accuracy.value is None:
        return None
    return split_gap.Side(_say_rule(found), accuracy.value, accuracy.low, accuracy.high)


def _say_rule(found: package.Package) -> str:
    """How its images were divided, on two lines at most."""
    split = found.manifest.split
    said = split_words.say_rule(split.rule, patients_known=split.knows_patients)
    kept_apart = said == split_words.SAID["patient"] and not found.is_leaky
    return "patients<br>kept apart" if kept_apart else said.replace("as the ", "as the<br>")


def _describe(found: package.Package) -> dict[str, Any]:
    test = found.manifest.test
    return {
        "Split": _say_rule(found).replace("<br>", " ") + (" (leaky)" if found.is_leaky else ""),
        "Model": found.id,
        **{one.title: estimate.find(test, one.key).say(one.form) for one in metrics_table.list_headlines()},
        "Tested on": words.say_sample(test),
        "Created": found.manifest.created[:10],
    }


def _offer_twin(found: package.Package, head: DeltaGenerator) -> None:
    """What would show the effect: the same recipe, divided the other way; the button and the command."""
    other = "by patient" if found.is_leaky else "at random"
    with head:
        headline.show_headline(
            f"{found.id} has no twin yet",
            note=f"The same network on the same images, divided {other}. What the split does to the numbers will "
            "stand here.",
        )
    wanted = _make_recipe(found)
    if wanted is None:
        return
    if found.is_leaky:
        st.caption("A model that is split by patient can be judged; the random one then shows what the leak was worth.")
    else:
        st.caption("The twin is for this lesson only: it is leaky on purpose, and every page says so. Do not use it.")
    if st.button(f"Train the twin ({other})", icon=":material/model_training:", key=f"twin-{found.id}"):
        with guards.faults_as_messages(), st.spinner("Dividing the images …"):
            created = run.create_run(wanted)
            run.start_run(created)
        st.switch_page("pages/train/page.py", query_params={state.RUN: created.id})
    st.caption("The same from a terminal:")
    st.code(wanted.as_command(), language="bash", wrap_lines=True)


def _make_recipe(found: package.Package) -> recipe.Recipe | None:
    """The model's recipe with the other rule, on the data set as it is called here; None, said, where it cannot be."""
    name = cross_evaluation.find_dataset(found)
    if name is None:
        st.caption(f"Its data set, {text.plain(found.manifest.dataset.name)}, is not on this machine.")
        return None
    try:
        trained = recipe.Recipe.from_json(found.manifest.recipe)
        return replace(trained, dataset=name, split="patient" if found.is_leaky else "random", saved_split="")
    except errors.RecipeNotUsable as error:
        st.caption(text.plain(str(error)))
        return None

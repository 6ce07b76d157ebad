"""Predict's trust line: what speaks against the answer, the training images most like it, and whether to believe the
heatmap, which is another question."""

from dataclasses import replace
from typing import Literal

import pandas as pd
import streamlit as st

from core.gate import gate
from core.jobs import jobs as background_jobs
from core.models import package
from core.prediction import decision, examples, map_trust, predictor, similar, trust
from core.runtimes import base
from core.statistics import estimate
from pages.kit import answer_view, cache, guards, image_grid, jobs, text, tile_component, trust_cache

VERB = "similar"
Look = tuple[Literal["green", "gray", "orange", "red"], str]  # of a badge: its colour, and a shape of its own
BADGES: dict[int, Look] = {
    trust.HOLDS: ("green", ":material/check_circle:"),
    trust.UNTOLD: ("gray", ":material/help:"),
    trust.MIXED: ("orange", ":material/warning:"),
    trust.WEAK: ("red", ":material/report:"),
}
OF_MAP: dict[str, Look] = {
    map_trust.SUPPORTED: ("green", ":material/check_circle:"),
    map_trust.UNSUPPORTED: ("orange", ":material/warning:"),
    map_trust.NOT_KNOWN: ("gray", ":material/help:"),
}
OTHERWISE = {trust.HOLDS: "None", trust.MIXED: "At most half", trust.WEAK: "More than half"}
NARROWEST_PX = 62  # of a tile: five in a row
OTHER = "≠"  # before the class of a similar case that is labelled otherwise than the answer


def show_trust(
    found: package.Package,
    example: examples.Example,
    answer: predictor.Prediction,
    judged: gate.Verdict | None,
    *,
    trained: bool,
) -> trust_cache.Found | None:
    """The mark of how far to trust the answer, with its reasons; returns the similar cases that it rests on, if any."""
    near = trust_cache.load_similar(found, example, answer.image_sha256)
    answered = decision.decide(found, answer.probabilities)
    said = trust.judge(answered, judged, near.similar if near else None, trained=trained)
    colour, icon = BADGES[said.level]
    st.badge(said.headline, icon=icon, color=colour, help=text.plain(said.reasons[0].words))
    with st.popover("What it rests on", icon=":material/fact_check:", type="tertiary"):
        _show_reasons(found, said, near)
    return near


def _show_reasons(found: package.Package, said: trust.Trust, near: trust_cache.Found | None) -> None:
    for reason in said.reasons:
        st.markdown(f"{BADGES[reason.level][1]} {text.plain(reason.words)}")
    if near and near.similar.whole:
        _show_worth(trust_cache.load_worth(found, near))
    st.caption(
        "This is about the answer. No sign against it does not make it right, and whether to believe the heatmap is "
        "another question: it is answered under the heatmap."
    )


def _show_worth(worth: dict[int, estimate.Estimate]) -> None:
    """What other answers with as many neighbours labelled otherwise were worth."""
    rows = {title: worth[level] for level, title in OTHERWISE.items() if level in worth}
    table = pd.DataFrame(
        {"Right": [one.say(estimate.PER_CENT) for one in rows.values()], "n": [f"{one.n:,}" for one in rows.values()]},
        index=pd.Index(list(rows), name="Similar cases labelled otherwise"),
    )
    st.table(table, width="stretch")
    st.caption("Answers to its validation images, with 95 % intervals: over patients, where these are known.")


def show_similar(found: package.Package, answer: predictor.Prediction, near: trust_cache.Found | None) -> None:
    """The five training images most like this one, each with its label and patient; where to look for better ones."""
    st.header("Most similar training images", help=cache.explain("similar cases"))
    if near is None:
        st.caption(f"They cannot be shown: {trust.NO_TELLING} ({text.plain(found.manifest.dataset.name)}).")
        return
    class_name = decision.decide(found, answer.probabilities).class_name
    tile_component.show_tiles(
        [_make_tile(near, one, class_name) for one in near.similar.neighbours],
        key="near",
        label="The most similar training images",
        across=len(near.similar.neighbours),
        narrowest_px=NARROWEST_PX,
        wrapped=True,
    )
    others = near.similar.count_other(class_name)
    marked = f"{others} of {len(near.similar.neighbours)} are labelled otherwise ({OTHER}). " if others else ""
    among = f"all {near.similar.among:,}" if near.similar.whole else f"only {near.similar.among:,} of its"
    st.caption(f"{marked}Nearest to the network among {among} training images.")
    if not near.similar.whole:
        _offer_search(found, near)


def _make_tile(near: trust_cache.Found, one: similar.Neighbour, answered: str) -> tile_component.Tile:
    tile = image_grid.make_tile(near.data, one.row, one.group, label=one.class_name or None)
    name = tile.name if one.class_name == answered else f"{OTHER} {tile.name}"
    return replace(tile, name=name, alt=f"A similar training image, labelled {tile.name}")


def _offer_search(found: package.Package, near: trust_cache.Found) -> None:
    """The button that has the model asked about all its training images, in the background."""
    own = [job for job in background_jobs.list_jobs() if _searches(job, found)]
    if any(job.state.is_active for job in own):
        jobs.show_jobs()
        return
    if st.button("Search all training images", icon=":material/manage_search:", key="similar-start"):
        with guards.faults_as_messages():
            background_jobs.start_job(VERB, near.data.name, model=found.id)
        st.rerun()
    if any(job.state.name == "failed" for job in own):
        jobs.show_jobs()


def _searches(job: background_jobs.Job, found: package.Package) -> bool:
    return job.verb == VERB and job.arguments.model == found.id


def show_map_trust(found: package.Package, example: examples.Example, wanted: answer_view.Evidence) -> None:
    """Whether to believe the heatmap: tested by deletion and insertion, with what else is known of it."""
    facts = trust_cache.load_map_facts(
        found,
        wanted.method,
        found.class_names.index(wanted.class_name),
        example.image_rgb,
        image_sha256=predictor.hash_image(example.image_rgb),
        layer_name=wanted.layer_name,
    )
    if isinstance(facts, base.Lacking):
        return
    colour, icon = OF_MAP[facts.verdict]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="map-trust"):
        st.badge(f"Heatmap: {facts.verdict}", icon=icon, color=colour)
        with st.popover("How it was tested", icon=":material/fact_check:", type="tertiary"):
            st.markdown(text.plain(facts.say_support()))
            st.markdown("\n".join(f"- {text.plain(said)}" for said in facts.list_facts()))
            st.caption(
                "Random maps have the same values at other places. This tests the heatmap, not the answer: heatmaps of "
                "wrong answers pass about as often. What rests on something being absent is brought back by no place."
            )

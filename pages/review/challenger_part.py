"""Challenger against champion: the margin first, then the look, then what a person decides."""

import functools

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import index
from core.figures import differences, learning_curve, template
from core.jobs import jobs
from core.models import champions, package
from core.results import challenges, cross_evaluation, succession
from core.statistics import estimate, promotion
from pages.kit import charts, guards, headline, model_names, signature, state, text, theme
from pages.review import challenge_data, changed_cases

CHALLENGER = "challenger"  # in the address
WHO, WHY, MARGIN = "champion-by", "champion-why", "champion-margin"
MARGIN_HELP = (
    "How much less often right the challenger might be, at the far end of the 95 % interval, and still come in. Say it "
    "before you look: afterwards it stays."
)


def show(head: DeltaGenerator, beside: DeltaGenerator, champion: package.Package, data: index.Index) -> None:
    """The verdict, or what is missing for one; then the curve over versions and the way back. beside : the data set."""
    models = {found.id: found for found in challenges.list_models(data.name)}
    others = [found.id for found in models.values() if found.id != champion.id]
    if not others:
        with head:
            headline.show_headline(
                f"{champion.id} has no challenger yet",
                note="Make the next version of the data set and train on it: that model will stand here beside it.",
            )
    else:
        show_name = functools.partial(model_names.name_model, models)
        with beside:
            asked = state.input_choice(CHALLENGER, "Challenger", others, show=show_name)
        _show_duel(head, champion, models[asked], data.name)
    _show_curve(list(models.values()), champion)
    _show_history(champion, data.name)


def _show_duel(head: DeltaGenerator, champion: package.Package, challenger: package.Package, dataset: str) -> None:
    missing = challenges.find_missing(champion, challenger)
    looked = challenges.find_look(champion, challenger, dataset)
    if missing:
        with head:
            headline.show_headline(
                f"{missing[0][0].id} has not answered all test images yet", note="Both answer the same images first."
            )
        _offer_answers(missing)
        return
    if looked is None:
        with head:
            headline.show_headline(
                f"{challenger.id} against {champion.id}: not compared yet",
                note=f"The frozen test has been looked at for {challenges.count_looks(dataset):,} pairs so far; each "
                "look makes it worth less.",
            )
        _offer_look(champion, challenger, dataset)
        return
    found = challenge_data.load_challenge(champion, challenger, looked.margin)
    with head:
        headline.show_headline(
            challenges.say_headline(found), note=_say_terms(looked, dataset), reading=_say_reading(found)
        )
    charts.show_chart(_draw(found), key="challenge", toolbar=False)
    st.caption(
        f"The challenger less the champion on the same images, 95 % interval. {_say_few(found)}", help=_say_set(found)
    )
    changed_cases.show(found)  # before anybody decides
    if found.verdict.allowed:
        _offer_promotion(found, dataset)


def _offer_answers(missing: list[tuple[package.Package, package.Package]]) -> None:
    for asked, on in missing:
        name = cross_evaluation.find_dataset(on)
        st.button(
            f"Let {text.plain(asked.id)} answer the test images of {text.plain(on.id)}",
            type="primary",
            icon=":material/play_arrow:",
            key=f"answer-{asked.id}-{on.id}",
            disabled=name is None,
            help="In the background. Images that it was trained on are left out.",
            on_click=guards.attempt,
            args=(_start_answering, name, asked.id, on.id),
        )


def _start_answering(dataset: str, asked: str, on: str) -> None:
    jobs.start_job("cross", dataset, model=asked, on=on)


def _offer_look(champion: package.Package, challenger: package.Package, dataset: str) -> None:
    left, right = st.columns(2)
    low, high = (100 * end for end in challenges.MARGINS)
    with left:
        st.number_input("Margin, points", low, high, 100 * challenges.MARGIN, 0.5, "%.1f", MARGIN, MARGIN_HELP)
    with right:
        signature.input_name(WHO)
    st.button(
        "State the margin and compare",
        type="primary",
        icon=":material/balance:",
        on_click=signature.decide,
        args=(WHO, functools.partial(_look, champion, challenger, dataset)),
    )


def _look(champion: package.Package, challenger: package.Package, dataset: str, by: str) -> None:
    margin = round(float(st.session_state[MARGIN]) / 100, 6)
    challenges.look(champion, challenger, dataset, margin=margin, by=by)


def _say_terms(looked: champions.Entry, dataset: str) -> str:
    points = estimate.DISTANCE.say(looked.margin)
    return (
        f"Margin {points}, stated by {text.plain(looked.by)} on {looked.at[:10]}; the frozen test was looked at for "
        f"{challenges.count_looks(dataset):,} pair{'s' * (challenges.count_looks(dataset) != 1)}."
    )


def _say_reading(found: challenges.Challenge) -> str:
    return text.plain(" ".join([*found.verdict.reasons, *found.notes]))


def _say_few(found: challenges.Challenge) -> str:
    """How many new cases there are where they are too few for a bar of their own."""
    new = found.verdict.new
    if new is not None and new.is_enough:
        return ""
    needed = new.needed if new else found.verdict.frozen.needed if found.verdict.frozen else 0
    return f"New cases that were drawn at random: {new.gain.n if new else 0:,}, and it takes {needed:,} to count."


def _say_set(found: challenges.Challenge) -> str:
    said = "Of new cases only those count that had been drawn at random: the others were read since they were hard."
    if found.chosen.value is not None:
        said += f" On all {found.chosen.n:,} new cases: {found.chosen.say(estimate.POINTS)} points."
    return said


@st.cache_resource(max_entries=16, show_spinner=False)
def _draw_rows(rows: tuple[differences.Difference, ...], look: template.Theme) -> object:
    return differences.figure_differences(rows, look, names=("champion", "challenger"))


def _draw(found: challenges.Challenge) -> object:
    parts = (("Frozen test", found.verdict.frozen), ("New cases", found.verdict.new))
    shown = [(name, part) for name, part in parts if part is not None]
    # The interval of a handful of cases would flatten all others; their count is said under the figure.
    rows = [_describe(name, part) for name, part in shown if part.is_enough] or [_describe(*one) for one in shown[:1]]
    return _draw_rows(tuple(rows), theme.current())


def _describe(name: str, part: promotion.Difference) -> differences.Difference:
    gain = part.gain
    said = f"{gain.say(estimate.POINTS)}<br>n = {gain.n:,}"
    return differences.Difference(name, gain.value, gain.low, gain.high, said)


def _offer_promotion(found: challenges.Challenge, dataset: str) -> None:
    st.header("Decide")
    left, right = st.columns(2)
    with left:
        signature.input_name(WHO)
    right.text_input("Why", key=WHY, max_chars=champions.LONGEST_WHY)
    st.button(
        f"Make {text.plain(found.challenger.id)} the champion",
        type="primary",
        icon=":material/trophy:",
        on_click=signature.decide,
        args=(WHO, functools.partial(_promote, found, dataset)),
    )


def _promote(found: challenges.Challenge, dataset: str, by: str) -> None:
    why = str(st.session_state.get(WHY, ""))
    succession.promote(found.challenger, dataset, by=by, why=why, evidence=found.evidence)
    state.forget(CHALLENGER)


def _show_curve(models: list[package.Package], champion: package.Package) -> None:
    points = [one for one in challenge_data.load_points(models) if one.accuracy.value is not None]
    if not points:
        return
    st.header("Quality against reviewed cases")
    drawn = [
        learning_curve.Trained(
            one.model,
            one.version,
            one.settled,
            one.accuracy.value or 0.0,
            one.accuracy.low,
            one.accuracy.high,
            one.model == champion.id,
        )
        for one in points
    ]
    charts.show_chart(learning_curve.figure_learning_curve(drawn, theme.current()), key="learning-curve", toolbar=False)
    st.caption(f"{learning_curve.CAPTION} n = {points[0].accuracy.n:,}.", help=learning_curve.READING)


def _show_history(champion: package.Package, dataset: str) -> None:
    """Who decided what, and the way back."""
    entries = [one for one in champions.read_entries(dataset) if one.kind != champions.LOOKED]
    standing = champions.list_standing(entries)
    with st.expander(f"Champion: {text.plain(champion.id)}", icon=":material/trophy:", key="champion-history"):
        if not entries:
            st.markdown("Nobody has decided yet: it answers first by its test result.")
        for one in entries[::-1]:
            said = f" in place of {text.plain(one.previous)}" if one.previous else ""
            why = f": {text.plain(one.why)}" if one.why else ""
            st.markdown(f"{one.at[:10]} {one.kind}: **{text.plain(one.model)}**{said}, by {text.plain(one.by)}{why}")
        if len(standing) > 1:
            signature.input_name(f"{WHO}-back")
            st.button(
                f"Go back to {text.plain(standing[-2].model)}",
                icon=":material/undo:",
                on_click=signature.decide,
                args=(f"{WHO}-back", lambda by: succession.roll_back(dataset, by=by)),
            )

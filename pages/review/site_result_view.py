"""What came of a check: the verdict, the rates here beside those at home, keeping it, and what would be right here."""

import functools

import pandas as pd
import streamlit as st

from core.base import errors
from core.models import package, site_record
from core.results import site_checks, site_decisions
from core.review import review_record, reviews, site_pool, site_result, site_rows
from core.statistics import aims, estimate, recalibration, site_verdict
from pages.kit import cache, guards, headline, reader, signature, state, text

NAMES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "accuracy": "Accuracy",
    "prevalence": "Prevalence",
}
POINTS = estimate.Form(100, 0, signed=True, minus="\N{MINUS SIGN}")
WEIGHTED = (
    "Each image that was read counts for as many as it stands for. The truth is what readers said before they saw the "
    "model's answer. 95 % intervals; PPV, NPV and prevalence are those of these images, and of no other place."
)


def show(found: package.Package, review: review_record.Review) -> None:
    """All of one check."""
    with guards.faults_as_messages():
        result = site_result.measure(review.id)
    _show_verdict(found, result)
    eye, hand = st.columns([3, 2], gap="large")
    with eye:
        _show_rates(result)
        _show_counts(result)
    with hand:
        if result.verdict is None:
            _show_way(result)
        else:
            _show_keeping(found, result)
            _show_offers(found, result)


def _show_verdict(found: package.Package, result: site_result.Result) -> None:
    place = text.plain(result.facts.site)
    rule = site_verdict.say_rule(result.facts.margin, result.facts.floor)
    if result.verdict is None:
        words = f"{result.read:,} of {result.asked:,} read"
        headline.show_headline(
            words, note=f"The verdict on {place} stands here once all are read, and none is disputed.", reading=rule
        )
    else:
        said = result.verdict.words
        more = " A new check with more images may tell." if result.verdict.kind == site_verdict.UNDECIDED else ""
        headline.show_headline(
            f"{result.facts.site}: {said[:1].lower()}{said[1:]}", note=f"{result.verdict.why}{more}", reading=rule
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not site_result.matches(result, found):
            _mark("The model has changed since", "It has another network, gate, threshold or temperature by now.")
        if result.verdict is not None and result.read < result.asked:
            said = f"The review was closed when {result.read:,} of {result.asked:,} images were read."
            _mark(f"Only {result.read:,} of {result.asked:,} read", said)
        if result.review.settings.mode != review_record.BLIND_FIRST:
            _mark("Not read blind", "The model was shown from the beginning: the rates lean to it.")
        if found.is_leaky:
            _mark("Leaky split", "What it did at home is flattered, so that here looks worse than it is.")


def _mark(words: str, meaning: str) -> None:
    st.badge(words, icon=":material/warning:", color="orange", help=meaning)


def _show_rates(result: site_result.Result) -> None:
    st.header("Here and at home", help=WEIGHTED)
    if not result.read:
        st.caption("Rates will stand here as soon as some images are read.")
        return
    rows = []
    for name, title in NAMES.items():
        here: estimate.Estimate = getattr(result.rates, name)
        row = {"": title, "Here": here.say(site_checks.WHOLE), "n": f"{here.n:,}", "At home": "", "Difference": ""}
        if name in site_verdict.RATES:
            row["At home"] = result.home[name].say(site_checks.WHOLE)
            row["Difference"] = result.differences[name].say(POINTS)
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"site-rates-{result.review.id}")
    seen = "" if result.verdict is not None else f"So far, of {result.read:,} of {result.asked:,} images. "
    st.caption(
        f"{seen}Home is the model's own test; differences in points.",
        help="At home n counts the images of each class. Those who stop reading when the numbers please have other "
        "numbers: the verdict waits for all.",
    )


def _show_counts(result: site_result.Result) -> None:
    """What the rates leave out, and how much hangs on it."""
    untold, not_such = result.count(review_record.CANNOT_TELL), result.count(review_record.NOT_SUCH)
    refused, pool = result.refused, result.facts.pool
    said = [f"Could not be told: **{untold:,}**. Not such an image: **{not_such:,}**."]
    if pool[site_pool.REFUSED]:
        such = refused.such.say(site_checks.WHOLE) if refused.read else "not known how many"
        said.append(
            f"The model does not know {refused.share.say(site_checks.WHOLE)} of the images. Of {refused.read:,} that "
            f"were read of these, {such} are such images after all."
        )
    if result.changed:
        images = "1 answer" if result.changed == 1 else f"{result.changed:,} answers"
        said.append(f"{images} changed once the model was seen; the rates are of those before.")
    st.markdown(" ".join(said))
    with st.expander("How much hangs on this", icon=":material/rule:"):
        sides = {"As above": result.rates, "By answers after the model was seen": result.with_model}
        if untold:
            sides |= {"If all untold were wrong": result.least, "If all untold were right": result.most}
        rows = [
            {
                "": name,
                "Sensitivity": rates.sensitivity.say(site_checks.WHOLE),
                "Specificity": rates.specificity.say(site_checks.WHOLE),
            }
            for name, rates in sides.items()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"site-sides-{result.review.id}")
        st.caption(text.plain(_say_drawing(result)))
        st.download_button(
            "Images, CSV",
            cache.as_csv(result.rows.assign(readers=result.rows["readers"].str.join(", "))),
            f"site-check-{result.review.id}.csv",
            type="tertiary",
            icon=":material/download:",
        )


def _say_drawing(result: site_result.Result) -> str:
    facts = result.facts
    pool, drawn, left_out = facts.pool, facts.drawn, facts.left_out
    parts = {site_pool.FLAGGED: "called positive", site_pool.REST: "of the rest", site_pool.REFUSED: "not known"}
    said = ", ".join(f"{drawn.get(part, 0):,} of {pool[part]:,} {words}" for part, words in parts.items())
    return f"Drawn by seed {result.review.settings.seed}: {said}. Left out before: {sum(left_out.values()):,}."


def _show_way(result: site_result.Result) -> None:
    """On to reading; or to an end of it."""
    st.header("Next")
    st.progress(result.read / max(result.asked, 1), f"{result.read:,} of {result.asked:,} read")
    st.button(
        "Read", type="primary", icon=":material/visibility:", key="site-read", on_click=_go_reading, args=(result,)
    )
    disputed = result.count(site_rows.DISPUTED)
    if disputed:
        st.button(f"Settle {disputed:,}", key="site-settle", on_click=_go_reading, args=(result, "settle"))
    if result.read:
        with st.popover("End reading here", icon=":material/stop:", type="tertiary"):
            st.write("The verdict is then on those that are read, and says how many that was.")
            st.button("End it", key="site-close", on_click=_end, args=(result.review.id,))


def _go_reading(result: site_result.Result, view: str = "read") -> None:
    state.remember(state.VIEW, view)
    state.remember("review", str(result.review.id))


def _show_keeping(found: package.Package, result: site_result.Result) -> None:
    """The check is kept with the model by a person."""
    st.header("Keep it", help="It goes into the model's manifest, travels with it, and stays when images are deleted.")
    kept = [one for one in site_checks.list_checks(found) if _is_of(one, result)]
    if kept:
        by = text.plain(kept[-1].by)
        st.markdown(f":material/check: Kept with the model by {by} on {kept[-1].at[:10]}. Predict says so beside it.")
        return
    key = f"site-keep-{result.review.id}"
    signature.input_name(f"{key}-who", "Who keeps it")
    act = functools.partial(_keep, found, result)
    st.button(
        "Keep with the model",
        type="primary",
        icon=":material/save:",
        key=key,
        on_click=signature.decide,
        args=(f"{key}-who", act),
    )


def _is_of(check: site_record.SiteCheck, result: site_result.Result) -> bool:
    return (check.review_id, check.review) == (result.review.id, result.review.name)


def _keep(found: package.Package, result: site_result.Result, by: str) -> None:
    site_checks.keep(found, site_result.describe(result), by=by)
    st.toast("The check was kept with the model.", icon=":material/check:")


def _show_offers(found: package.Package, result: site_result.Result) -> None:
    """What threshold and temperature these images ask for; kept by a person alone."""
    st.header("What would be right here")
    try:
        proposed = site_result.propose(result, found)
    except errors.SettingNotUsable:
        st.caption("The model has changed since: check it as it is now.")
        return
    site = site_record.ChosenAt(name=result.facts.site, n=len(result.judged))
    key = f"site-offer-{result.review.id}"
    for said in dict.fromkeys((proposed.threshold.said, proposed.temperature.said)):
        st.caption(text.plain(said))
    if proposed.threshold.here is None and proposed.temperature.here is None:
        return
    st.caption(
        "Whoever keeps it changes what the model answers: check it again, on other images.",
        help="The images that chose a threshold cannot show how well it does.",
    )
    signature.input_name(f"{key}-who", "Who decides")
    with st.container(horizontal=True):
        aim = site_result.find_aim(found)
        if proposed.threshold.here is not None and aim is not None:
            act = functools.partial(_keep_threshold, found, proposed.threshold, aim, site)
            label = f"Answer from {proposed.threshold.here:.3g} on"
            st.button(label, key=f"{key}-threshold", on_click=signature.decide, args=(f"{key}-who", act))
        if proposed.temperature.here is not None:
            heat = functools.partial(_keep_temperature, found, proposed.temperature, site)
            label = f"Temperature {proposed.temperature.here:.2f}"
            st.button(label, key=f"{key}-temperature", on_click=signature.decide, args=(f"{key}-who", heat))


def _keep_threshold(
    found: package.Package, offer: recalibration.Offer, aim: aims.Aim, site: site_record.ChosenAt, by: str
) -> None:
    site_decisions.keep_threshold(found, offer, aim, site, by=by)


def _keep_temperature(found: package.Package, offer: recalibration.Offer, site: site_record.ChosenAt, by: str) -> None:
    site_decisions.keep_temperature(found, offer, site, by=by)


def _end(review_id: int) -> None:
    reader.act_as_lead(lambda author: reviews.close(review_id, by=author))

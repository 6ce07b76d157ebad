"""Whether a model's probabilities can be taken at their word, and the temperature that people keep for it."""

from typing import Any

import pandas as pd
import streamlit as st

from core.base import errors, records
from core.figures import reliability as drawing
from core.models import package, site_record
from core.results import decisions
from core.statistics import calibration, estimate, metrics_table, reliability, temperature, words
from pages.evaluate import headline
from pages.kit import cache, charts, downloads, guards, signature, state, text, theme

BEFORE, AFTER = "as the network says it", "after the temperature"
RULES = {"mass": "Equally many images", "width": "Equally wide"}


def show_calibration(found: package.Package) -> None:
    """How far its probabilities are off, the reliability diagram, and the decision about a temperature."""
    first = st.container()
    st.header("Can its probabilities be taken at their word?", help=cache.explain("calibration"))
    eye, hand = st.columns([3, 2], gap="large")
    with eye:
        subject, rule = _input_bins(found)
        seen = _assess(found, subject, rule)
        _show_diagram(found, seen, subject)
    with hand:
        _show_temperature(found, seen)
        _show_numbers(seen)
    with first:
        _show_words(found, seen, subject)


def say_kept(section: records.Signed) -> str:
    """`by A. B. on 2026-11-20: too sure of itself`, for markdown."""
    why = f": {text.plain(section.why)}" if section.why else ""
    return f"by {text.plain(section.by or 'somebody')} on {section.at[:10]}{why}"


def _input_bins(found: package.Package) -> tuple[reliability.Subject, reliability.Rule]:
    """What the claims are about, and how they are put together."""
    about: dict[reliability.Subject, str] = {
        "answer": "Of the answer",
        "positive": f"Of {text.plain(found.positive_class)}",
    }
    with st.container(horizontal=True):  # which wraps where the page is narrow
        subject = st.segmented_control(
            "Probability",
            list(about),
            format_func=about.__getitem__,
            required=True,
            **state.follow("claim", "answer", key=f"subject-{found.id}", options=list(about)),
            label_visibility="collapsed",
        )
        rule = st.segmented_control(
            "Marks that gather",
            list(RULES),
            format_func=RULES.__getitem__,
            required=True,
            **state.follow("marks", "mass", key=f"rule-{found.id}", options=list(RULES)),
            label_visibility="collapsed",
            help="Most probabilities lie near 100 %, so that marks of equal width are nearly empty elsewhere: their "
            "intervals are wide, and the calibration error is less steady.",
        )
    return subject, rule


def _assess(found: package.Package, subject: reliability.Subject, rule: reliability.Rule) -> dict[str, Any]:
    kept = found.temperature
    return _assessed(found.id, found.manifest.created, found.threshold, kept, subject, rule, _found=found)


@st.cache_data(max_entries=24, show_spinner="Comparing what it says with what is so …")
def _assessed(
    model_id: str,
    created: str,
    threshold: float | None,
    kept: float | None,
    subject: reliability.Subject,
    rule: reliability.Rule,
    *,
    _found: package.Package,
) -> dict[str, Any]:
    """Bins and scores on the test images before and, where a temperature is kept, after; and the one that fits."""
    table = cache.load_predictions(_found)
    validation, test = (
        reliability.select_task(table, side, _found.class_names, _found.positive_class, threshold=threshold)
        for side in ("validation", "test")
    )
    fit, refused = None, ""
    try:
        fit = temperature.fit_temperature(validation)
    except errors.ValidationNotEnough as error:
        refused = str(error)
    # What a fitted temperature does on the test images is shown once it is kept: else the test would choose it.
    sides = {BEFORE: test} | ({} if kept is None else {AFTER: temperature.soften(test, kept)})
    options: dict[str, Any] = {"subject": subject, "rule": rule}
    scores = calibration.compare(*sides.values(), **options) if kept is not None else None
    return {
        "fit": fit,
        "refused": refused,
        "scores": scores or {"before": calibration.measure(test, **options)},
        "bins": {name: reliability.compute_bins(side, **options) for name, side in sides.items()},
        "strips": {name: reliability.count_strips(side, subject).tolist() for name, side in sides.items()},
    }


def _show_diagram(found: package.Package, seen: dict[str, Any], subject: reliability.Subject) -> None:
    claim = "what it says of its answer" if subject == "answer" else f"what it says for {found.positive_class}"
    figure = drawing.figure_reliability(seen["bins"], seen["strips"], theme.current(), claim=claim)
    charts.show_chart(figure, key=f"reliability-{found.id}")
    st.caption(f"Test: {words.say_sample(seen['scores']['before'])}. {drawing.CAPTION}", help=drawing.READING)
    table = pd.concat([bins.assign(probabilities=name) for name, bins in seen["bins"].items()], ignore_index=True)
    downloads.offer_csv(lambda: table, f"{found.id}-reliability.csv", label="Marks, CSV")


def _show_words(found: package.Package, seen: dict[str, Any], subject: reliability.Subject) -> None:
    """How far the shown probabilities are off over all images, beside chance; and their worst mark."""
    shown = AFTER if AFTER in seen["bins"] else BEFORE
    scores = seen["scores"]["after" if shown == AFTER else "before"]
    if not scores["n"]:
        headline.show_verdict(found, words.NOTHING_TESTED, note="There is no test image to compare with.")
        return
    bins, error, chance = seen["bins"][shown], scores["ece"], scores["ece_by_chance"]
    worst = bins.loc[(bins["n"] * (bins["observed"] - bins["claimed"]).abs()).idxmax()]
    so = "it is right in" if subject == "answer" else f"the image is {text.plain(found.positive_class)} in"
    of = "" if subject == "answer" else f" of {found.positive_class}"
    by_chance = (
        f"A perfectly calibrated model would show {100 * chance['mean']:.1f} points here by chance alone, and at most "
        f"{100 * chance['high']:.1f} in 95 of 100 such tests."
    )
    mark = headline.Mark("More than chance", by_chance)
    if error.value <= chance["high"]:
        mark = headline.Mark("No more than chance", by_chance, ":material/check:", "green")
    headline.show_verdict(
        found,
        f"Its probabilities{of} are {error.say(estimate.DISTANCE)} off",
        marks=[mark],
        note=f"Where it says {100 * worst['claimed']:.1f} %, {so} **{100 * worst['observed']:.1f} of 100** "
        f"({100 * worst['observed_low']:.1f} to {100 * worst['observed_high']:.1f}; n = {worst['n']:,.0f}): "
        "the mark that counts most.",
        more=f"Over all {scores['n']:,} test images, {shown}: the calibration error, with its 95 % interval over "
        f"{scores['interval']}. {by_chance}",
    )


def _show_numbers(seen: dict[str, Any]) -> None:
    """Three scores before, after, and their paired difference."""
    scores = seen["scores"]
    rows = []
    for one in metrics_table.SCORES:
        row = {"": one.title, "Network": scores["before"][one.key].say(one.form)}
        if "after" in scores:
            row |= {
                "Tempered": scores["after"][one.key].say(one.form),
                "Difference": scores["change"][one.key].say(one.change),
            }
        rows.append(row)
    before = scores["before"]
    with st.expander("In numbers"):
        st.dataframe(pd.DataFrame(rows), hide_index=True)
        st.caption(
            f"n = {before['n']:,} test images; 95 % intervals over {before['interval']}; smaller is better.",
            help=" ".join(f"**{one.title}**: {cache.explain(one.term)}" for one in metrics_table.SCORES),
        )


def _show_temperature(found: package.Package, seen: dict[str, Any]) -> None:
    """The fitted temperature, what it does on the test images, and the decision to keep it."""
    st.header("Temperature", help=cache.explain("temperature"))
    kept, fit = found.manifest.calibration, seen["fit"]
    if kept:
        st.markdown(
            f"Kept {say_kept(kept)}: {kept.temperature:.2f}, fitted on "
            f"{text.plain(site_record.say_images(kept.site, f'{kept.n:,} validation images'))}. "
            "Predict shows probabilities after it."
        )
        st.markdown(_say_effect(seen["scores"]))
        st.button(
            "Take it back",
            key=f"calibration-undo-{found.id}",
            on_click=guards.attempt,
            args=(decisions.withdraw, found, package.CALIBRATION),
        )
        return
    if fit is None:
        st.caption(f"None can be fitted. {text.plain(seen['refused'])}")
        return
    st.markdown(
        _say_fit(fit),
        help=f"Log loss on the validation images: {fit.log_loss_before:.4f} before, {fit.log_loss_after:.4f} after. "
        "What it does on the test images is shown once it is kept, not before: else the test would choose it.",
    )
    if fit.rests_on_few:
        few = f"Only {fit.groups} validation patients"
        st.badge(few, icon=":material/group:", color="orange", help=f"{few}: it may be theirs alone.")
    key = f"calibration-by-{found.id}"
    signature.input_name(key)
    st.button(
        "Keep this temperature",
        key=f"calibration-keep-{found.id}",
        on_click=signature.decide,
        args=(key, lambda by: decisions.keep_temperature(found, by=by)),
    )
    st.caption(
        "Predict then shows the probabilities after it; no answer changes.",
        help="The classes keep their order, so that of two classes the border stays at 50 %, and a chosen operating "
        "point or limit stays where it is, on the network's own probabilities.",
    )


def _say_fit(fit: temperature.Fit) -> str:
    """The temperature in words."""
    interval = "" if fit.low is None else f" ({fit.low:.2f} to {fit.high:.2f})"
    way = "too sure of itself" if fit.temperature > 1 else "too modest"
    unclear = fit.low is not None and fit.high is not None and fit.low <= 1 <= fit.high
    doubt = ", though that cannot be told from 1, which is no change" if unclear else ""
    return (
        f"{fit.temperature:.2f}{interval}, fitted on {words.say_sample({'n': fit.n, 'groups': fit.groups})} of the "
        f"validation side. There the network is {way}{doubt}."
    )


def _say_effect(scores: dict[str, Any]) -> str:
    """What the temperature does on the test images, by the paired differences of calibration error and log loss.

    A calibration error that chance alone could explain (its interval reaches 0) cannot be said to shrink, nor to have
    grown to it.
    """
    error, loss = scores["change"]["ece"], scores["change"]["log_loss"]
    better = _lies(loss, below=True) or (_lies(error, below=True) and bool(scores["before"]["ece"].low))
    worse = _lies(loss, below=False) or (_lies(error, below=False) and bool(scores["after"]["ece"].low))
    if better == worse:
        return "On the test images it can neither be said to help nor to harm."
    if better:
        return "On the test images it brings the probabilities nearer to what is so, by the differences in the table."
    return "On the test images it takes the probabilities **farther** from what is so: better without it."


def _lies(change: estimate.Estimate, *, below: bool) -> bool:
    """Whether the whole interval of a difference lies below (or above) zero; never without an interval."""
    if change.ends is None:
        return False
    return change.ends[1] < 0 if below else change.ends[0] > 0

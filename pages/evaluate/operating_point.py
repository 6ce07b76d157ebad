"""The operating point of a model: tried on validation images, frozen, then scored on test images."""

from typing import Any

import streamlit as st

from core.base import errors
from core.models import manifests, package
from core.results import decisions
from core.statistics import aims, curves, estimate, operating_point, words
from pages.evaluate import calibration, headline, point_curves, point_study
from pages.kit import cache, guards, signature, state, text

KINDS: dict[aims.Kind, str] = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "cost": "Cost of a miss",
    "youden": "Balance",
    "own": "By hand",
}
LEAST, MISS_COST = 95.0, 10.0
NONE_KEPT = "No operating point is kept: the model answers the class that it finds most probable."
AT_WORK = "The model goes on answering at the operating point that is kept, until this one is frozen."


def show_operating(found: package.Package) -> None:
    """The threshold in a line; score histogram for the eye, aim, freezing and result for the hand; then the curves."""
    with guards.faults_as_messages():
        study = point_study.load_study(found.id, found.manifest.created)
    _show(found, study)


@guards.fragment
def _show(found: package.Package, study: point_study.Study) -> None:
    first = st.container()
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        tried = _input_aim(found, study)
        _input_freezing(found, tried)
        _show_kept(found, tried)
    with first:
        _show_tried(found, study, tried)
    with eye:
        point_curves.show_scores(found, study, tried)
    point_curves.show_curves(found, study, tried)


def _input_aim(found: package.Package, study: point_study.Study) -> point_study.Tried:
    """The aim and its number; moves the slider to where the aim puts the threshold."""
    point = found.manifest.operating_point
    kept = point.aim if point else manifests.Aim()
    picked = point_study.find_picked()
    point_study.start_slider(found, study, picked)
    st.header(
        "Operating point",
        help="From which probability on the positive class is answered. Say what it is for; the threshold follows.",
    )
    usual = "own" if picked is not None else kept.kind if kept.kind in KINDS else "sensitivity"
    kind = st.segmented_control(
        "Aim",
        list(KINDS),
        format_func=KINDS.__getitem__,
        required=True,
        wrap=True,
        **state.follow(
            point_study.AIM,
            usual,
            key=point_study.name_key(found, "aim"),
            options=list(KINDS),
            about=state.MODEL,
            then=lambda: _keep_threshold(found),
        ),
    )
    aim = _input_numbers(found, kind, kept)
    try:
        choice, fault = operating_point.choose(study.validation, aim), ""
    except errors.AimNotReachable as error:
        choice, fault = None, str(error)
    if choice is not None and kind != "own":
        place = curves.to_axis(choice.threshold, point_study.find_temperature(found))
        st.session_state[point_study.name_key(found, "slider")] = point_study.find_nearest(
            point_study.list_steps(found, study), place
        )
    return point_study.Tried(aim, choice, fault)


def _keep_threshold(found: package.Package) -> None:
    """By hand one begins where the slider is; any other aim finds a threshold of its own."""
    if st.session_state[point_study.name_key(found, "aim")] == "own":
        place = st.session_state[point_study.name_key(found, "slider")]
        point_study.pick(curves.from_axis(place, point_study.find_temperature(found)))
    else:
        state.forget(point_study.THRESHOLD)


def _input_numbers(found: package.Package, kind: aims.Kind, kept: manifests.Aim) -> aims.Aim:
    """The number that belongs to the aim."""
    if kind in ("sensitivity", "specificity"):
        value = 100 * kept.least if kept.kind == kind and kept.least else LEAST
        label, explained = f"{KINDS[kind]} of at least (%)", cache.explain(kind)
        followed = state.follow(
            "least", value, key=point_study.name_key(found, f"least-{kind}"), between=(50.0, 99.9), about=state.MODEL
        )
        least = st.number_input(label, 50.0, 99.9, step=0.5, help=explained, **followed)
        return aims.Aim(kind, least=round(least / 100, 6))
    if kind == "cost":
        label = "One miss is as bad as so many false alarms"
        cost = st.number_input(
            label,
            0.01,
            100_000.0,
            step=1.0,
            format="%g",
            **state.follow(
                "cost",
                kept.miss_cost or MISS_COST,
                key=point_study.name_key(found, "cost"),
                between=(0.01, 100_000.0),
                about=state.MODEL,
            ),
        )
        share = st.number_input(
            "Share of the positive class where it will be used (%)",
            0.01,
            99.0,
            value=None,
            placeholder="as in the validation images",
            **state.follow(
                "share",
                100 * kept.prevalence if kept.prevalence else None,
                key=point_study.name_key(found, "cost-prevalence"),
                between=(0.01, 99.0),
                about=state.MODEL,
            ),
        )
        return aims.Aim(kind, miss_cost=cost, prevalence=None if share is None else share / 100)
    if kind == "youden":
        st.caption(
            "A miss and a false alarm count alike.", help="The largest sum of sensitivity and specificity (Youden)."
        )
        return aims.Aim(kind)
    st.caption("Move the slider under the histogram, or click on a curve.")
    place = st.session_state[point_study.name_key(found, "slider")]
    picked = point_study.find_picked() or st.session_state.get(point_study.name_key(found, "picked"))
    return aims.Aim("own", threshold=picked or curves.from_axis(place, point_study.find_temperature(found)))


def _show_tried(found: package.Package, study: point_study.Study, tried: point_study.Tried) -> None:
    """The tried threshold, and what it does: on test images where it is the kept one, else on validation images."""
    if tried.choice is None:
        headline.show_verdict(found, "No threshold can be chosen for this aim")
        st.warning(text.plain(tried.fault), icon=":material/block:")
        return
    kept = found.manifest.operating_point
    if kept and kept.test and _is_kept(found, tried):
        mark = headline.Mark("Kept", f"Chosen {calibration.say_kept(kept)}.", ":material/lock:", "green")
        at, rates = f"On the test images ({words.say_sample(kept.test)})", kept.test.rates
    else:
        mark = headline.Mark("Tried, not kept", AT_WORK if kept else NONE_KEPT, ":material/edit:", "gray")
        sample = words.say_sample({"n": study.validation.n, "groups": study.validation.groups})
        at, rates = f"On the validation images ({sample})", tried.choice.rates
    aim = aims.say_aim(tried.aim)
    headline.show_verdict(
        found,
        f"{aim[:1].upper()}{aim[1:]}: flags from {point_study.say_threshold(found, tried.choice.threshold)} on",
        marks=[mark, *(headline.Mark("May miss the aim elsewhere", warning) for warning in tried.choice.warnings)],
        note=f"{at} {_say_rates(found, rates)}.",
    )


def _is_kept(found: package.Package, tried: point_study.Tried) -> bool:
    return tried.choice is not None and tried.choice.threshold == found.threshold


def _input_freezing(found: package.Package, tried: point_study.Tried) -> None:
    """Who decides, and the button that fixes the threshold and scores it on the test images."""
    by = signature.input_name(point_study.name_key(found, "who"))
    chosen = found.count_choices(package.OPERATING_POINT)
    label = "Freeze anew" if chosen else "Freeze this operating point"
    ready = bool(by) and tried.choice is not None
    if st.button(
        label, key=point_study.name_key(found, "freeze"), type="primary", disabled=not ready, icon=":material/lock:"
    ):
        with guards.faults_as_messages(), st.spinner("Scoring on the test images …"):
            decisions.keep_operating_point(found, tried.aim, by=by)
        st.rerun()
    if chosen:
        st.caption(
            f"It has been chosen {chosen} time{'s' if chosen != 1 else ''}, each time with a look at the test images.",
            help="Every further choice after such a look makes the test a little less honest.",
        )
    else:
        st.caption(
            "Then it is scored on the test images, and not before.",
            help="Else the test would choose the threshold. A name is needed: it is kept with the decision, and shown "
            "with the model.",
        )


def _show_kept(found: package.Package, tried: point_study.Tried) -> None:
    """The threshold that the model answers with now, its results, and the way back."""
    kept = found.manifest.operating_point
    if not kept:
        return
    st.header("Kept")
    at = f"Flags from **{point_study.say_threshold(found, kept.threshold)}** on: {aims.say_aim(kept.aim)}."
    sides = [(kept.validation, "On the validation images"), (kept.test, "On the test images")]
    results = [
        f"{side} ({words.say_sample(result)}) {_say_rates(found, result.rates)}." for result, side in sides if result
    ]
    anew = "A share of cases to refer, if there was one, has to be chosen anew for this threshold."
    more = [*results, *([anew] if found.referral_limit is None else [])]
    shown = [at, f"Chosen {calibration.say_kept(kept)}."]
    if not _is_kept(found, tried) and kept.test:
        shown.append(results[-1])
    st.markdown(" ".join(shown), help=" ".join(more))
    _warn_of_missed_aim(kept)
    if st.button("Take it back", key=point_study.name_key(found, "take-back"), icon=":material/undo:"):
        with guards.faults_as_messages():
            decisions.withdraw(found, package.OPERATING_POINT)
        st.rerun()


def _warn_of_missed_aim(kept: manifests.OperatingPoint) -> None:
    """An aim that validation reached and the test did not is said, never tuned away."""
    aim = kept.aim
    reached = estimate.find(kept.test.rates, aim.kind).value if kept.test else None
    if aim.least is not None and reached is not None and reached < aim.least:
        st.warning(
            f"The aim was a {aims.say_aim(aim)}; on the test images it is {100 * reached:.1f} %. That is the honest "
            "figure. Choosing again until the test agrees would only make the test useless.",
            icon=":material/info:",
        )


def _say_rates(found: package.Package, rates: dict[str, Any]) -> str:
    return operating_point.say_rates(rates, text.plain(found.positive_class), point_study.say_others(found))

"""Which cases go to a person: the risk-coverage curve, and the limit that people keep."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.base import errors
from core.figures import risk_curve
from core.models import manifests, package
from core.results import decisions
from core.statistics import estimate, referral, reliability, risk_coverage, tasks, words
from pages.evaluate import calibration
from pages.kit import cache, charts, downloads, guards, signature, state, text, theme

MOST_PERCENT, FIRST_PERCENT = 50, 10


def show_referral(found: package.Package) -> None:
    """The curve, how many cases may go to a person, and what that does; on test images once a limit is kept."""
    st.header("When should a person look?", help=cache.explain("referral"))
    kept = found.manifest.referral
    tested = kept.test if kept else None
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        if kept and tested:
            _show_kept(found, kept, tested)
        share = _input_share(found, kept)
        chosen = _show_choice(found, share, kept)
    with eye:
        _show_curve(found, tested or chosen, "test" if tested else "validation")


def _input_share(found: package.Package, kept: manifests.Referral | None) -> float:
    percent = st.slider(
        "How many cases may go to a person" if not kept else "Another share",
        0,
        MOST_PERCENT,
        format="%d %%",
        **state.follow(
            "share",
            round(100 * kept.share) if kept and kept.share else FIRST_PERCENT,
            key=f"referral-share-{found.id}",
            between=(0, MOST_PERCENT),
            about=state.MODEL,
        ),
        help="How much time people have decides this, not how good the numbers look.",
    )
    return float(percent) / 100


def _show_choice(found: package.Package, share: float, kept: manifests.Referral | None) -> dict[str, Any] | None:
    """What this share would do on the validation images, and the button that keeps it."""
    if not share:
        st.caption("No case goes to a person.")
        return None
    limit, seen, refused = _try_share(found, share)
    if refused:
        st.warning(text.plain(refused), icon=":material/block:")
        return None
    said = f"On the validation images: {_say(seen)}"
    if kept and limit == kept.limit:
        st.caption("This is the kept limit.", help=said)
        return seen
    st.markdown(said)
    key = f"referral-by-{found.id}"
    signature.input_name(key)
    st.button(
        "Keep this one instead" if kept else "Keep this limit",
        key=f"referral-keep-{found.id}",
        on_click=signature.decide,
        args=(key, lambda by: decisions.keep_referral(found, share, by=by)),
    )
    st.caption(
        "Then it is scored on the test images, and not before.",
        help="The limit comes from the validation images. When you keep it, the test images are scored with it, and "
        "Predict says of each case below it that a person should look. Trying many limits on the test images would "
        "flatter it.",
    )
    return seen


def _show_kept(found: package.Package, kept: manifests.Referral, test: Mapping[str, Any]) -> None:
    """The kept limit's result on the test images, and the way back."""
    st.markdown(f"On the test images: {_say(test)}")
    table = _tabulate(test)
    st.dataframe(table, hide_index=True, width="stretch")
    favoured = referral.find_favoured(test["by_class"])
    if favoured:
        st.markdown(f"It refers images of **{text.plain(favoured)}** clearly more often than others.")
    times = found.count_choices(package.REFERRAL)
    again = (
        f" It is limit number {times} that was scored on these images; each one flatters a little." if times > 1 else ""
    )
    st.caption(
        f"Kept {calibration.say_kept(kept)}, for {100 * (kept.share or 0):.0f} % of the validation images.",
        help=f"{words.say_sample(test)}; 95 % intervals over {test['interval']}. Sensitivity and specificity are about "
        f"{text.plain(test['positive_class'])} among the answered images.{again}",
    )
    with st.container(horizontal=True):
        st.button(
            "Take it back",
            key=f"referral-undo-{found.id}",
            on_click=guards.attempt,
            args=(decisions.withdraw, found, package.REFERRAL),
        )
        downloads.offer_csv(lambda: table, f"{found.id}-referral.csv", label="Numbers, CSV")


def _show_curve(found: package.Package, chosen: Mapping[str, Any] | None, side: str) -> None:
    curve = _load_curve(found.id, found.manifest.created, found.threshold, side, _found=found)
    ring = (1 - chosen["referred"].value, chosen["error"].value) if chosen and chosen["error"].n else None
    figure = risk_curve.figure_risk_coverage(curve.table, curve.area_random or 0.0, theme.current(), chosen=ring)
    charts.show_chart(figure, key=f"risk-{found.id}")
    if not curve.n:
        return
    until = "" if side == "test" else " The test images stand here once a limit is kept."
    st.caption(
        f"{side.capitalize()} images, n = {curve.n:,}, of which {curve.errors:,} are answered wrongly.",
        help=f"{risk_curve.CAPTION} {risk_curve.READING}{until} Area under the curve (AURC): {curve.area.say()}; "
        f"{curve.area_ideal:.3f} with every error last, {curve.area_random:.3f} at random. Smaller is better.",
    )
    downloads.offer_csv(lambda: curve.table, f"{found.id}-{side}-risk-coverage.csv", label="Curve, CSV")


@st.cache_data(max_entries=16, show_spinner="Ordering the answers …")
def _load_curve(
    model_id: str, created: str, threshold: float | None, side: str, *, _found: package.Package
) -> risk_coverage.Curve:
    return risk_coverage.compute_curve(_load_task(_found, side), threshold)


def _try_share(found: package.Package, share: float) -> tuple[float, dict[str, Any], str]:
    """The limit for this share, what it does on the validation images, and why there is none."""
    return _tried(found.id, found.manifest.created, found.threshold, share, _found=found)


@st.cache_data(max_entries=128, show_spinner=False)
def _tried(
    model_id: str, created: str, threshold: float | None, share: float, *, _found: package.Package
) -> tuple[float, dict[str, Any], str]:
    task = _load_task(_found, "validation")
    try:
        limit = referral.choose_limit(task, threshold, share)
    except errors.ValidationNotEnough as error:
        return 0.0, {}, str(error)
    return limit, referral.measure(task, threshold, limit), ""


def _load_task(found: package.Package, side: str) -> tasks.Task:
    table = cache.load_predictions(found)
    return reliability.select_task(table, side, found.class_names, found.positive_class, threshold=found.threshold)


def _say(seen: Mapping[str, Any]) -> str:
    """`refers 14.2 %; of the rest 1.2 % are wrong (0.8 to 1.7, n = 2,676) ...`, for markdown."""
    error, caught = seen["error"], seen["caught"]
    if not error.n:
        return "all images are referred."
    form = estimate.PER_CENT
    return (
        f"refers **{form.say(seen['referred'].value)}**; of the rest **{form.say(error.value)}** are wrong "
        f"({error.say_ends(form)}, n = {error.n:,}), instead of {form.say(seen['error_all'].value)} of all. "
        + (
            f"It catches {100 * caught.value:.0f} of 100 errors (n = {caught.n:,})."
            if caught.n
            else "No error to catch."
        )
    )


def _tabulate(seen: Mapping[str, Any]) -> pd.DataFrame:
    """The figures of a limit, one a row, each with its n."""
    titles = {
        "referred": "Referred",
        "error": "Wrong among the answered",
        "error_all": "Wrong if none were referred",
        "caught": "Errors that are referred",
        "sensitivity": "Sensitivity of the answered",
        "specificity": "Specificity of the answered",
    }
    rows = [(title, seen[name]) for name, title in titles.items()]
    rows += [(f"Referred of {name}", found) for name, found in seen["by_class"].items()]
    return pd.DataFrame(
        [{"": title, "95 % interval": found.say(estimate.PER_CENT), "n": found.n} for title, found in rows]
    )

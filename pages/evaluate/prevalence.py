"""What a flag is worth where the positive class is rare or common: a slider and a thousand marks."""

import pandas as pd
import streamlit as st

from core.figures import icons
from core.models import package
from core.statistics import estimate, prevalence
from pages.evaluate import point_study
from pages.kit import cache, charts, downloads, guards, state, text, theme

PER_MILLE = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 250, 300, 350, 400, 450, 500)
PRESETS = (1, 10, 50, 200, 500)
START = 50


def show_prevalence(found: package.Package) -> None:
    """A slider of prevalence, what flags then mean, and the icon array."""
    with guards.faults_as_messages():
        rates = cache.load_rates(found.id, found.manifest.created, found.threshold)
    st.header("What a flag is worth", help=f"{cache.explain('sensitivity')} {cache.explain('specificity')}")
    if rates.positives in (0, rates.n):
        st.info("The test images hold one class only: what a flag is worth cannot be told.", icon=":material/info:")
        return
    _show(found, rates)


@guards.fragment
def _show(found: package.Package, rates: prevalence.Rates) -> None:
    eye, hand = st.columns([3, 2], gap="large")
    positive, others = text.plain(found.positive_class), point_study.say_others(found)
    with hand:
        share = _input_prevalence(found)
        counts = prevalence.count_frequencies(float(rates.values[0]), float(rates.values[1]), share)
        st.markdown(prevalence.say_frequencies(counts, share, positive, others))
        values = prevalence.compute_predictive_values(rates, share)
        st.markdown(" ".join(prevalence.say_values(values, positive)), help=_say_source(found, rates))
        downloads.offer_csv(lambda: _tabulate(rates), f"{found.id}-prevalence.csv")
    with eye:
        plain_positive = cache.as_text(found.positive_class)
        figure = icons.figure_icons(
            icons.Kind(counts.found, f"{plain_positive}, found"),
            icons.Kind(counts.missed, f"{plain_positive}, missed"),
            icons.Kind(counts.alarms, "flagged by mistake"),
            icons.Kind(counts.spared, "rightly not flagged"),
            theme.current(),
        )
        charts.show_chart(figure, key=_key(found, "icons"), toolbar=False)
        st.caption(icons.CAPTION, help=icons.READING)


def _input_prevalence(found: package.Package) -> float:
    """The share of the positive class where the model is used, 0.001 to 0.5."""
    key = _key(found, "slider")
    followed = state.follow("prevalence", START, key=key, options=PER_MILLE)
    chosen = st.select_slider(
        "Of all images, this share is of the positive class", PER_MILLE, format_func=_say_per_mille, **followed
    )
    with st.container(horizontal=True):
        for preset in PRESETS:
            args = ("prevalence", str(preset))
            label = _say_per_mille(preset)
            st.button(label, key=f"{key}-{preset}", type="tertiary", on_click=state.remember, args=args)
    return int(chosen) / 1000


def _say_source(found: package.Package, rates: prevalence.Rates) -> str:
    """Where the two rates come from."""
    threshold = "the operating point that is kept" if found.threshold is not None else "no operating point"
    sensitivity, specificity = map(estimate.PER_CENT.say, rates.values)
    return (
        f"By Bayes' rule from sensitivity {sensitivity} (n = {rates.positives:,}) and specificity {specificity} (n = "
        f"{rates.n - rates.positives:,}) on the test images, with {threshold}. "
        f"Among them {100 * rates.positives / rates.n:.0f} % are of the positive class. In brackets the 95 % interval. "
        "It holds as long as the images are of the same kind: where the disease is milder or the camera another, "
        "sensitivity and specificity change too."
    )


def _tabulate(rates: prevalence.Rates) -> pd.DataFrame:
    """PPV and NPV with intervals at each step of the slider."""
    rows = []
    for per_mille in PER_MILLE:
        values = prevalence.compute_predictive_values(rates, per_mille / 1000)
        parts = {f"{name}_{part}": getattr(values[name], part) for name in values for part in ("value", "low", "high")}
        rows.append({"prevalence": per_mille / 1000, **parts, "n": rates.n})
    return pd.DataFrame(rows)


def _say_per_mille(per_mille: int) -> str:
    return f"{per_mille / 10:g} %"


def _key(found: package.Package, name: str) -> str:
    return f"prevalence-{name}-{found.id}"

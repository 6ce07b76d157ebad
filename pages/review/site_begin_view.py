"""Beginning a check: one's own images, what the model answers to them, how many to read, and under which rule."""

import functools
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.base import paths
from core.datasets.intake import gathering, importing
from core.jobs import handed_in
from core.jobs import jobs as core_jobs
from core.models import package
from core.prediction import smear_rules
from core.results import kept_answers, site_checks
from core.review import site_check, site_pool
from core.statistics import estimate, site_verdict
from pages.kit import cache, guards, headline, signature, state, text, uploads

VERB = "answer"
DISK, FILES, DATASET = "This machine", "Files", "A data set"
MOST_MB = 2_000
RULES = {
    "auto": "Recognise from names, else folders",
    smear_rules.FOLDER: "A folder for each patient or smear",
    smear_rules.ONE: "Not known",
}
WHO, PLACE, NUMBER, READERS, MARGIN, FLOOR = (
    f"site-{name}" for name in ("who", "place", "n", "readers", "margin", "floor")
)
WAY = "The model answers your images, you read some of them blind, and both are compared. 100 take about ten minutes."


def show(found: package.Package) -> None:
    """The form of a new check."""
    headline.show_headline(
        f"Does {found.id} work where you are?",
        note=WAY,
        reading="Half of what you read is what the model calls positive, half is the rest, each drawn at random; each "
        "image then counts for as many as it stands for. So misses are seen too, and the rates are those of all "
        "your images.",
    )
    hand, eye = st.columns([2, 3], gap="large")
    with hand:
        st.text_input("Name of the place", key=PLACE, placeholder="Microscope 2, clinic North", max_chars=60)
        about = _input_answers(found)
    if about is None:
        eye.caption("How many images are to be read, and what that buys, will stand here.")
        return
    with eye, guards.faults_in_place():
        pool = site_pool.open_pool(found, about.id)
        _show_pool(found, pool)
        _input_reading(found, pool)


def _input_answers(found: package.Package) -> kept_answers.About | None:
    """The model's answers to one's own images, kept before or asked for here; None where there are none yet."""
    known = {about.id: about for about in site_pool.list_answers(found)}
    chosen = ""
    if known:
        chosen = st.selectbox(
            "Images",
            list(known),
            format_func=lambda one: _name_answers(known[one]),
            key=f"site-answers-{found.id}",
            help="What the model, as it is now, has answered on this machine; the newest first.",
        )
    busy = any(job.verb == VERB and job.state.is_active for job in core_jobs.list_jobs())
    if busy:
        st.caption(":material/hourglass_empty: The model is answering. The work goes on when you leave the page.")
    else:
        with st.expander("Other images", expanded=not known, icon=":material/add_photo_alternate:"):
            _input_images(found)
    return known.get(chosen or "")


def _name_answers(about: kept_answers.About) -> str:
    sources = ", ".join(Path(source).name for source in about.sources)
    return f"{sources[:60]} · {about.images:,} images · {about.at[:16].replace('T', ' ')}"


def _input_images(found: package.Package) -> None:
    """Images that the model has not answered yet, and the button that asks it."""
    way = st.segmented_control("Images from", [DISK, FILES, DATASET], default=DISK, required=True, key="site-from")
    with guards.faults_in_place():
        sources: list[Path] = []
        given: list[Any] = []
        rule = "auto"
        if way == DISK:
            path = st.text_input("Folder or .zip", placeholder="/home/me/smear_17", key="site-path").strip()
            sources = [gathering.find_source(path)] if path else []
        elif way == FILES:
            given = uploads.input_files("Images or .zip", [*uploads.IMAGE_TYPES, "zip"], most_mb=MOST_MB, key="site-up")
        elif names := site_pool.list_sources():
            name = st.selectbox("Data set", names, format_func=text.plain, key="site-dataset")
            sources, rule = [paths.datasets_folder() / name], site_pool.choose_rule(name)
        else:
            st.caption("There is no data set on this machine.")
        if way != DATASET:
            rule = st.selectbox("Whose an image is", list(RULES), format_func=RULES.__getitem__, key="site-rule")
        if st.button("Ask the model", icon=":material/biotech:", disabled=not (sources or given), key="site-ask"):
            kept = [*sources, *handed_in.keep_all([(file.name, file) for file in given])]
            first = importing.suggest_name(sources[0].name if sources else Path(given[0].name).stem)
            core_jobs.start_job(
                VERB, first, model=found.id, sources=tuple(str(source) for source in kept), group_rule=rule
            )
            st.session_state.pop(f"site-answers-{found.id}", None)
            st.rerun()


def _show_pool(found: package.Package, pool: site_pool.Pool) -> None:
    """How many images there are to draw from, and what was left out."""
    counts = pool.counts
    answered = counts[site_pool.FLAGGED] + counts[site_pool.REST]
    left_out = [f"{n:,}: {site_pool.LEFT_OUT_WORDS[why]}" for why, n in pool.left_out.items() if n]
    refused = f"; {counts[site_pool.REFUSED]:,} more it does not know" if counts[site_pool.REFUSED] else ""
    whose = f" of {pool.patients:,} patients or smears" if pool.patients else ""
    st.markdown(
        f"Of **{answered:,}** images{whose} the model calls **{counts[site_pool.FLAGGED]:,}** "
        f"{text.plain(found.positive_class)}{refused}.",
        help=f"Left out: {'; '.join(left_out)}." if left_out else "Nothing was left out.",
    )
    if left_out:
        st.caption(f"{sum(pool.left_out.values()):,} were left out: {'; '.join(left_out)}.")


def _input_reading(found: package.Package, pool: site_pool.Pool) -> None:
    home = _measure_home(found.id, found.manifest.created, found.threshold)
    margin, floor = _find_rule()
    plans = [site_check.plan(n, pool.counts, home, margin=margin, floor=floor) for n in site_check.CHOICES]
    st.dataframe(_tabulate(plans), hide_index=True, key="site-plans")
    st.caption(
        "What each number would show, and could say, if the model did here as at home.",
        help="Drawn: of what the model calls positive + of the rest + of what it does not know. The last column is the "
        "verdict that would come as often as not. The ends are those of 95 % intervals, if every image is of "
        "another patient; where many are of one, they are wider. A rare class needs more: one missed image then stands "
        "for many.",
    )
    with st.container(horizontal=True):
        st.segmented_control(
            "How many to read", site_check.CHOICES, default=site_check.USUAL, required=True, key=NUMBER
        )
        st.segmented_control(
            "Readers of each", [1, 2], default=1, required=True, key=READERS, help="Where two differ, a third settles."
        )
    with st.expander("The rule, stated before anything is read", icon=":material/gavel:"):
        st.slider("Margin, in points", 2, 20, round(100 * site_verdict.MARGIN), key=MARGIN)
        st.slider("Floor, in per cent", 50, 95, round(100 * site_verdict.FLOOR), key=FLOOR)
        st.caption(site_verdict.say_rule(*_find_rule()))
    signature.input_name(WHO, "Who asks")
    st.button(
        "Draw and begin reading",
        type="primary",
        icon=":material/visibility:",
        key="site-begin",
        disabled=not str(st.session_state.get(PLACE) or "").strip(),
        on_click=signature.decide,
        args=(WHO, functools.partial(_begin, found, pool, home)),
    )
    st.caption(
        "Drawn images are copied into the review database, under a number each.",
        help="Names of files and folders often say the class, so they are not shown to readers, and not kept there.",
    )


def _find_rule() -> tuple[float, float]:
    margin, floor = st.session_state.get(MARGIN), st.session_state.get(FLOOR)
    return (margin or 100 * site_verdict.MARGIN) / 100, (floor or 100 * site_verdict.FLOOR) / 100


def _begin(found: package.Package, pool: site_pool.Pool, home: dict[str, estimate.Estimate], by: str) -> None:
    margin, floor = _find_rule()
    with st.spinner("Drawing images …"):
        review = site_check.begin(
            found,
            pool,
            str(st.session_state[PLACE]),
            n=int(st.session_state[NUMBER]),
            by=by,
            home=home,
            readers=int(st.session_state[READERS]),
            margin=margin,
            floor=floor,
        )
    state.remember("site", str(review.id))
    st.session_state.pop(PLACE, None)


def _tabulate(plans: list[site_check.Plan]) -> pd.DataFrame:
    rows = []
    for plan in plans:
        row: dict[str, Any] = {
            "Read": plan.n,
            "Drawn": " + ".join(map(str, plan.shares.values())),
        }
        for name in site_verdict.RATES:
            rate = getattr(plan.expected, name) if plan.expected else estimate.NOT_MEASURED
            row[name.capitalize()] = rate.say_ends(site_checks.WHOLE) or "not known"
        row["Could say"] = site_verdict.WORDS[plan.verdict] if plan.verdict else "not known"
        rows.append(row)
    return pd.DataFrame(rows)


@st.cache_data(max_entries=8, show_spinner=False)
def _measure_home(model_id: str, created: str, threshold: float | None) -> dict[str, estimate.Estimate]:
    """The rates of the model's own test; read anew where it is another one, or has another threshold."""
    found = package.find_package(model_id)
    return site_checks.measure_home(found, cache.load_predictions(found))

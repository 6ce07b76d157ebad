"""Labels that models doubt: compared when the person asks, since the answers of all models must be read."""

import streamlit as st

from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import findings
from core.experiments import out_of_sample
from core.models import package
from pages.kit import guards, model_names, text


def show_judges(data: index.Index) -> None:
    """How far the labels have been compared with what models answer, or the button that compares them."""
    judges = out_of_sample.list_judges(data)
    if not judges:
        st.caption("Labels can be doubted once a model of these classes has been trained.")
    elif not st.session_state.get(_asked_key(data)):
        st.button(
            "Compare labels with models",
            help="Models answer images that they were not trained on; where they firmly say another class, the label "
            "may be wrong. Takes some seconds, once.",
            on_click=st.session_state.__setitem__,
            args=(_asked_key(data), True),
            key="doctor-suspects",
        )
    else:
        judged, named = _load(data, judges)[0], {judge.id: judge for judge in judges}
        st.caption(
            f"{judged.covered:,} of {judged.total:,} images have been judged by a model that had not seen them "
            f"({len(judged.models)} of {len(judges)} models took part)." + _say_known(judged),
            help="  \n".join(_list_models(judged, named)) or None,
        )
        if judged.covered < judged.total:
            _offer_folds(data)


def _say_known(judged: out_of_sample.Judged) -> str:
    """How many answers were left out, since their model is not new to the image."""
    return f" {judged.known_answers:,} answers of models that had seen the image do not count." * bool(
        judged.known_answers
    )


def _list_models(judged: out_of_sample.Judged, named: dict[str, package.Package]) -> list[str]:
    """Who took part, and who did not and why."""
    took_part = [text.plain(model_names.name_model(named, model_id)) for model_id in judged.models]
    return took_part + [text.plain(f"Not {model_id}: {why}") for model_id, why in judged.left_out.items()]


def _offer_folds(data: index.Index) -> None:
    """Train so many models that every image is judged once by one that was tested on it."""
    folds = out_of_sample.FOLDS
    st.caption(
        f"To judge all of them, {folds} models are trained, each on the patients that the others are tested on. They "
        "wait in the queue of the Train page, one after the other."
    )
    if st.button(f"Train {folds} models", icon=":material/model_training:", key="doctor-folds"):
        with guards.faults_as_messages(), st.spinner("Dividing the patients …"):
            out_of_sample.start_folds(data)
        st.switch_page("pages/train/page.py")


def load_suspects(data: index.Index) -> list[findings.Finding]:
    """The finding about labels, once the person has asked for it; excluded images are still in it."""
    judges = out_of_sample.list_judges(data) if st.session_state.get(_asked_key(data)) else []
    return list(_load(data, judges)[1]) if judges else []


def _load(data: index.Index, judges: list[package.Package]) -> tuple[out_of_sample.Judged, list[findings.Finding]]:
    compared = near_identical.pairs_path(data).exists()
    return _judged(data, (data.content, data.group_rule, compared), _identify(judges))


@st.cache_resource(max_entries=4, show_spinner="Comparing labels with what the models answered …")
def _judged(
    _data: index.Index, state: tuple[str, str, bool], judges: tuple[tuple[str, str], ...]
) -> tuple[out_of_sample.Judged, list[findings.Finding]]:
    judged = out_of_sample.collect_out_of_sample(_data)
    return judged, out_of_sample.find_label_suspects(_data, judged)


def _identify(judges: list[package.Package]) -> tuple[tuple[str, str], ...]:
    return tuple((judge.id, judge.manifest.created) for judge in judges)


def _asked_key(data: index.Index) -> str:
    return f"doctor-judged-{data.name}"

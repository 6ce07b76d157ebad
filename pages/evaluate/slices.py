"""Evaluate's view of where a model fails: in which patients, and in which kinds of images."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from core.datasets.index import index
from core.figures import patient_dots, slices
from core.jobs import jobs
from core.models import package
from core.results import confusion_cell, patient_errors, slice_tests
from core.statistics import words
from pages.evaluate import headline, slice_data, slice_words
from pages.evaluate import mistakes as mistake_pictures
from pages.kit import cache, charts, downloads, finding_list, guards, state, text, theme

PATIENT, SLICE = "patient", "slice"  # in the address: its name, or its place


@guards.fragment
def show_slices(found: package.Package) -> None:
    """Patients as sorted dots, slices by image facts, and the mistakes of the one that is chosen."""
    test = slice_data.select_test(found)
    if not len(test):
        headline.show_verdict(found, words.NOTHING_TESTED, note="So there is nothing to divide.")
        return
    first = st.container()
    what = _input_measure(found)
    measured = slice_data.measure_patients(found, found.id, found.manifest.created, found.threshold, what)
    with first:
        marks = [] if found.threshold is None else [AT_POINT]
        outcome = slice_tests.find_outcome(slice_data.build_task(found), what)
        headline.show_verdict(found, slice_words.say_headline(measured, outcome), marks=marks)
    _show_patients(found, measured, what)
    data = _find_data(found)
    _show_kinds(found, data, what)


Choice = TypeVar("Choice", str, int)
AT_POINT = headline.Mark(
    "At the kept threshold", "Answers at the kept operating point, as on Result.", ":material/lock:", "gray"
)


def _find_data(found: package.Package) -> index.Index | None:
    with guards.faults_as_messages():
        name = confusion_cell.find_dataset(found, index.list_datasets())
        return cache.load_index(name) if name else None


def _input_measure(found: package.Package) -> str:
    labels = slice_words.name_measures(found.positive_class)
    chosen = st.segmented_control(
        "Which mistakes",
        list(labels),
        format_func=labels.__getitem__,
        required=True,
        **state.follow(
            "mistakes",
            slice_tests.ERROR,
            key=f"slices-measure-{found.id}",
            options=list(labels),
            then=_forget,
        ),
        wrap=True,
        label_visibility="collapsed",
        help=slice_words.HELP,
    )
    return str(chosen)


def _forget() -> None:
    for kind in (PATIENT, SLICE):
        state.forget(kind)


def _recall(kind: str, options: Sequence[Choice]) -> Choice | None:
    """What of this kind is chosen: a patient's name, or a slice's place."""
    chosen: Choice | None = state.find(kind, None, options=options, about=state.MODEL)
    return chosen


def _choose_point(kind: str, key: str) -> None:
    """Remember what was clicked in the chart `key`; a click on what is chosen already lets go of it."""
    points = st.session_state[key]["selection"]["points"]
    if points:
        _remember(kind, points[0]["customdata"][0])


def _choose_option(kind: str, key: str) -> None:
    _remember(kind, st.session_state[key])


def _choose_row(key: str, places: list[int]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        _remember(SLICE, places[rows[0]])


def _remember(kind: str, value: str | int | None) -> None:
    _forget()
    if value is not None:
        state.remember(kind, value if isinstance(value, str) else str(int(value)))


def _show_patients(found: package.Package, measured: dict[str, Any], what: str) -> None:
    """Which patients fail, and whether they differ by more than chance."""
    rows = measured["patients"]
    st.header("Which patients", help=text.plain(patient_errors.say_spread(measured)) if rows else None)
    if not rows:
        st.info("No patients are known here, so mistakes cannot be told apart by patient.", icon=":material/groups:")
        return
    chosen = _recall(PATIENT, [row["patient"] for row in rows])
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        failing = text.plain(slice_words.say_failing(measured))
        st.markdown(text.plain(slice_words.say_worst(measured)) or failing, help=failing)
        _input_patient(found, rows, chosen)
        table = slice_words.tabulate_patients(measured)
        _show_download(found, table, f"patients-{what}")
    with eye:
        figure = patient_dots.figure_dots(rows, measured["value"], theme.current(), chosen=chosen)
        key = f"slices-patients-{found.id}-{what}-{chosen}"
        charts.show_chart(
            figure,
            key=key,
            toolbar=False,
            on_select=lambda: _choose_point(PATIENT, key),
        )
        sample = f"Test images, n = {measured['n']:,} of {len(rows):,} patient{'s' if len(rows) != 1 else ''}"
        st.caption(f"{sample}; click a dot for its mistakes.", help=f"{patient_dots.CAPTION} {patient_dots.READING}")
    if chosen is not None:
        _show_mistakes(found, slice_data.select_test(found)["group"] == chosen, what, f"Patient {chosen}")


def _input_patient(found: package.Package, rows: list[dict[str, Any]], chosen: str | None) -> None:
    shares = {row["patient"]: row for row in rows}
    key = f"slices-patient-{found.id}"
    st.session_state[key] = chosen if chosen in shares else None
    st.selectbox(
        "Show the mistakes of",
        list(shares),
        format_func=lambda name: f"{name}: {shares[name]['wrong']:,} of {shares[name]['share'].n:,} wrong",
        key=key,
        placeholder="Choose a patient, the worst first",
        on_change=_choose_option,
        args=(PATIENT, key),
    )


def _show_kinds(found: package.Package, data: index.Index | None, what: str) -> None:
    """Which kinds of images fail, the worst first."""
    st.header("Which kinds of images")
    if data is None:
        st.info(
            f"The images of {text.plain(found.manifest.dataset.name)}, on which this model was tested, are not "
            "on this machine, so nothing is known of their light, size or files.",
            icon=":material/hide_image:",
        )
        st.page_link("pages/datasets/page.py", label="Bring them in", icon=":material/arrow_forward:")
        return
    _show_examine(data)
    stamp, _ = finding_list.read_stamps(data)
    parts, rows = slice_data.measure_slices(
        found, data, found.id, found.manifest.created, found.threshold, what, data.content, data.identity, stamp
    )
    if not rows:
        st.info("All test images are alike in what is known of them: there is nothing to divide.")
        return
    chosen = _recall(SLICE, [row["place"] for row in rows if row["n"]])
    eye, hand = st.columns([3, 2], gap="large")
    with hand:
        st.markdown(text.plain(slice_words.say_verdict(rows)), help=slice_words.HOW_JUDGED)
        judged = sum(row["judged"] for row in rows)
        if judged and not slice_tests.can_stand_out(slice_data.build_task(found), judged):
            st.badge("Too few patients", icon=":material/warning:", color="orange", help=slice_words.TOO_FEW_PATIENTS)
        _input_slice(found, rows, chosen)
        _show_download(found, slice_words.tabulate_slices(rows, what), f"slices-{what}")
    with eye:
        _show_chart(found, rows, what, chosen)
    _show_table(found, rows, what, chosen)
    named = {row["place"]: row for row in rows}
    if chosen is not None and chosen in named:
        one = parts[chosen]
        _show_mistakes(
            found, pd.Series(one.mask, index=slice_data.select_test(found).index), what, f"{one.kind}: {one.name}"
        )


def _show_examine(data: index.Index) -> None:
    """The button that has light and sharpness measured, until they are."""
    if finding_list.read_stamps(data)[0]:
        return
    said, button = st.columns([5, 1], vertical_alignment="center")
    busy = finding_list.is_being_examined(data)
    said.info(
        "Brightness, contrast and sharpness are not measured yet.",
        icon=":material/stethoscope:",
    )
    if button.button(
        "Examine",
        disabled=busy,
        key="slices-examine",
        help="It takes some minutes for 20,000 images, and goes on when you leave the page.",
    ):
        with guards.faults_as_messages():
            jobs.start_job(finding_list.EXAMINE, data.name)
        st.rerun()


def _show_chart(found: package.Package, rows: list[dict[str, Any]], what: str, chosen: int | None) -> None:
    first = rows[0]
    counted = first["n"] + first["rest"].n
    wrong = sum((side.value or 0.0) * side.n for side in (first["rate"], first["rest"]))
    figure = slices.figure_slices(rows, wrong / counted if counted else None, theme.current(), chosen=chosen)
    key = f"slices-chart-{found.id}-{what}-{len(rows)}-{chosen}"
    charts.show_chart(
        figure,
        key=key,
        toolbar=False,
        on_select=lambda: _choose_point(SLICE, key),
    )
    more = f" The first {slices.MOST_ROWS} of {len(rows):,}; all are in the table." * (len(rows) > slices.MOST_ROWS)
    st.caption(
        f"Test images, n = {counted:,}; click a dot for its mistakes.{more}",
        help=f"{slices.CAPTION} {slices.READING}",
    )


def _input_slice(found: package.Package, rows: list[dict[str, Any]], chosen: int | None) -> None:
    named = {row["place"]: row for row in rows if row["n"]}
    key = f"slices-slice-{found.id}"
    st.session_state[key] = chosen if chosen in named else None
    st.selectbox(
        "Show the mistakes among",
        list(named),
        format_func=lambda place: slice_words.say_slice(named[place]),
        key=key,
        placeholder="Choose a part, the worst first",
        on_change=_choose_option,
        args=(SLICE, key),
    )


def _show_table(found: package.Package, rows: list[dict[str, Any]], what: str, chosen: int | None) -> None:
    with st.expander("All parts as a table"):
        key = f"slices-table-{found.id}-{what}-{len(rows)}-{chosen}"
        places = [row["place"] for row in rows]
        st.dataframe(
            slice_words.tabulate_shown(rows),
            hide_index=True,
            height="content" if len(rows) <= 12 else 460,
            key=key,
            on_select=lambda: _choose_row(key, places),
            selection_mode="single-row",
        )
        st.caption("Tick a row to see its mistakes below.")


def _show_download(found: package.Package, table: pd.DataFrame, name: str) -> None:
    downloads.offer_csv(lambda: table, f"{found.id}-{name}.csv")


def _show_mistakes(found: package.Package, within: pd.Series, what: str, title: str) -> None:
    """The mistakes among some test images, most confident first. within : bool, index as of the test predictions."""
    table = slice_data.list_mistakes(found, slice_data.select_test(found)[within], what)
    st.header(text.plain(title))
    if not len(table):
        st.info("No mistake here.", icon=":material/check:")
    else:
        mistake_pictures.show_pictures(found, table, key=f"slices-page-{found.id}-{what}-{title}")
        st.caption(
            f"{len(table):,} mistake{'s' if len(table) != 1 else ''} among {int(within.sum()):,} test images, the "
            "most confident first.",
            help="Under each: what the model answers, and how probable it finds that. A confident mistake can be the "
            "model's or the label's.",
        )
    st.button("Close", icon=":material/close:", key=f"slices-close-{found.id}", on_click=_forget)

"""Several trainings beside each other: their curves in one picture, and in what their settings differ."""

from typing import Any

import streamlit as st

from core.figures import overlaid
from core.training import history, run, run_comparison
from pages.kit import cache, guards, headline, live_chart, state, text, theme

POLL_SECONDS = 1.0
METRICS = {"loss": "Loss", "accuracy": "Accuracy"}
PICKED = "overlay-picked"
AGAINST: tuple[tuple[overlaid.Against, str, str, str], ...] = (
    ("epoch", "Validation {} against epochs", overlaid.CAPTION, overlaid.READING),
    ("batches", "{} against batches trained", overlaid.BATCH_CAPTION, overlaid.BATCH_READING),
)


def show_overlay(chosen: run.Run) -> None:
    """The chosen training and up to five others; `?overlay=<run ids>` holds which."""
    others = _list_others(chosen)
    if others:
        runs = [chosen, *_input_others(chosen, others)]
    else:
        st.info("A second training will stand here beside this one, curve on curve.", icon=":material/hourglass_empty:")
        runs = [chosen]
    metric = st.segmented_control(
        "What the curves show",
        list(METRICS),
        format_func=METRICS.__getitem__,
        required=True,
        **state.follow("metric", "loss", key="overlay-metric", options=list(METRICS)),
        label_visibility="collapsed",
    )
    active = any(found.state.is_active for found in runs)
    st.fragment(_show_live, run_every=POLL_SECONDS if active else None)(runs, metric, active)


def _list_others(chosen: run.Run) -> dict[str, run.Run]:
    """The runs that have begun or will, those on the same images first, newest first within."""
    found = [entry for entry in run.list_runs() if entry.id != chosen.id]
    begun = [entry for entry in found if (entry.folder / run.METRICS).exists() or entry.state.is_active]
    begun.sort(key=lambda entry: not run_comparison.share_images(entry, chosen))
    return {entry.id: entry for entry in begun}


def _input_others(chosen: run.Run, others: dict[str, run.Run]) -> list[run.Run]:
    """The trainings to lay over the chosen one: from the address at first, then from the person."""
    asked = [run_id for run_id in (state.recall(state.OVERLAY) or "").split(",") if run_id and run_id != chosen.id]
    absent = [run_id for run_id in asked if run_id not in others]
    if absent:
        said = ", ".join(text.plain(run_id) for run_id in absent)
        st.warning(f"Not on this machine, or not begun: {said}.", icon=":material/warning:")
    key = f"{PICKED}-{chosen.id}"
    st.session_state[key] = [run_id for run_id in asked if run_id in others][: overlaid.MOST - 1]
    picked: list[str] = st.multiselect(
        "Lay over it",
        list(others),
        format_func=lambda run_id: _say_option(others[run_id], chosen),
        max_selections=overlaid.MOST - 1,
        key=key,
        on_change=lambda: state.remember(state.OVERLAY, ",".join(st.session_state[key])),
        placeholder="Choose up to five other trainings",
    )
    return [others[run_id] for run_id in picked]


def _say_option(found: run.Run, chosen: run.Run) -> str:
    """How a training is called in the list: what differs from the chosen one, and when it began."""
    wanted = found.recipe
    what = (
        run_comparison.say_difference(wanted, chosen.recipe) or f"{wanted.architecture} on {wanted.dataset}, the same"
    )
    return f"{what} · {run_comparison.describe_start(found)} · {found.state.name}"


def _show_live(runs: list[run.Run], metric: Any, was_active: bool) -> None:
    if was_active and not any(found.state.is_active for found in runs):
        st.rerun()
    with guards.faults_as_messages():
        histories = [history.read_history(found.folder) for found in runs]
    names = run_comparison.name_runs(runs)
    _show_verdict(runs, histories, names)
    drawn = [
        overlaid.Curve(cache.as_text(name), learnt, _count_epochs(found, learnt))
        for found, name, learnt in zip(runs, names, histories, strict=True)
    ]
    view = "-".join([metric, *(found.id for found in runs)])
    for against, title, caption, reading in AGAINST:
        st.markdown(f"**{title.format(metric).capitalize()}**")
        figure = overlaid.figure_overlay(drawn, metric=metric, against=against, theme=theme.current())
        height_px = overlaid.HEIGHT_PX + overlaid.LEGEND_ROW_PX * len(runs)
        live_chart.show_live_chart(figure, key=f"overlay-{against}", revision=f"{view}-{against}", height_px=height_px)
        st.caption(caption, help=reading)
    if len(runs) > 1:
        _show_differences(runs, histories, names)


def _show_verdict(runs: list[run.Run], histories: list[dict[str, Any]], names: list[str]) -> None:
    """Whose loss is the lowest; that nobody can say, where they were judged on different images."""
    if run_comparison.share_validation(runs):
        said = run_comparison.say_lowest(histories, names, runs[0].facts.split.images.validation)
    else:
        said = f"The losses of these {len(runs)} trainings cannot be compared, only their shapes"
    if said:
        headline.show_line(said)
    if not run_comparison.share_validation(runs):
        st.badge("Not the same validation images", icon=":material/warning:", color="orange", help=overlaid.READING)


def _count_epochs(found: run.Run, learnt: dict[str, Any]) -> int:
    """Epochs that the axis has room for: those asked for while it runs, those done once it has ended."""
    done = learnt["epochs"][-1]["epoch"] if learnt["epochs"] else 1
    return max(done, found.recipe.epochs) if found.state.is_active else done


def _show_differences(runs: list[run.Run], histories: list[dict[str, Any]], names: list[str]) -> None:
    st.markdown("**What differs**")
    table = run_comparison.compare(runs, histories, names)
    st.dataframe(table, hide_index=True, key="overlay-differences")
    st.caption(
        "Settings that are alike in all of them are left out.",
        help="Validation accuracy chose the epoch, so it is slightly optimistic; differences of a few images in the "
        "validation part are chance.",
    )
    st.download_button(
        "CSV of what differs", cache.as_csv(table), "trainings.csv", type="tertiary", icon=":material/download:"
    )
